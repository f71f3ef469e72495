"""The form in a real browser: verdicts, errors, and what it is like to use."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.web_fakes import CRASHED, MISSING, THROTTLED, FakeRuntime

GOOD = "A wonderful film, and a moving one."
BAD = "Two dull, boring hours."
FAILED_LOAD = "Failed to load resource"  # what Chromium's console says of a 4xx, a 5xx, no network


def write(page: Page, text: str) -> None:
    page.get_by_label("Your movie review", exact=True).fill(text)


def submit(page: Page, text: str) -> None:
    write(page, text)
    page.get_by_role("button", name="Submit").click()


def verdict(page: Page) -> str:
    ticket = page.get_by_role("region", name="Verdict", exact=True).locator(".ticket")
    expect(ticket).to_be_visible()
    return " ".join(ticket.locator("p").all_inner_texts()).replace("\n", " ").lower()


def expect_error(page: Page, text: str, *, kept: str) -> None:
    """The sentence is tied to the box, and the box still holds what was typed."""
    box = page.get_by_label("Your movie review", exact=True)
    expect(page.locator("#review-error")).to_contain_text(text)
    expect(box).to_have_accessible_description(re.compile(re.escape(text)))
    expect(box).to_have_value(kept)
    expect(page.locator(".ticket")).to_have_count(0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GOOD, "verdict positive 97% sure"),
        (BAD, "verdict negative 96% sure"),
        (
            "Good and bad.",
            (
                "verdict unsure 62% sure the model is only 61.8% sure; below 80.0% it gives no"
                " verdict. the review leans towards negative."
            ),
        ),
        (
            "Zxqvy",
            (
                "no verdict this does not look like a review"
                " the model knows none of its words; it reads english."
            ),
        ),
    ],
)
def test_review_gets_its_verdict(open_page: OpenPage, text: str, expected: str) -> None:
    """A person pastes a review, presses Submit, and reads the verdict in words and percent."""
    page = open_page()
    submit(page, text)
    assert verdict(page) == expected
    expect(page.get_by_label("Your movie review", exact=True)).to_have_value(text)


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
    assert "only the beginning and the end of this long review were read" in verdict(page)


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


def test_slow_network_is_waited_for(open_page: OpenPage) -> None:
    """On a slow line the verdict comes late, but it comes."""
    page = open_page()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    conditions = {"latency": 600, "downloadThroughput": 20_000, "uploadThroughput": 20_000}
    session.send("Network.emulateNetworkConditions", {"offline": False, **conditions})
    submit(page, GOOD)
    expect(page.get_by_role("status")).to_have_text("Reading your review …")
    assert "positive" in verdict(page)


def test_long_wait_is_explained_and_then_given_up(
    open_page: OpenPage,
    runtime: FakeRuntime,
) -> None:
    """After seconds a word about waking up; after 25 s an end, with the text kept and a Retry."""
    page = open_page()
    page.clock.install()
    page.reload()
    with runtime.held():
        submit(page, GOOD)
        expect(page.get_by_role("status")).to_have_text("Reading your review …")
        page.clock.fast_forward(3_000)
        expect(page.get_by_role("status")).to_contain_text("waking the model up")
        page.clock.fast_forward(21_000)
        expect_error(page, "took too long", kept=GOOD)
    page.get_by_role("button", name="Retry").click()
    assert "positive" in verdict(page)


@pytest.mark.parametrize("text", ["", "   "])
def test_empty_box_is_said_at_the_box(
    open_page: OpenPage,
    runtime: FakeRuntime,
    text: str,
) -> None:
    """Nothing written: the sentence and the cursor are at the box, and nobody was asked."""
    page = open_page()
    submit(page, text)
    expect_error(page, "write or paste a review", kept=text)
    box = page.get_by_label("Your movie review", exact=True)
    expect(box).to_be_focused()
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("button", name="Retry")).to_be_hidden()
    page.keyboard.type("good")
    expect(page.locator("#review-error")).to_be_empty()
    assert runtime.asked == []


def test_too_long_review_is_kept_with_both_figures(open_page: OpenPage) -> None:
    """The server's sentence names the limit and the length; trying again would not help."""
    page = open_page(FAILED_LOAD)
    long = "x" * 20_001
    submit(page, long)
    expect_error(page, "at most 20,000 characters; this one has 20,001", kept=long)
    expect(page.get_by_role("button", name="Retry")).to_be_hidden()


def test_missing_model_says_when_to_come_back_and_recovers(
    open_page: OpenPage,
    runtime: FakeRuntime,
) -> None:
    """503 with Retry-After becomes a sentence; Retry sends the same text again."""
    page = open_page(FAILED_LOAD)
    runtime.fail(MISSING)
    submit(page, GOOD)
    expect_error(page, "No model is deployed here at the moment. Please try again in", kept=GOOD)
    expect(page.locator("#review-error")).to_contain_text("in a minute.")
    page.get_by_role("button", name="Retry").click()
    assert "positive" in verdict(page)
    expect(page.get_by_role("button", name="Submit")).to_be_focused()
    expect(page.locator("#review-error")).to_be_empty()
    expect(page.get_by_role("button", name="Retry")).to_be_hidden()


def test_throttling_says_how_many_seconds(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """Too many people at once: the sentence says when it is worth another try."""
    page = open_page(FAILED_LOAD)
    runtime.fail(THROTTLED, times=3)
    submit(page, GOOD)
    expect_error(page, "Too many people are asking at once. Please try again in 5", kept=GOOD)


def test_failed_model_can_be_retried(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """A 502 is our trouble, said as such."""
    page = open_page(FAILED_LOAD)
    runtime.fail(CRASHED)
    submit(page, GOOD)
    expect_error(page, "The model failed on this review. Please try again later.", kept=GOOD)
    expect(page.get_by_role("button", name="Retry")).to_be_visible()


@pytest.mark.parametrize(
    ("status", "content_type", "body", "sentence"),
    [
        (502, "text/html", "<html><h1>Bad Gateway</h1>", "in trouble at the moment. Please try"),
        (504, "application/json", '{"message": "Endpoint request timed out"}', "took too long"),
        (429, "application/json", '{"message": "Limit Exceeded"}', "Too many people"),
        (403, "application/json", '{"message": "Forbidden"}', "in trouble"),
        (413, "application/json", '{"message": "Request Too Long"}', "too long. Please shorten"),
        (200, "text/html", "<html>Welcome to the hotel's Wi-Fi", "does not understand"),
        (200, "application/json", '{"sentiment": "positive"}', "does not understand"),
        (200, "application/json", "null", "does not understand"),
    ],
)
def test_gateways_own_answers_become_sentences(
    open_page: OpenPage,
    status: int,
    content_type: str,
    body: str,
    sentence: str,
) -> None:
    """What comes from a gateway or a captive portal is never shown, only what it means."""
    page = open_page(FAILED_LOAD)
    page.route(
        "**/review",
        lambda route: route.fulfill(status=status, content_type=content_type, body=body),
    )
    submit(page, GOOD)
    expect_error(page, sentence, kept=GOOD)
    expect(page.locator("#review-error")).not_to_contain_text(re.compile("[<{]"))


def test_refused_connection_is_a_sentence(open_page: OpenPage) -> None:
    """A server that is gone leaves the person with their text and a way on."""
    page = open_page(FAILED_LOAD)
    page.route("**/review", lambda route: route.abort("connectionrefused"))
    submit(page, GOOD)
    expect_error(page, "could not be reached", kept=GOOD)
    page.unroute("**/review")
    page.get_by_role("button", name="Retry").click()
    assert "positive" in verdict(page)


def test_being_offline_is_said(open_page: OpenPage) -> None:
    """Without a network the page says so, and works again with one."""
    page = open_page(FAILED_LOAD)
    page.context.set_offline(True)
    submit(page, GOOD)
    expect_error(page, "you seem to be offline", kept=GOOD)
    page.context.set_offline(False)
    page.get_by_role("button", name="Retry").click()
    assert "positive" in verdict(page)


def test_keyboard_alone_is_enough(open_page: OpenPage) -> None:
    """Tab past the theme and the tabs to the box, type, Tab to Submit, Enter; focus is seen."""
    page = open_page()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.get_by_label("Your movie review", exact=True)).to_be_focused()
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
    page.get_by_label("Your movie review", exact=True).press("End")
    page.keyboard.press("Enter")
    page.keyboard.press(chord)
    assert "positive" in verdict(page)
    expect(page.get_by_label("Your movie review", exact=True)).to_have_value(GOOD + "\n")


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
    expect(page.get_by_label("Your movie review", exact=True)).to_have_value(text)
    expect(page).to_have_title("Is your review positive, or negative?")
    expect(page.locator("img, main script")).to_have_count(0)


# ---- without JavaScript ----


def test_form_works_without_javascript(open_page: OpenPage) -> None:
    """A plain form post answers the same page, with the verdict and the text in its box."""
    page = open_page(java_script_enabled=False)
    text = "\n  A wonderful film,\nas they say: <good> & great.\n"
    submit(page, text)
    expect(page).to_have_url(re.compile("/review$"))
    assert verdict(page) == "verdict positive 97% sure"
    expect(page.get_by_label("Your movie review", exact=True)).to_have_value(text)
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


@pytest.mark.parametrize("text", [GOOD, BAD, "bad " * 1001, "good, bad " * 501, "zxqvy"])
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
