"""Every failure has its own sentence and a way on, and what was typed is never lost."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.support.browser.steps import (
    BOX,
    FAILED_LOAD,
    GOOD,
    expect_error,
    stop_clock,
    submit,
    verdict,
)
from tests.support.web_fakes import CRASHED, MISSING, THROTTLED, FakeRuntime


def test_long_wait_is_explained_and_then_given_up(
    open_page: OpenPage,
    runtime: FakeRuntime,
) -> None:
    """After seconds a word about waking up; after 25 s an end, with the text kept and a Retry."""
    page = open_page()
    stop_clock(page)
    with runtime.held():
        submit(page, GOOD)
        expect(page.get_by_role("status")).to_have_text("Reading your review …")
        page.clock.fast_forward(3_000)
        expect(page.get_by_role("status")).to_contain_text("the service is starting")
        page.clock.fast_forward(21_999)
        expect(page.get_by_role("status")).to_contain_text("the service is starting")
        page.clock.fast_forward(1)
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
    box = page.get_by_label(BOX, exact=True)
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
    expect(page.locator("#review-error")).to_contain_text("in 60 seconds.")
    page.get_by_role("button", name="Retry").click()
    assert "positive" in verdict(page)
    expect(page.get_by_role("button", name="Submit")).to_be_focused()
    expect(page.locator("#review-error")).to_be_empty()
    expect(page.get_by_role("button", name="Retry")).to_be_hidden()


def test_throttling_says_how_many_seconds(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """Too many people at once: the sentence says when it is worth another try."""
    page = open_page(FAILED_LOAD)
    stop_clock(page)  # it asks again after five seconds
    runtime.fail(THROTTLED, times=3)
    submit(page, GOOD)
    expect_error(page, "Too many people are asking at once. Please try again in 5", kept=GOOD)


def throttled_page(open_page: OpenPage, runtime: FakeRuntime) -> Page:
    """The page, whose clock stands still, when the service has just refused for load."""
    page = open_page(FAILED_LOAD)
    stop_clock(page)
    runtime.fail(THROTTLED, times=3)
    page.get_by_label(BOX, exact=True).fill("wonderful")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("button", name="Retry (in 5 s)")).to_be_visible()
    return page


def test_throttling_counts_down_and_tries_again(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """The button says how long it is, and at its end the page asks again by itself."""
    page = throttled_page(open_page, runtime)
    page.clock.run_for(2_000)
    expect(page.get_by_role("button", name="Retry (in 3 s)")).to_be_visible()
    page.clock.run_for(3_000)
    expect(page.locator(".ticket--positive")).to_be_visible()


def test_typing_stops_the_countdown(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """Who goes on writing is not interrupted by a retry."""
    page = throttled_page(open_page, runtime)
    n_asked = len(runtime.asked)
    page.get_by_label(BOX, exact=True).press_sequentially(" film")
    page.clock.run_for(10_000)
    expect(page.get_by_role("button", name="Retry")).to_be_hidden()
    assert len(runtime.asked) == n_asked


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
        (404, "application/json", '{"message": "Not Found"}', "in trouble"),
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
    blames_the_text = status == 413
    expect(page.locator("#review[aria-invalid]")).to_have_count(int(blames_the_text))
    expect(page.get_by_role("button", name="Retry")).to_be_visible(visible=not blames_the_text)


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
