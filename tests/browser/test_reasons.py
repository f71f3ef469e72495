"""What moved the verdict: the review shown back, tinted, with numbers for everybody."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.support.browser.steps import shown

# an emoji is two UTF-16 units, the clapping hands with a skin tone four: places must not shift
REVIEW = "👏🏽 A wonderful film!\n<i>Too long</i> and boring.  It was made in Rome."


def submit(page: Page, text: str) -> None:
    page.get_by_label("Your movie review", exact=True).fill(text)
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".ticket")).to_be_visible()


def test_review_is_shown_back_to_the_letter(open_page: OpenPage) -> None:
    """Emoji, markup and white space stand as they were written; markup stays text."""
    page = open_page()
    submit(page, REVIEW)
    assert shown(page) == REVIEW
    expect(page.locator("blockquote i")).to_have_count(0)


def test_parts_are_tinted_by_what_they_did(open_page: OpenPage) -> None:
    """Each sentence has its side's tint, a sentence that did nothing has none; so have words."""
    page = open_page()
    submit(page, REVIEW)
    praise, blame, neither = page.locator("blockquote .tint").all()
    expect(praise).to_contain_class("tint--positive")
    expect(blame).to_contain_class("tint--negative")
    assert neither.get_attribute("class") == "tint"
    assert page.locator(".told--positive").all_inner_texts() == ["wonderful"]
    assert page.locator(".told--negative").all_inner_texts() == ["boring"]
    strength = "part => getComputedStyle(part).getPropertyValue('--strength')"
    assert praise.evaluate(strength) == "100%"
    assert blame.evaluate(strength) == "75%"


def test_number_is_told_on_hover_and_on_focus(open_page: OpenPage) -> None:
    """A pointer at a word or a sentence, or Tab to a sentence, tells how far it moved."""
    page = open_page()
    submit(page, REVIEW)
    spot = page.locator(".spot")
    page.locator(".told--negative").hover()
    expect(spot).to_have_text("−1.50 towards negative: “boring”")
    page.locator("blockquote .tint").first.focus()
    expect(spot).to_contain_text("+2.00 towards positive")
    page.keyboard.press("Tab")
    expect(spot).to_contain_text("−1.50 towards negative: “<i>Too long</i> and boring.”")


def test_screen_reader_hears_the_numbers(open_page: OpenPage) -> None:
    """The tints have a text alternative: behind each sentence stands its number."""
    page = open_page()
    submit(page, REVIEW)
    region = page.get_by_role("region", name="What moved the verdict")
    expect(region).to_contain_text("wonderful film! (+2.00 towards positive)")
    expect(region).to_contain_text("and boring. (−1.50 towards negative)")


def test_words_numbers_need_no_pointer(open_page: OpenPage) -> None:
    """Tab to a sentence tells its strong words' as well, and so does what is read out."""
    page = open_page()
    submit(page, "Wonderful, wonderful and good, but boring. It was made in Rome.")
    first, second = page.locator("blockquote .tint").all()
    first.focus()
    words = "; +2.00 towards positive: “good”; −1.50 towards negative: “boring”"
    expect(page.locator(".spot")).to_contain_text(words)
    expect(first).to_contain_text(words)
    expect(second).not_to_contain_text("“")


@pytest.mark.parametrize("answer", ["zxqvy", None])
def test_no_reasons_are_no_section(open_page: OpenPage, answer: str | None) -> None:
    """A text that is not a review, or a model that cannot explain, shows the ticket alone."""
    page = open_page()
    if answer is None:
        verdict = '{"sentiment": "positive", "score": 0.9, "confidence": 0.9}'
        page.route("**/review", lambda route: route.fulfill(body=verdict))
    submit(page, answer or "wonderful")
    expect(page.locator(".ticket")).to_be_visible()
    expect(page.locator(".reasons")).to_have_count(0)
