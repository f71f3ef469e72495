"""Browsers that keep nothing, several tabs, the way back, and texts that nobody had in mind."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.support.browser.steps import BOX, GOOD, shown, submit, verdict
from tests.support.web_fakes import FakeRuntime

KEEPS_NOTHING = """
    for (const name of ["localStorage", "sessionStorage"]) {
      const refuse = () => { throw new DOMException("no", "SecurityError"); };
      Object.defineProperty(window, name, { get: refuse });
    }"""
KEEPS_NO_MORE = """
    Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };"""


@pytest.mark.parametrize("script", [KEEPS_NOTHING, KEEPS_NO_MORE])
def test_a_browser_that_keeps_nothing_still_gets_verdicts(open_page: OpenPage, script: str) -> None:
    """Theme, tabs and verdicts work as long as the page is open; no error is on the console."""
    page = open_page()
    page.add_init_script(script)
    page.reload()
    page.get_by_role("button", name="Switch between light and dark").click()
    page.get_by_text("Your verdicts").click()
    page.get_by_label("Remember my reviews").click()
    expect(page.get_by_label("Remember my reviews")).not_to_be_checked()  # it will not be kept
    submit(page, GOOD)
    assert "positive" in verdict(page)
    page.get_by_role("tab", name="Several").click()
    page.get_by_label("Your movie reviews").fill("good")
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator(".summary")).to_have_text("1 review: 1 positive.")


@pytest.mark.parametrize("prefix", ["", "movie-sentiment."])
@pytest.mark.parametrize("found", ['{"a": 1}', "[1, null]", '["/a"]', "dark"])
def test_what_others_stored_is_not_taken_for_ours(
    open_page: OpenPage, prefix: str, found: str
) -> None:
    """Another page of this origin keeps its own history; ours works beside it, and is off."""
    page = open_page(color_scheme="light")
    page.evaluate("([key, found]) => localStorage.setItem(key, found)", [f"{prefix}history", found])
    page.evaluate("found => localStorage.setItem('theme', found)", found)
    page.evaluate("found => sessionStorage.setItem('review', found)", found)
    page.reload()
    expect(page.get_by_label(BOX, exact=True)).to_have_value("")
    assert page.evaluate("document.documentElement.style.colorScheme") == ""
    submit(page, GOOD)
    assert "positive" in verdict(page)
    page.get_by_text("Your verdicts").click()
    expect(page.get_by_label("Remember my reviews")).not_to_be_checked()
    expect(page.locator("#history-list li")).to_have_count(0)


def test_a_draft_too_long_to_keep_brings_no_older_one_back(open_page: OpenPage) -> None:
    """A browser keeps some 5 million characters a page; a reload shows the draft or nothing."""
    page = open_page()
    page.get_by_role("tab", name="Several").click()
    lines = page.get_by_label("Your movie reviews")
    lines.fill("an older draft")
    page.evaluate(
        """() => {
          const lines = document.getElementById("lines");
          lines.value = ("good ".repeat(300) + "\\n").repeat(4000);
          lines.dispatchEvent(new Event("input"));
        }"""
    )
    page.reload()
    expect(page.locator("#lines")).to_have_value("")


def test_two_tabs_share_a_history_and_no_draft(open_page: OpenPage) -> None:
    """What one tab remembers the other shows at once; what is typed in one stays there."""
    first = open_page()
    second = first.context.new_page()
    second.goto(first.url)
    second.get_by_text("Your verdicts").click()
    first.get_by_text("Your verdicts").click()
    first.get_by_label("Remember my reviews").check()
    expect(second.get_by_label("Remember my reviews")).to_be_checked()
    submit(first, GOOD)
    expect(second.locator("#history-list li")).to_have_count(1)
    submit(second, "boring")
    expect(first.locator("#history-list li")).to_have_count(2)
    expect(first.get_by_label(BOX, exact=True)).to_have_value(GOOD)
    second.reload()
    expect(second.get_by_label(BOX, exact=True)).to_have_value("boring")


def test_the_way_back_keeps_what_was_written(open_page: OpenPage, base_url: str) -> None:
    """Away to another page and back again: the text is there, and can be sent."""
    page = open_page()
    page.get_by_label(BOX, exact=True).fill(GOOD)
    page.goto(f"{base_url}/docs")
    page.go_back()
    expect(page.get_by_label(BOX, exact=True)).to_have_value(GOOD)
    page.get_by_role("button", name="Submit").click()
    assert "positive" in verdict(page)


def test_link_opened_in_an_open_page_shows_its_verdict(open_page: OpenPage) -> None:
    """Only the part after # differs, so nothing is loaded; the page sees it all the same."""
    page = open_page()
    submit(page, GOOD)
    assert "positive" in verdict(page)
    page.goto(f"{page.url}#negative=0.0410")
    expect(page.locator(".ticket--negative .percent")).to_have_text("96%")
    expect(page.locator("#shared")).to_contain_text("Somebody shared this verdict")
    expect(page.locator(".ticket")).to_have_count(1)
    expect(page.locator("#why")).to_be_empty()  # that was of another verdict


def test_ones_own_verdict_takes_the_place_of_a_shared_one(
    open_page: OpenPage, base_url: str
) -> None:
    """A reload does not bring somebody else's back; the link to copy is one's own."""
    page = open_page()
    page.goto(f"{base_url}#negative=0.0410")
    expect(page.locator("#shared")).to_contain_text("Somebody shared this verdict")
    submit(page, GOOD)
    expect(page.locator(".ticket--positive")).to_be_visible()
    page.reload()
    expect(page.get_by_label(BOX, exact=True)).to_have_value(GOOD)
    expect(page.locator(".ticket--positive")).to_be_visible()
    expect(page.locator(".ticket")).to_have_count(1)
    assert page.url == f"{base_url}/"


@pytest.mark.parametrize(
    "link",
    [
        "#positive=0.0100",
        "#negative=0.9",
        "#positive=2",
        "#<img src=x>=0.5",
        "#positive=0.9<b>",
        "#",
    ],
)
def test_link_that_was_tampered_with_shows_nothing(
    open_page: OpenPage, base_url: str, link: str
) -> None:
    """A link that does not hold one of our verdicts shows none."""
    page = open_page()
    page.goto(base_url + link)
    page.reload()
    expect(page.locator(".ticket, img")).to_have_count(0)


@pytest.mark.parametrize(
    "text",
    [
        "فيلم رائع! good",
        "👩‍👩‍👧‍👦 good. 🏳️‍🌈 boring! e\u0301 \u202egood\u202c",
        "<p>Good.</p>\n\n<script>alert('boring')</script>&amp;&nbsp;",
        "good\u0000 film\t\u00a0\u2028and\u0085more",
        ("A film 👏 that was good at first, and boring at last. " * 400)[:20_000],
    ],
    ids=["right to left", "joined emoji", "pasted HTML", "controls", "the longest"],
)
def test_any_text_is_judged_and_shown_back_to_the_letter(
    open_page: OpenPage, runtime: FakeRuntime, text: str
) -> None:
    """Nothing in a text can change the page, and nothing of it is lost on the way."""
    page = open_page()
    submit(page, text)
    expect(page.locator(".ticket")).to_be_visible()
    assert runtime.asked[0]["review"] == text
    assert shown(page) == text
    expect(page).to_have_title("Is your review positive, or negative?")
    expect(page.locator("#count")).to_have_text(re.compile(rf"^{len(text):,} of"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_line_reads_from_the_side_it_begins_at(open_page: OpenPage) -> None:
    """Arabic and Hebrew stand to the right, in the box and in the table."""
    page = open_page()
    page.get_by_role("tab", name="Several").click()
    page.get_by_label("Your movie reviews").fill("فيلم رائع!\ngood")
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator("#bulk-result .sheet")).to_be_visible()
    right, left = page.locator("#bulk-result .sheet td.review p").evaluate_all(
        """cells => cells.map((cell) => {
          const range = document.createRange();
          range.selectNodeContents(cell);
          return range.getBoundingClientRect().left - cell.getBoundingClientRect().left;
        })"""
    )
    assert right > 100
    assert left < 20
