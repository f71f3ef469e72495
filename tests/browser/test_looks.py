"""How the page looks and reads: sizes, themes, and names for screen readers."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.states import FAILED_LOAD, STATES, Show, submit
from tests.web_fakes import FakeRuntime


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
