"""Writing a review: examples, the count, the theme, the history, and nothing that is ever lost."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.support.browser.steps import BOX
from tests.support.web_fakes import FakeRuntime


def test_example_is_judged_at_a_click(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """Each of the four examples goes into the box and is sent."""
    page = open_page()
    for n_asked, name in enumerate(("Praise", "Blame", "Mixed", "So-so"), start=1):
        page.get_by_role("button", name=name).click()
        expect(page.locator(".ticket")).to_be_visible()
        expect(page.locator("#submit-label")).to_have_text("Submit")
        assert page.get_by_label(BOX, exact=True).input_value() == runtime.asked[-1]["review"]
        assert len(runtime.asked) == n_asked


def test_undo_brings_back_what_an_example_replaced(open_page: OpenPage) -> None:
    """A click on an example costs nobody the review that they were writing."""
    page = open_page()
    box = page.get_by_label(BOX, exact=True)
    box.press_sequentially("my own review")
    example = page.get_by_role("button", name="Praise")
    example.click()
    expect(page.locator(".ticket")).to_be_visible()
    expect(example).to_be_focused()
    box.press("ControlOrMeta+z")
    expect(box).to_have_value("my own review")
    expect(page.locator("#count")).to_have_text("13 of 20,000 characters")
    page.reload()
    expect(box).to_have_value("my own review")


def test_example_waits_while_another_text_is_read(
    open_page: OpenPage, runtime: FakeRuntime
) -> None:
    """The box holds the text that the verdict is of."""
    page = open_page()
    with runtime.held():
        page.get_by_role("button", name="Praise").click()
        page.get_by_role("button", name="Blame").click()
    expect(page.locator(".ticket")).to_be_visible()
    assert page.get_by_label(BOX, exact=True).input_value() == runtime.asked[0]["review"]
    assert len(runtime.asked) == 1


def test_characters_are_counted_as_the_service_counts_them(open_page: OpenPage) -> None:
    """An emoji is one character, and past the limit the count says so before anything is sent."""
    page = open_page()
    count = page.locator("#count")
    expect(count).to_have_text("0 of 20,000 characters")
    page.get_by_label(BOX, exact=True).fill("good 👏")
    expect(count).to_have_text("6 of 20,000 characters")
    page.get_by_label(BOX, exact=True).fill("👏" * 20_001)
    expect(count).to_have_text("20,001 of 20,000 characters")
    expect(count).to_contain_class("count--over")


def test_reload_keeps_what_was_written(open_page: OpenPage) -> None:
    """A reload, wanted or not, gives the text back; an emptied box stays empty."""
    page = open_page()
    page.get_by_label(BOX, exact=True).fill("Half a review, and")
    page.reload()
    expect(page.get_by_label(BOX, exact=True)).to_have_value("Half a review, and")
    page.get_by_label(BOX, exact=True).fill("")
    page.reload()
    expect(page.get_by_label(BOX, exact=True)).to_have_value("")


def test_theme_switch_is_remembered(open_page: OpenPage) -> None:
    """The switch wins over the system, from the first paint of the next visit."""
    page = open_page(color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name="Switch between light and dark").click()
    dark = page.evaluate(paper)
    assert dark != light
    page.reload()
    assert page.evaluate(paper) == dark
    page.get_by_role("button", name="Switch between light and dark").click()
    assert page.evaluate(paper) == light


def test_theme_switch_returns_to_the_systems(open_page: OpenPage) -> None:
    """Switched to where the system is, the page follows the system again, now and later."""
    page = open_page(color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    switch = page.get_by_role("button", name="Switch between light and dark")
    switch.click()
    switch.click()
    assert page.evaluate("localStorage.length") == 0
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(paper) != light
    switch.click()
    page.reload()
    assert page.evaluate(paper) == light


def test_reload_keeps_the_verdict_and_the_tab(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """Nothing is asked again, and another tab has none of it."""
    page = open_page()
    page.get_by_label(BOX, exact=True).fill("A wonderful, moving film. Boring.")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".ticket--positive")).to_be_visible()
    page.reload()
    expect(page.locator(".ticket--positive")).to_be_visible()
    expect(page.locator("blockquote .tint")).to_have_count(2)
    expect(page.locator("#stale")).to_be_empty()
    page.get_by_role("tab", name="Several").click()
    page.reload()
    expect(page.get_by_label("Your movie reviews")).to_be_visible()
    assert len(runtime.asked) == 1
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_label(BOX, exact=True)).to_be_visible()
    expect(other.locator(".ticket")).to_have_count(0)


def test_edited_text_marks_the_verdict_as_of_the_earlier_one(open_page: OpenPage) -> None:
    """The verdict stays to be compared, says that it is old, and not once the text is back."""
    page = open_page()
    box = page.get_by_label(BOX, exact=True)
    stale = page.get_by_text("You changed the text. This verdict is of the earlier one.")
    box.fill("A wonderful film.")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".ticket--positive")).to_be_visible()
    box.press("End")
    page.keyboard.type("!")
    expect(stale).to_be_visible()
    expect(page.locator(".ticket--positive")).to_be_visible()
    page.reload()
    expect(stale).to_be_visible()
    box.fill("A wonderful film.")
    expect(stale).to_have_count(0)
    box.fill("boring")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".ticket--negative")).to_be_visible()
    expect(stale).to_have_count(0)


def test_clear_empties_the_form_and_undo_brings_the_text_back(open_page: OpenPage) -> None:
    """Text, verdict and message go; what was written is not lost for good."""
    page = open_page()
    box = page.get_by_label(BOX, exact=True)
    box.press_sequentially("A wonderful film.")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".ticket--positive")).to_be_visible()
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(box).to_have_value("")
    expect(box).to_be_focused()
    expect(page.locator(".ticket, .reasons")).to_have_count(0)
    page.reload()
    expect(page.locator(".ticket")).to_have_count(0)
    box.press_sequentially("good")
    page.get_by_role("button", name="Clear", exact=True).click()
    page.keyboard.press("ControlOrMeta+z")
    expect(box).to_have_value("good")


def test_history_is_kept_only_when_wanted(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """Off at first; once on, verdicts stay over a reload, are sent nowhere, and can be cleared."""
    page = open_page()

    def judge(text: str) -> None:
        page.get_by_label(BOX, exact=True).fill(text)
        page.get_by_role("button", name="Submit").click()
        expect(page.locator(".ticket")).to_be_visible()

    judge("a wonderful secret")
    assert page.evaluate("localStorage.length") == 0
    page.get_by_text("Your verdicts").click()
    page.get_by_label("Remember my reviews").check()
    judge("a boring film, said I")
    page.reload()
    page.get_by_text("Your verdicts").click()
    items = page.locator("#history-list li")
    expect(items).to_have_count(1)
    expect(items).to_contain_text("Negative 96% “a boring film, said I”")
    page.locator("#history-clear").click()
    expect(items).to_have_count(0)
    page.get_by_label("Remember my reviews").uncheck()
    assert page.evaluate("localStorage.length") == 0
    assert len(runtime.asked) == 2


def test_remembered_verdict_opens_again(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """A click brings back the whole review, its verdict and its reasons, from either tab."""
    page = open_page()
    page.get_by_text("Your verdicts").click()
    page.get_by_label("Remember my reviews").check()
    text = "A wonderful film. " + "Made in Rome. " * 20
    for review in (text, "boring"):
        page.get_by_label(BOX, exact=True).fill(review)
        page.get_by_role("button", name="Submit").click()
        expect(page.locator("#history-list")).to_contain_text(review[:20])
    page.get_by_role("tab", name="Several").click()
    page.get_by_role("button", name="Positive 97% “A wonderful film.").click()
    expect(page.get_by_label(BOX, exact=True)).to_have_value(text)
    expect(page.locator(".ticket--positive")).to_be_visible()
    expect(page.locator("blockquote .tint")).to_have_count(21)
    assert len(runtime.asked) == 2


def test_verdict_can_be_copied_and_linked(open_page: OpenPage) -> None:
    """The sentence and the link go to the clipboard; the link shows the verdict, not the review."""
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.get_by_label(BOX, exact=True).fill("my wonderful secret")
    page.get_by_role("button", name="Submit").click()
    page.get_by_role("button", name="Copy result").click()
    expect(page.locator("#why")).to_contain_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == "Positive, 97% sure"
    page.get_by_role("button", name="Copy link", exact=True).click()
    expect(page.locator("#why")).to_contain_text("not the review")
    link = page.evaluate("navigator.clipboard.readText()")
    assert "secret" not in link
    other = page.context.new_page()
    other.goto(link)
    expect(other.locator("#shared")).to_contain_text("Somebody shared this verdict")
    expect(other.locator(".ticket--positive .percent")).to_have_text("97%")
    expect(other.locator(".ticket")).to_be_in_viewport()
    expect(other.get_by_label(BOX, exact=True)).to_have_value("")
    page.get_by_role("button", name="Copy link with review").click()
    expect(page.locator("#why")).to_contain_text("can read the review")
    other.goto(page.evaluate("navigator.clipboard.readText()"))
    expect(other.locator("#shared blockquote")).to_have_text("my wonderful secret")


def test_shared_review_can_be_judged_again(
    open_page: OpenPage, base_url: str, runtime: FakeRuntime
) -> None:
    """The link's verdict may be anybody's word; a click asks the model. Its text is only text."""
    page = open_page(viewport={"width": 390, "height": 844})
    page.goto(f"{base_url}#positive=0.9731&review=A+boring+film.%0A%3Cb%3EBad%3C%2Fb%3E")
    expect(page.locator("#shared .ticket--positive")).to_be_in_viewport()
    expect(page.locator("#shared blockquote")).to_have_text("A boring film. <b>Bad</b>")
    expect(page.locator("#shared b")).to_have_count(0)
    page.get_by_role("button", name="Judge it again").click()
    expect(page.locator("#result .ticket--negative")).to_be_visible()
    expect(page.locator(".ticket")).to_have_count(1)
    expect(page.get_by_label(BOX, exact=True)).to_have_value("A boring film.\n<b>Bad</b>")
    assert [asked["review"] for asked in runtime.asked] == ["A boring film.\n<b>Bad</b>"]
    assert page.url == f"{base_url}/"
