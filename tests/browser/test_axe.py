"""axe-core's accessibility rules, in every state of the page."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.support.browser.states import STATES, submit
from tests.support.browser.steps import FAILED_LOAD
from tests.support.web_fakes import FakeRuntime

AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
Record = Callable[[str, object], None]  # into the JUnit report, which docs/quality.md tells of


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    open_page: OpenPage, runtime: FakeRuntime, record_testsuite_property: Record, scheme: str
) -> None:
    """No violation of WCAG 2.2 AA or of best practice, in any state, in either theme."""
    page = open_page(FAILED_LOAD, color_scheme=scheme, reduced_motion="reduce")
    for show in STATES:
        show(page, runtime)
        name = show.__name__.removeprefix("show_").replace("_", " ")
        record_testsuite_property(
            f"{name}, {scheme}", assert_axe_is_content(page, f"{scheme} {name}")
        )
    with runtime.held():
        submit(page, "good")
        expect(page.get_by_role("status")).not_to_be_empty()
        record_testsuite_property(
            f"reading, {scheme}", assert_axe_is_content(page, f"{scheme} reading")
        )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_no_script_arrives(
    open_page: OpenPage, base_url: str, record_testsuite_property: Record, scheme: str
) -> None:
    """The pages that the server fills in hold to the same rules, verdicts and errors alike."""
    page = open_page(FAILED_LOAD, color_scheme=scheme, reduced_motion="reduce")
    page.route("**/static/*.js*", lambda route: route.abort())
    page.goto(base_url)
    for text in ("A wonderful film", "good, bad", "good, plot, bad", "zxqvy", "x" * 20_001):
        page.get_by_label("Your movie review", exact=True).fill(text)
        with page.expect_navigation(url="**/review"):
            page.get_by_role("button", name="Submit").click()
        expect(page.locator(".ticket, .error:not(:empty)")).to_have_count(1)
        name = f"page for “{text[:16]}”"
        record_testsuite_property(
            f"{name}, {scheme}", assert_axe_is_content(page, f"{scheme} {name}")
        )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("link", ["What this is", "Limits", "Privacy", "API for programmers"])
def test_footer_leads_to_pages_that_lead_back(
    open_page: OpenPage, stage_url: str, scheme: str, link: str
) -> None:
    """Each works below a stage, at 320 px, in the theme that was chosen, and axe finds nothing."""
    viewport = {"width": 320, "height": 700}
    page = open_page(url=stage_url + "/", color_scheme=scheme, viewport=viewport)
    page.get_by_role("button", name="Switch between light and dark").click()
    page.get_by_role("link", name=link, exact=True).click()
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("Is your review")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if not link.startswith("API"):
        chosen = "light" if scheme == "dark" else "dark"
        assert page.evaluate("document.documentElement.style.colorScheme") == chosen
        assert_axe_is_content(page, f"{scheme} {link}")
        page.get_by_role("link", name="Back to the form").click()
        expect(page).to_have_url(stage_url + "/")


def assert_axe_is_content(page: Page, state: str) -> str:
    """Return what axe found: how many of its rules held, and that none did not."""
    options = {"runOnly": {"type": "tag", "values": AXE_TAGS}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response
    assert [(state, item["id"], item["nodes"]) for item in found["violations"]] == []
    assert len(found["passes"]) > 15  # it did look
    return f"{len(found['passes'])}, {len(found['violations'])}"
