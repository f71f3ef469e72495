"""How the page looks: sizes, themes, colours that a reader chose, and paper."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.support.browser.states import STATES, submit
from tests.support.browser.steps import FAILED_LOAD
from tests.support.web_fakes import FakeRuntime


@pytest.mark.parametrize(
    ("width", "height"),
    [(320, 256), (320, 700), (390, 844), (1280, 700)],  # the first is 1280 by 1024 at 400 %
)
def test_nothing_runs_off_the_side(
    open_page: OpenPage, runtime: FakeRuntime, width: int, height: int
) -> None:
    """No state scrolls sideways, at any size or zoom, long words included."""
    is_phone = width < 500
    page = open_page(
        FAILED_LOAD,
        viewport={"width": width, "height": height},
        is_mobile=is_phone,
        has_touch=is_phone,
    )
    widths = {}
    for show in STATES:
        show(page, runtime)
        sides = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        widths[show.__name__] = (sides[0] <= width, sides[1] == width)
    assert widths == dict.fromkeys(widths, (True, True))


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


LAYOUT_SHIFTS = """
    () => new Promise((resolve) => {
      let sum = 0;
      new PerformanceObserver((list) => {
        for (const shift of list.getEntries()) sum += shift.value;
      }).observe({ type: "layout-shift", buffered: true });
      requestAnimationFrame(() => setTimeout(() => resolve(sum), 300));
    })"""


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_moves_on_the_first_visit(open_page: OpenPage, width: int) -> None:
    """No layout shift while the page loads, also where its files arrive late."""
    page = open_page(viewport={"width": width, "height": 800})
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    slow = {"latency": 100, "downloadThroughput": 30_000, "uploadThroughput": 30_000}
    session.send("Network.emulateNetworkConditions", {"offline": False, **slow})
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.reload()
    assert page.evaluate(LAYOUT_SHIFTS) == 0


def test_a_verdict_moves_nothing_above_it(open_page: OpenPage) -> None:
    """The box and its buttons stay where they are when the answer comes."""
    page = open_page(viewport={"width": 1280, "height": 1400}, reduced_motion="reduce")
    button = page.get_by_role("button", name="Submit")
    before = button.bounding_box()
    submit(page, "A wonderful film. Boring.")
    expect(page.locator(".reasons")).to_be_visible()
    after = button.bounding_box()
    assert before is not None
    assert after is not None
    assert (before["x"], before["y"]) == (after["x"], after["y"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_sides_are_told_apart_in_forced_colours(open_page: OpenPage, scheme: str) -> None:
    """With the reader's own colours the tints are gone: lines of two kinds say the same."""
    page = open_page(color_scheme=scheme, forced_colors="active")
    submit(page, "A wonderful film. A boring story.")
    expect(page.locator("blockquote .tint")).to_have_count(2)
    praise, blame = page.locator("blockquote .tint").all()
    colour = "part => getComputedStyle(part).backgroundColor.match(/\\d+/g).slice(0, 3).join()"
    assert praise.evaluate(colour) == blame.evaluate(colour)  # forced: that is why
    line = "part => getComputedStyle(part).borderBottomStyle"
    assert (praise.evaluate(line), blame.evaluate(line)) == ("solid", "dashed")


def test_paper_has_the_verdict_and_no_controls(open_page: OpenPage) -> None:
    """Printed, the page is the verdict and the review with its reasons; dark on light."""
    page = open_page(color_scheme="light")
    page.get_by_role("button", name="Switch between light and dark").click()
    submit(page, "A wonderful film. A boring story. Wonderful!")
    page.emulate_media(media="print")
    for shown in (".ticket", ".word", ".percent", ".scale", ".reasons blockquote", "h1"):
        expect(page.locator(shown)).to_be_visible()
    for hidden in (
        "#review",
        "#submit",
        "#theme",
        "#tabs",
        "#count",
        ".history",
        ".spot",
        "footer",
    ):
        expect(page.locator(hidden)).to_be_hidden()
    assert page.get_by_role("button").count() == 0
    praise, blame = page.locator("blockquote .tint--positive, blockquote .tint--negative").all()[:2]
    assert praise.evaluate("part => getComputedStyle(part).borderBottomStyle") == "solid"
    assert blame.evaluate("part => getComputedStyle(part).borderBottomStyle") == "dashed"
    ticket = page.locator(".ticket")
    expect(ticket).to_have_css("break-inside", "avoid")
    expect(ticket).to_have_css("print-color-adjust", "exact")  # else the scale has no ground
    red = "Number(getComputedStyle(document.body).color.match(/\\d+/)[0])"
    assert page.evaluate(red) < 60


def test_paper_has_the_whole_table(open_page: OpenPage) -> None:
    """Printed, no row is behind a scroll bar, and nothing is there to be pressed but titles."""
    page = open_page()
    page.get_by_role("tab", name="Several").click()
    page.get_by_label("Your movie reviews").fill("good\n" * 60)
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator(".summary")).to_be_visible()
    hidden = "sheet => sheet.scrollHeight - sheet.clientHeight"
    assert page.locator("#bulk-result .sheet").evaluate(hidden) > 100
    page.emulate_media(media="print")
    assert page.locator("#bulk-result .sheet").evaluate(hidden) <= 1
    expect(page.locator(".plot")).to_be_visible()
    titles = page.get_by_role("button").all_inner_texts()
    assert [title.split()[0] for title in titles] == ["Verdict", "How", "Review", "Row"]
