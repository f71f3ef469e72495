"""The eyes of the other browser tests are open."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.support.browser.watch import Watch
from tests.support.timeouts import HANG_S


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("console.error('a mistake')", "a mistake"),
        ("console.warn('a warning')", "a warning"),
        ("setTimeout(() => { throw new Error('an exception'); })", "an exception"),
        ("Promise.reject(new Error('a rejection')); 0", "a rejection"),
        (
            "document.body.append(Object.assign(document.createElement('script'), {text: '1'}))",
            "Content Security Policy",
        ),
        ("document.body.setAttribute('style', 'color: red')", "Content Security Policy"),
        ("document.body.append(Object.assign(new Image(), {src: 'data:,'}))", "Content Security"),
        ("location = 'http://127.0.0.1:9/'", "request to http://127.0.0.1:9/"),
    ],
)
def test_what_goes_wrong_is_seen(
    new_context: Callable[..., BrowserContext], base_url: str, script: str, told: str
) -> None:
    """A console error, an exception, a broken policy or a way to elsewhere: each fails a test."""
    watch = Watch()
    context = new_context()
    watch.over(context, base_url)
    first = context.new_page()
    first.goto(base_url)
    second = context.new_page()  # any page of the context is watched
    second.goto(base_url)
    assert watch.wrong == []
    second.evaluate(f"() => {{ {script}; }}")
    for _ in range(int(10 * HANG_S)):
        if watch.wrong:
            break
        second.wait_for_timeout(100)
    assert any(told in text for text in watch.wrong), watch.wrong


def test_what_is_expected_is_not_reported(
    new_context: Callable[..., BrowserContext], base_url: str
) -> None:
    """A test that brings about an error names it, and only that one passes."""
    watch = Watch()
    context = new_context()
    watch.over(context, base_url, expected="on purpose")
    page = context.new_page()
    page.goto(base_url)
    page.evaluate("console.error('done on purpose'); console.error('not so this')")
    with page.expect_console_message(lambda message: message.text == "last"):
        page.evaluate("console.log('last')")
    assert watch.wrong == ["not so this"]
