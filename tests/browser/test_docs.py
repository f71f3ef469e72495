"""The API's reference page, as a person reads it."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.test_axe import Record, assert_axe_is_content


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_reference_is_readable(
    open_page: OpenPage, base_url: str, record_testsuite_property: Record, scheme: str
) -> None:
    """Every operation has its section, nothing is loaded from elsewhere, axe finds nothing."""
    page = open_page(color_scheme=scheme, viewport={"width": 390, "height": 800})
    page.goto(f"{base_url}/docs")
    for operation in ("POST /review", "POST /reviews", "GET /health"):
        expect(page.get_by_role("heading", name=operation, exact=True)).to_be_visible()
    found = assert_axe_is_content(page, f"reference {scheme}")
    record_testsuite_property(f"reference, {scheme}", found)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name="Verdict").first.click()
    expect(page.locator("#Verdict")).to_be_in_viewport()
