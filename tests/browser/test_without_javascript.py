"""The page where no script runs: a plain form, and whole pages as answers."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.support.browser.steps import BAD, BOX, FAILED_LOAD, GOOD, expect_error, submit, verdict
from tests.support.web_fakes import CRASHED, FakeRuntime


def test_form_works_without_javascript(open_page: OpenPage) -> None:
    """A plain form post answers the same page, with the verdict and the text in its box."""
    page = open_page(java_script_enabled=False)
    text = "\n  A wonderful film,\nas they say: <good> & great.\n"
    submit(page, text)
    expect(page).to_have_url(re.compile("/review$"))
    assert verdict(page) == "verdict positive 97% sure"
    expect(page.get_by_label(BOX, exact=True)).to_have_value(text)
    submit(page, BAD)  # and again, from the answered page
    expect(page.locator(".ticket--negative")).to_be_visible()


def test_error_without_javascript_keeps_the_text(
    open_page: OpenPage,
    runtime: FakeRuntime,
) -> None:
    """The error stands at the box, as with JavaScript."""
    page = open_page(FAILED_LOAD, java_script_enabled=False)
    runtime.fail(CRASHED)
    submit(page, GOOD)
    expect_error(page, "The model failed on this review.", kept=GOOD)
    page.get_by_role("button", name="Submit").click()
    assert "positive" in verdict(page)


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_answers_address_leads_to_the_form(
    open_page: OpenPage, stage_url: str, slash: str
) -> None:
    """Enter in the address bar, a bookmark or the copied link open the form, not a refusal."""
    page = open_page(url=stage_url + slash, java_script_enabled=False)
    submit(page, GOOD)
    assert "positive" in verdict(page)
    answer = page.goto(page.url)
    assert answer is not None
    assert answer.status == 200
    expect(page).to_have_url(f"{stage_url}/")
    expect(page.get_by_label(BOX, exact=True)).to_have_value("")


def test_line_ends_count_once(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """A review as long as one may be is not too long for its lines."""
    page = open_page(java_script_enabled=False)
    text = ("good " * 39 + "good\n") * 100  # 20,000 characters
    submit(page, text)
    assert "positive" in verdict(page)
    assert runtime.asked[0]["review"] == text


TICKETS = [
    GOOD,
    BAD,
    "bad " * 1001,
    "good, bad " * 501,
    "good, however bad",
    "plot, good, bad",
    "jargon, good, bad",
    "zxqvy",
]


@pytest.mark.parametrize("text", TICKETS)
def test_both_ways_show_the_same_ticket(open_page: OpenPage, text: str) -> None:
    """What the server renders and what the script builds is one and the same."""
    tickets = []
    for javascript in (True, False):
        page = open_page(java_script_enabled=javascript)
        submit(page, text)
        verdict(page)
        markup = page.locator(".ticket").evaluate("node => node.outerHTML")
        tickets.append(re.sub(r">\s+<", "><", markup))
    assert tickets[0] == tickets[1]


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("javascript", [True, False])
def test_page_works_below_a_stage(
    open_page: OpenPage,
    stage_url: str,
    slash: str,
    javascript: bool,
) -> None:
    """At API Gateway's /prod and /prod/ alike, style, script and form find their way."""
    page = open_page(url=stage_url + slash, java_script_enabled=javascript)
    expect(page.get_by_role("button", name="Submit")).to_have_css("cursor", "pointer")
    submit(page, GOOD)
    assert "positive" in verdict(page)
    expect(page).to_have_url(stage_url + (slash if javascript else "/review"))


def test_without_javascript_nothing_useless_is_shown(open_page: OpenPage) -> None:
    """Buttons that need a script are not there without one."""
    page = open_page(java_script_enabled=False)
    for name in ("Praise", "Clear", "Switch between light and dark"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.locator("#count")).to_be_hidden()
