"""Several reviews at once when something is in the way: nothing is lost, and all goes on."""

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenPage
from tests.support.browser.steps import (
    FAILED_LOAD,
    MANY,
    choose,
    column,
    open_bulk,
    open_several,
    stop_clock,
)
from tests.support.web_fakes import CRASHED, FakeRuntime


def throttled_bulk(open_page: OpenPage, runtime: FakeRuntime, n_refusals: int) -> Page:
    """150 reviews, after the first 100 of which the service refuses so often; no time passes."""
    page = open_page(FAILED_LOAD)
    stop_clock(page)
    open_several(page)
    refusals = [{"Retry-After": "5"}] * n_refusals

    def answer(route: Route) -> None:
        if len(runtime.asked) == 1 and refusals:
            route.fulfill(status=429, headers=refusals.pop(), body="{}")
        else:
            route.continue_()

    page.route("**/reviews", answer)
    page.get_by_label("Your movie reviews").fill("\n".join(MANY[:150]))
    page.get_by_role("button", name="Judge all").click()
    expect_wait(page, 5)
    return page


def expect_wait(page: Page, seconds: int) -> None:
    """The button counts; the sentence, which a screen reader reads out, is said once."""
    expect(page.get_by_role("button", name=f"Continuing in {seconds} s")).to_be_visible()
    expect(page.locator("#bulk-status")).to_have_text("Too many people are asking at once.")


def test_throttling_is_waited_for(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """A busy service says for how long: the page counts down and goes on by itself."""
    page = throttled_bulk(open_page, runtime, n_refusals=2)
    page.clock.run_for(2_000)
    expect_wait(page, 3)
    page.clock.run_for(3_000)
    expect_wait(page, 5)  # the second time
    page.clock.run_for(5_000)
    expect(page.locator(".summary")).to_contain_text("150 reviews")
    expect(page.locator("#lines-error")).to_be_empty()
    assert [len(asked["reviews"]) for asked in runtime.asked] == [100, 50]


def test_throttling_is_not_waited_for_without_end(
    open_page: OpenPage, runtime: FakeRuntime
) -> None:
    """After three waits in vain the run ends, with what is done; Judge all goes on."""
    page = throttled_bulk(open_page, runtime, n_refusals=4)
    for _ in range(3):
        expect_wait(page, 5)
        page.clock.run_for(5_000)
    expect(page.locator("#lines-error")).to_contain_text(
        "Too many people are asking at once. 100 of 150 are done"
    )
    assert len(column(page, "number")) == 100
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator(".summary")).to_contain_text("150 reviews")
    assert [len(asked["reviews"]) for asked in runtime.asked] == [100, 50]


def test_the_wait_can_be_cancelled(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """Cancel ends it at once, and nothing is asked later."""
    page = throttled_bulk(open_page, runtime, n_refusals=1)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#lines-error")).to_contain_text("Cancelled. 100 of 150 are done")
    expect(page.locator("#bulk-status")).to_be_empty()
    expect(page.get_by_role("button", name="Judge all")).to_be_visible()
    page.clock.run_for(10_000)
    assert [len(asked["reviews"]) for asked in runtime.asked] == [100]


def test_cancel_keeps_what_is_done_and_goes_on_later(
    open_page: OpenPage, runtime: FakeRuntime
) -> None:
    """Cancel stops between requests; Judge all asks only for what is missing."""
    page = open_bulk(open_page)
    page.route(
        "**/reviews",
        lambda route: route.continue_() if len(runtime.asked) < 1 else None,
    )
    page.get_by_label("Your movie reviews").fill("\n".join(MANY))
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator("#bulk-status")).to_have_text("100 of 300 reviews read …")
    progress = page.get_by_role("progressbar", name="Reviews read")
    expect(progress).to_have_js_property("value", 100)
    expect(progress).to_have_js_property("max", 300)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#lines-error")).to_contain_text("Cancelled. 100 of 300 are done")
    assert len(column(page, "number")) == 100
    expect(progress).to_be_hidden()
    page.unroute("**/reviews")
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator(".summary")).to_contain_text("300 reviews")
    assert sum(len(asked["reviews"]) for asked in runtime.asked) == 300


def test_failure_leaves_text_and_results(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """A model that fails is a sentence; the reviews stay in the box, also over a reload."""
    page = open_bulk(open_page, FAILED_LOAD)
    runtime.fail(CRASHED)
    page.get_by_label("Your movie reviews").fill("good\nbad")
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator("#lines-error")).to_contain_text("0 of 2 are done")
    page.reload()
    open_several(page)
    expect(page.get_by_label("Your movie reviews")).to_have_value("good\nbad")


def test_nothing_to_judge_is_said(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """An empty box, a file without reviews and too many lines each have their sentence."""
    page = open_bulk(open_page)
    error = page.locator("#lines-error")
    page.get_by_role("button", name="Judge all").click()
    expect(error).to_contain_text("write one review per line")
    choose(page, "empty.csv", b"id,review\r\n")
    expect(error).to_contain_text("no review in empty.csv")
    box = page.get_by_label("Your movie reviews")
    box.evaluate("box => { box.value = 'good\\n'.repeat(10_001); }")  # typing it takes minutes
    page.get_by_role("button", name="Judge all").click()
    expect(error).to_contain_text("At most 10,000 reviews at a time; these are 10,001.")
    assert runtime.asked == []


def test_being_offline_is_said_and_the_rest_comes_later(
    open_page: OpenPage, runtime: FakeRuntime
) -> None:
    """Without a network the run stops with a sentence; with one, Judge all asks for the rest."""
    page = open_bulk(open_page, FAILED_LOAD)
    page.route(
        "**/reviews",
        lambda route: route.abort("internetdisconnected") if runtime.asked else route.continue_(),
    )
    page.get_by_label("Your movie reviews").fill("\n".join(MANY[:150]))
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator("#lines-error")).to_contain_text("could not be reached")
    expect(page.locator("#lines-error")).to_contain_text("100 of 150 are done")
    page.unroute("**/reviews")
    page.context.set_offline(True)
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator("#lines-error")).to_contain_text("you seem to be offline")
    expect(page.locator("#lines-error")).to_contain_text("100 of 150 are done")
    page.context.set_offline(False)
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator(".summary")).to_contain_text("150 reviews")
    assert [len(asked["reviews"]) for asked in runtime.asked] == [100, 50]


def test_too_long_a_wait_is_given_up(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """After 25 s of no answer the run stops with a sentence, and can be taken up again."""
    page = open_page()
    stop_clock(page)
    open_several(page)
    page.get_by_label("Your movie reviews").fill("good")
    with runtime.held():
        page.get_by_role("button", name="Judge all").click()
        expect(page.locator("#bulk-status")).to_have_text("0 of 1 reviews read …")
        page.clock.fast_forward(25_000)
        expect(page.locator("#lines-error")).to_contain_text("took too long to answer")
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator(".summary")).to_have_text("1 review: 1 positive.")


def test_its_scripts_are_loaded_when_its_tab_is_opened(open_page: OpenPage) -> None:
    """Until they have come the form waits; then it takes what was typed before a reload."""
    page = open_bulk(open_page)
    page.get_by_label("Your movie reviews").fill("id\treview\n1\tGood, truly")
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route("**/static/sheet.js*", hold)
    with page.expect_request("**/static/sheet.js*"):
        page.reload()
    expect(page.locator("#bulk[inert]")).to_be_visible()
    waiting.pop().continue_()
    expect(page.locator("#preview-title")).to_have_text("Pasted cells")
    expect(page.locator("#bulk[inert]")).to_have_count(0)


def test_scripts_that_do_not_come_are_named(open_page: OpenPage) -> None:
    """Somebody who lost the connection learns what to do."""
    page = open_page(FAILED_LOAD)
    page.route("**/static/sheet.js*", lambda route: route.abort())
    page.get_by_role("tab", name="Several").click()
    expect(page.locator("#lines-error")).to_have_text(
        "This form could not be loaded. Please reload the page."
    )
