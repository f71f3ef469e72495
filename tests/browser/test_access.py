"""The page without a mouse and without a screen."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.support.browser.states import show_retry, show_throttled, submit
from tests.support.browser.steps import FAILED_LOAD, column, stop_clock
from tests.support.web_fakes import FakeRuntime


def press_until(page: Page, key: str, name: str, most: int = 30) -> None:
    """Press `key` until what is focused goes by `name`."""
    focused = "(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()"
    for _ in range(most):
        page.keyboard.press(key)
        if page.evaluate(focused).startswith(name):
            outline = "getComputedStyle(document.activeElement).outlineStyle"
            assert page.evaluate(outline) == "solid", f"nobody sees that {name} has the focus"
            return
    raise AssertionError(name)


def test_keyboard_walks_the_whole_page(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """Verdict, reasons, theme, history, tabs, bulk, sorting, saving: Tab, arrows, Enter, Space."""
    page = open_page(reduced_motion="reduce")
    press_until(page, "Tab", "One review")
    press_until(page, "Tab", "Your movie review")
    page.keyboard.type("A wonderful, moving film. A boring story.")
    press_until(page, "Tab", "Submit")
    page.keyboard.press("Enter")
    expect(page.locator(".ticket--positive")).to_be_visible()
    press_until(page, "Tab", "Copy link")
    press_until(page, "Tab", "A wonderful, moving film.")
    expect(page.locator(".spot")).to_contain_text("towards positive, a lot")
    press_until(page, "Tab", "Your verdicts")
    page.keyboard.press("Enter")
    press_until(page, "Tab", "Remember my reviews")
    page.keyboard.press("Space")
    expect(page.get_by_label("Remember my reviews")).to_be_checked()

    press_until(page, "Shift+Tab", "One review")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Several")).to_be_focused()
    press_until(page, "Tab", "Your movie reviews")
    page.keyboard.type("wonderful")
    page.keyboard.press("Enter")
    page.keyboard.type("boring")
    press_until(page, "Tab", "Judge all")
    page.keyboard.press("Enter")
    expect(page.locator(".summary")).to_contain_text("2 reviews")
    press_until(page, "Tab", "Choose a file")
    press_until(page, "Tab", "Save as CSV")
    with page.expect_download():
        page.keyboard.press("Enter")
    press_until(page, "Tab", "Negative 1")
    page.keyboard.press("Enter")
    assert column(page, "verdict") == ["Negative"]
    press_until(page, "Shift+Tab", "All 2")
    page.keyboard.press("Enter")
    press_until(page, "Tab", "How sure")
    page.keyboard.press("Shift+Tab")  # the table's region begins with this title's word, too
    page.keyboard.press("Space")
    expect(page.get_by_role("columnheader", name="Verdict")).to_have_attribute(
        "aria-sort", "ascending"
    )
    assert column(page, "verdict") == ["Negative", "Positive"]
    press_until(page, "Tab", "Why?")
    page.keyboard.press("Enter")
    expect(page.locator(".opened")).to_contain_text("What decided the verdict")
    press_until(page, "Shift+Tab", "◐")
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.style.colorScheme") == "dark"
    assert len(runtime.asked) == 3


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
          - button "Clear"
          - region "Verdict"
    """)


def test_screen_reader_hears_the_verdict_and_its_reasons(open_page: OpenPage) -> None:
    """The word and how sure, then the review, each part and its strong words with their numbers."""
    page = open_page()
    submit(page, "A wonderful, moving film. Boring.")
    expect(page.locator("#one")).to_match_aria_snapshot("""
        - region "Verdict":
          - status
          - paragraph:
            - text: Verdict
            - strong: Positive
          - paragraph:
            - strong: 97%
            - text: sure
        - button "Copy result"
        - button "Copy link"
        - button "Copy link with review"
        - region "What decided the verdict":
          - heading "What decided the verdict" [level=2]
          - paragraph: /towards negative towards positive/
          - blockquote: /\\(towards positive, a lot\\); .* “wonderful”; .*Boring. \\(towards neg/
    """)


def test_screen_reader_hears_an_error_and_the_way_on(
    open_page: OpenPage, runtime: FakeRuntime
) -> None:
    """The sentence is in a live region, and the way on is a button by its name."""
    page = open_page(FAILED_LOAD)
    show_retry(page, runtime)
    expect(page.locator("#form")).to_match_aria_snapshot("""
        - textbox "Your movie review": A wonderful film.
        - paragraph: /No model is deployed here at the moment/
        - button "Submit"
        - button /Retry/
    """)
    expect(page.locator("[aria-live=polite]:has(#review-error)")).to_have_count(1)


def test_screen_reader_hears_the_table(open_page: OpenPage) -> None:
    """Summary, plot and table have names; a row reads in order."""
    page = open_page()
    page.get_by_role("tab", name="Several").click()
    page.get_by_label("Your movie reviews").fill("wonderful\nboring")
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator("#many")).to_match_aria_snapshot("""
        - textbox "Your movie reviews, one a line"
        - button "Judge all"
        - button "Choose a file"
        - status
        - status: "2 reviews: 1 positive, 1 negative."
        - region "All verdicts":
          - img "How many reviews are how positive, from negative to positive"
          - button "Save as CSV"
          - group "Show":
            - button "All 2" [pressed]
            - button "Positive 1"
            - button "Negative 1"
          - region "Verdicts":
            - table:
              - rowgroup:
                - row "Verdict How sure Review Row"
              - rowgroup:
                - row "Positive 97% positive wonderful Why? 1"
                - row "Negative 96% negative boring Why? 2"
    """)


def test_screen_reader_hears_that_all_are_read(open_page: OpenPage) -> None:
    """The counts come into a live region that was there before them, and a new run empties it."""
    page = open_page()
    page.get_by_role("tab", name="Several").click()
    region = page.locator("#many > [role=status]")
    expect(region).to_be_empty()
    page.get_by_label("Your movie reviews").fill("wonderful\nboring")
    page.get_by_role("button", name="Judge all").click()
    expect(region).to_have_text("2 reviews: 1 positive, 1 negative.")
    with page.expect_request("**/reviews"):
        page.route("**/reviews", lambda _: None)
        page.get_by_role("button", name="Judge all").click()
    expect(region).to_be_empty()


def test_focus_stays_when_its_button_goes(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """Cancel and Retry leave by themselves; who was on them stands on the button beside."""
    page = open_page(FAILED_LOAD)
    stop_clock(page)
    show_throttled(page, runtime)
    page.get_by_role("button", name="Retry (in 5 s)").focus()
    page.clock.run_for(5_000)
    expect(page.locator(".ticket--positive")).to_be_visible()
    expect(page.get_by_role("button", name="Submit")).to_be_focused()
    page.get_by_role("tab", name="Several").click()
    page.get_by_label("Your movie reviews").fill("wonderful")
    with runtime.held():
        page.get_by_role("button", name="Judge all").click()
        page.get_by_role("button", name="Cancel").focus()
    expect(page.locator(".summary")).to_be_visible()
    expect(page.get_by_role("button", name="Judge all")).to_be_focused()
