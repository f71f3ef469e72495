"""How the page looks and reads: sizes, themes, and axe-core's accessibility rules."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.web_fakes import MISSING, FakeRuntime

FAILED_LOAD = "Failed to load resource"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LONG_WORD = "incomprehensibilities" * 20


def submit(page: Page, text: str) -> None:
    page.get_by_role("tab", name="One review").click()
    page.get_by_label("Your movie review", exact=True).fill(text)
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
    page.get_by_role("tab", name="Several").click()
    page.get_by_label("Your movie reviews").fill(
        f"wonderful\nboring\ngood, bad\nzxqvy\n{LONG_WORD}"
    )
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator(".sheet")).to_be_visible()


def show_several_failed(page: Page, runtime: FakeRuntime) -> None:
    page.get_by_role("tab", name="Several").click()
    runtime.fail(MISSING)
    page.get_by_label("Your movie reviews").fill("wonderful")
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator("#lines-error")).to_contain_text("0 of 1 are done")


def show_history(page: Page, _runtime: FakeRuntime) -> None:
    page.get_by_text("Your verdicts").click()
    page.get_by_label("Remember my verdicts").check()
    submit(page, "wonderful " + LONG_WORD)
    expect(page.locator("#history-list li")).to_have_count(1)


Show = Callable[[Page, FakeRuntime], None]
STATES: list[Show] = [
    show_form,
    show_positive,
    show_negative,
    show_unsure,
    show_not_a_review,
    show_empty_error,
    show_retry,
    show_several,
    show_several_failed,
    show_history,
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_page: OpenPage, runtime: FakeRuntime, scheme: str) -> None:
    """No violation of WCAG 2.2 AA or of best practice, in any state, in either theme."""
    page = open_page(FAILED_LOAD, color_scheme=scheme, reduced_motion="reduce")
    for show in STATES:
        show(page, runtime)
        assert_axe_is_content(page, f"{scheme} {show.__name__}")
    with runtime.held():
        submit(page, "good")
        expect(page.get_by_role("status")).not_to_be_empty()
        assert_axe_is_content(page, f"{scheme} busy")


def assert_axe_is_content(page: Page, state: str) -> None:
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": AXE_TAGS}}).response
    assert [(state, item["id"], item["nodes"]) for item in found["violations"]] == []
    assert len(found["passes"]) > 15  # it did look


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("show", STATES)
def test_nothing_runs_off_the_side(
    open_page: OpenPage,
    runtime: FakeRuntime,
    width: int,
    show: Show,
) -> None:
    """No state scrolls sideways, from the smallest phone to a desktop, long words included."""
    is_phone = width < 500
    page = open_page(
        FAILED_LOAD,
        viewport={"width": width, "height": 700},
        is_mobile=is_phone,
        has_touch=is_phone,
    )
    show(page, runtime)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("innerWidth") == width


def test_verdict_is_scrolled_into_view_on_a_phone(open_page: OpenPage) -> None:
    """After submitting on a small screen, the answer is what one sees."""
    page = open_page(viewport={"width": 320, "height": 480}, reduced_motion="reduce")
    page.get_by_label("Your movie review", exact=True).fill("A wonderful film. " * 30)
    page.evaluate("scrollTo(0, 0)")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".word")).to_be_in_viewport()


def test_buttons_are_large_enough_to_touch(open_page: OpenPage) -> None:
    """A finger finds Submit: at least 44 by 44 pixels."""
    page = open_page(viewport={"width": 320, "height": 700}, is_mobile=True, has_touch=True)
    box = page.get_by_role("button", name="Submit").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44


def test_dark_theme_is_dark(open_page: OpenPage) -> None:
    """The system's theme is followed."""
    brightness = (
        "Math.max(...getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3))"
    )
    assert open_page(color_scheme="light").evaluate(brightness) > 200
    assert open_page(color_scheme="dark").evaluate(brightness) < 60


def test_reduced_motion_stands_still(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """Who asks for less motion gets none, not even from the spinner."""
    animation = "getComputedStyle(document.querySelector('.spinner')).animationName"
    for motion, expected in (("reduce", "none"), ("no-preference", "turn")):
        page = open_page(reduced_motion=motion)
        with runtime.held():
            submit(page, "good")
            expect(page.locator(".spinner")).to_be_visible()
            assert page.evaluate(animation) == expected
        expect(page.locator(".ticket")).to_be_visible()


def test_screen_reader_hears_the_form(open_page: OpenPage) -> None:
    """Heading, labelled box and button, in this order and by these names."""
    page = open_page()
    expect(page.locator("main")).to_match_aria_snapshot("""
        - heading "Is your review positive, or negative?" [level=1]
        - tablist "How many reviews":
          - tab "One review" [selected]
          - tab "Several"
        - tabpanel "One review":
          - textbox "Your movie review"
          - button "Submit"
          - region "Verdict"
    """)
