"""The form in a real browser: a review in, a verdict out."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.support.browser.steps import BAD, BOX, GOOD, submit, verdict, write
from tests.support.web_fakes import FakeRuntime


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GOOD, "verdict positive 97% sure"),
        (BAD, "verdict negative 96% sure"),
        (
            "Good and bad.",
            (
                "verdict leans negative it is not clear enough for a verdict."
                " 62 of 100 such reviews are negative"
            ),
        ),
        (
            "Good, however bad.",
            (
                "verdict mixed it praises some things and blames others."
                " 62 of 100 such reviews are negative overall"
            ),
        ),
        (
            "The plot: good, bad.",
            ("no verdict no clear opinion it does not clearly say whether the film is good."),
        ),
        (
            "Jargon, good, bad.",
            "no verdict not understood most of its words are not known to this program.",
        ),
        (
            "Zxqvy",
            (
                "no verdict this does not look like a review"
                " none of its words is known; only english is read."
            ),
        ),
    ],
)
def test_review_gets_its_verdict(open_page: OpenPage, text: str, expected: str) -> None:
    """A person pastes a review, presses Submit, and reads the verdict in words and percent."""
    page = open_page()
    submit(page, text)
    assert verdict(page) == expected
    expect(page.get_by_label(BOX, exact=True)).to_have_value(text)


def test_second_review_replaces_the_first_verdict(open_page: OpenPage) -> None:
    """There is never a verdict on the page that belongs to another text."""
    page = open_page()
    submit(page, GOOD)
    assert "positive" in verdict(page)
    submit(page, BAD)
    expect(page.locator(".ticket--negative")).to_be_visible()
    expect(page.locator(".ticket")).to_have_count(1)


def test_cut_review_is_said_to_be_cut(open_page: OpenPage) -> None:
    """A verdict on parts of a review says so."""
    page = open_page()
    submit(page, "good " * 1001)
    assert "were read" in verdict(page)


def test_waiting_is_shown_and_heard(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """While the model reads: a spinner, a busy region, a polite sentence, one request only."""
    page = open_page()
    region = page.locator("#result")
    with runtime.held():
        submit(page, GOOD)
        expect(page.get_by_role("status")).to_have_text("Reading your review …")
        expect(region).to_have_attribute("aria-busy", "true")
        expect(region).to_have_attribute("aria-live", "polite")
        button = page.get_by_role("button", name="Reading")
        expect(button).to_be_focused()
        expect(page.locator(".spinner")).to_be_visible()
        page.keyboard.press("Enter")
    assert "positive" in verdict(page)
    expect(region).to_have_attribute("aria-busy", "false")
    expect(page.get_by_role("status")).to_have_text("")
    expect(page.locator(".spinner")).to_be_hidden()
    assert len(runtime.asked) == 1


def test_slow_network_is_waited_for(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """On a slow line the verdict comes late, but it comes."""
    page = open_page()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    conditions = {"latency": 600, "downloadThroughput": 20_000, "uploadThroughput": 20_000}
    session.send("Network.emulateNetworkConditions", {"offline": False, **conditions})
    with runtime.held():
        submit(page, GOOD)
        expect(page.get_by_role("status")).to_have_text("Reading your review …")
    assert "positive" in verdict(page)


def test_keyboard_alone_is_enough(open_page: OpenPage) -> None:
    """Tab past the theme and the tabs to the box, type, Tab to Submit, Enter; focus is seen."""
    page = open_page()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.get_by_label(BOX, exact=True)).to_be_focused()
    page.keyboard.type(GOOD)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Submit")).to_be_focused()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    assert "positive" in verdict(page)


@pytest.mark.parametrize("chord", ["Control+Enter", "Meta+Enter"])
def test_chord_submits_from_the_box(open_page: OpenPage, chord: str) -> None:
    """Ctrl+Enter and Cmd+Enter send without leaving the box; Enter alone is a new line."""
    page = open_page()
    write(page, GOOD)
    page.get_by_label(BOX, exact=True).press("End")
    page.keyboard.press("Enter")
    page.keyboard.press(chord)
    assert "positive" in verdict(page)
    expect(page.get_by_label(BOX, exact=True)).to_have_value(GOOD + "\n")


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=document.title='hit'> good",
        "</textarea><script>document.title='hit'</script> good",
    ],
)
@pytest.mark.parametrize("javascript", [True, False])
def test_markup_in_a_review_is_only_text(open_page: OpenPage, text: str, javascript: bool) -> None:
    """No review becomes part of the page, by either way."""
    page = open_page(java_script_enabled=javascript)
    submit(page, text)
    assert "positive" in verdict(page)
    expect(page.get_by_label(BOX, exact=True)).to_have_value(text)
    expect(page).to_have_title("Is your review positive, or negative?")
    expect(page.locator("img, main script")).to_have_count(0)
