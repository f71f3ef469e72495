"""The states that the page can be in, and how a person brings each about."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.support.browser.steps import BOX, choose, judge_all, open_several
from tests.support.web_fakes import CRASHED, MISSING, THROTTLED, FakeRuntime

LONG_WORD = "incomprehensibilities" * 20


def submit(page: Page, text: str) -> None:
    page.get_by_role("tab", name="One review").click()
    page.get_by_label(BOX, exact=True).fill(text)
    page.get_by_role("button", name="Submit").click()


def show_form(_page: Page, _runtime: FakeRuntime) -> None:
    pass


def show_positive(page: Page, _runtime: FakeRuntime) -> None:
    submit(page, "A wonderful film. " + LONG_WORD)
    expect(page.locator(".ticket--positive")).to_be_visible()


def show_negative(page: Page, _runtime: FakeRuntime) -> None:
    submit(page, "boring " * 1001)
    expect(page.locator(".ticket--negative")).to_be_visible()


def show_unsure(page: Page, _runtime: FakeRuntime) -> None:
    submit(page, "good, bad " * 500 + "film")
    expect(page.locator(".ticket--unsure")).to_be_visible()


def show_mixed(page: Page, _runtime: FakeRuntime) -> None:
    submit(page, "A good film, however a bad one.")
    expect(page.locator(".ticket--unsure")).to_contain_text("Mixed")


def show_no_opinion(page: Page, _runtime: FakeRuntime) -> None:
    submit(page, "The plot has good people and bad ones.")
    expect(page.locator(".ticket--unsure")).to_contain_text("No clear opinion")


def show_not_understood(page: Page, _runtime: FakeRuntime) -> None:
    submit(page, "Jargon, good, bad.")
    expect(page.locator(".ticket--unsure")).to_contain_text("Not understood")


def show_stale(page: Page, _runtime: FakeRuntime) -> None:
    submit(page, "A wonderful film.")
    expect(page.locator(".ticket--positive")).to_be_visible()
    page.get_by_label(BOX, exact=True).press_sequentially("Not")
    expect(page.locator("#stale")).not_to_be_empty()


def show_not_a_review(page: Page, _runtime: FakeRuntime) -> None:
    submit(page, "zxqvy")
    expect(page.locator(".ticket--not_a_review")).to_be_visible()


def show_empty_error(page: Page, _runtime: FakeRuntime) -> None:
    submit(page, "")
    expect(page.locator("#review-error")).not_to_be_empty()


def show_retry(page: Page, runtime: FakeRuntime) -> None:
    runtime.fail(MISSING)
    submit(page, "A wonderful film.")
    expect(page.get_by_role("button", name="Retry")).to_be_visible()


def show_several(page: Page, _runtime: FakeRuntime) -> None:
    open_several(page)
    page.get_by_label("Your movie reviews").fill(
        f"wonderful\nboring\ngood, bad\nzxqvy\n{LONG_WORD}"
    )
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator("#bulk-result .sheet")).to_be_visible()


def show_several_failed(page: Page, runtime: FakeRuntime) -> None:
    open_several(page)
    runtime.fail(CRASHED)
    page.get_by_label("Your movie reviews").fill("wonderful")
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator("#lines-error")).to_contain_text("0 of 1 are done")


def show_several_waiting(page: Page, runtime: FakeRuntime) -> None:
    open_several(page)
    runtime.fail(MISSING)
    page.get_by_label("Your movie reviews").fill(f"wonderful\n{LONG_WORD}")
    page.get_by_role("button", name="Judge all").click()
    expect(page.get_by_role("button", name="Continuing in")).to_be_visible()


def show_history(page: Page, _runtime: FakeRuntime) -> None:
    page.get_by_text("Your verdicts").click()
    page.get_by_label("Remember my reviews").check()
    submit(page, "wonderful " + LONG_WORD)
    expect(page.locator("#history-list li")).to_have_count(1)


def show_throttled(page: Page, runtime: FakeRuntime) -> None:
    runtime.fail(THROTTLED, times=30)  # it asks again after five seconds, by itself
    submit(page, "A wonderful film.")
    expect(page.get_by_role("button", name="Retry (in")).to_be_visible()
    runtime.failures.clear()


def show_offline(page: Page, _runtime: FakeRuntime) -> None:
    page.context.set_offline(True)
    submit(page, "A wonderful film.")
    expect(page.locator("#review-error")).to_contain_text("offline")
    page.context.set_offline(False)


def show_shared(page: Page, _runtime: FakeRuntime) -> None:
    page.evaluate("location.hash = '#negative=0.0410'")
    page.reload()
    expect(page.locator("#shared")).to_contain_text("Somebody shared this verdict")
    page.get_by_role("button", name="Judge your own").click()
    expect(page.locator("#shared")).to_be_empty()
    page.evaluate(f"location.hash = 'unsure=0.3820&because=mixed&review={LONG_WORD}'")
    expect(page.locator("#shared blockquote")).to_be_visible()


TABLE = f"""Survey of May;;
id;review;remark
1;A wonderful film, and a moving one;{LONG_WORD}
2;Two dull, boring hours;
3;good, bad;-
4;zxqvy;"""


def show_preview(page: Page, _runtime: FakeRuntime) -> None:
    open_several(page)
    cancel = page.locator("#bulk-cancel")
    if cancel.is_visible():  # an earlier state counts down a minute
        cancel.click()
    expect(page.locator("#bulk-submit")).not_to_have_attribute("aria-disabled", "true")
    choose(page, "survey.csv", TABLE.encode())
    expect(page.locator("#preview table")).to_be_visible()


def show_opened_row(page: Page, runtime: FakeRuntime) -> None:
    show_preview(page, runtime)
    judge_all(page)
    page.get_by_role("button", name="Why?").first.click()
    expect(page.locator(".opened .reasons")).to_be_visible()


Show = Callable[[Page, FakeRuntime], None]
STATES: list[Show] = [
    show_form,
    show_positive,
    show_negative,
    show_unsure,
    show_mixed,
    show_no_opinion,
    show_not_understood,
    show_stale,
    show_not_a_review,
    show_empty_error,
    show_retry,
    show_throttled,
    show_offline,
    show_shared,
    show_several,
    show_several_failed,
    show_several_waiting,
    show_history,
    show_preview,
    show_opened_row,
]
