"""What decided the verdict: the review shown back, tinted, with numbers for everybody."""

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


def test_effect_is_shown_on_hover_and_on_focus(open_page: OpenPage) -> None:
    """A pointer at a word or a sentence, or Tab and the arrows, tell how far it moved it."""
    page = open_page()
    submit(page, REVIEW)
    spot = page.locator(".spot")
    page.locator(".told--negative").hover()
    expect(spot).to_have_text("towards negative, a lot: “boring”")
    page.locator("blockquote .tint").first.focus()
    expect(spot).to_contain_text("towards positive, a lot")
    page.keyboard.press("ArrowRight")
    expect(spot).to_contain_text("towards negative, a lot: “<i>Too long</i> and boring.”")
    page.keyboard.press("End")
    expect(spot).to_have_text("neither way: “It was made in Rome.”")


def test_long_explanation_is_one_stop_for_tab(open_page: OpenPage) -> None:
    """Tab enters at the sentence that had the focus last, and Tab leaves; no arrow runs off."""
    page = open_page()
    submit(page, "Wonderful film. " * 50 + "Boring.")
    sentences = page.locator("blockquote .tint")
    expect(page.locator("blockquote [tabindex='0']")).to_have_count(1)
    page.get_by_role("button", name="Copy link with review").focus()
    page.keyboard.press("Tab")
    expect(sentences.first).to_be_focused()
    for key, n in (
        ("ArrowLeft", 0),
        ("ArrowDown", 1),
        ("End", 50),
        ("ArrowRight", 50),
        ("ArrowUp", 49),
    ):
        page.keyboard.press(key)
        expect(sentences.nth(n)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_text("Your verdicts")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(sentences.nth(49)).to_be_focused()


@pytest.mark.parametrize("says_where", [True, False])
def test_what_was_not_read_is_shown_as_unread(open_page: OpenPage, says_where: bool) -> None:
    """It is neither tinted nor silent: it looks different, and the legend names it."""
    page = open_page()
    text = "👏 Wonderful. Middle, boring. The end."
    unread = {"start": 13, "end": 28}
    verdict = {
        "sentiment": "positive",
        "score": 0.9,
        "confidence": 0.9,
        "truncated": True,
        "n_words": 3517,
        "n_words_read": 1024,
        "sentences": [
            {"start": 2, "end": 12, "contribution": 2},
            {"start": 29, "end": 37, "contribution": 0},
        ],
        "reasons_note": "Some sentences say something else when they are read alone.",
    }
    verdict |= {"unread": unread} if says_where else {}
    page.route("**/review", lambda route: route.fulfill(json=verdict))
    submit(page, text)
    expect(page.locator(".ticket")).to_contain_text("1,024 of its 3,517 words were read")
    expect(page.locator("blockquote .unread")).to_contain_text(
        "(not read:) Middle, boring.".strip()
    )
    expect(page.locator(".reasons .hint").first).to_contain_text("not read")
    expect(page.locator(".reasons")).to_contain_text("say something else when they are read alone")
    assert shown(page) == text


def test_mixed_review_names_what_it_praises_and_blames(open_page: OpenPage) -> None:
    """The service says where praise and blame are; the page quotes them."""
    page = open_page()
    verdict = {
        "sentiment": "unsure",
        "lean": "positive",
        "unsure_because": "mixed",
        "reason": "It praises some things and blames others.",
        "score": 0.62,
        "confidence": 0.62,
        "praise": {"start": 2, "end": 15},
        "blame": {"start": 21, "end": 30},
        "sentences": [{"start": 2, "end": 30, "contribution": 0.4}],
    }
    page.route("**/review", lambda route: route.fulfill(json=verdict))
    submit(page, "👏 Lovely images, but bad story.")
    expect(page.locator(".ticket")).to_contain_text("Mixed")
    expect(page.locator(".ticket")).to_contain_text("62 of 100 such reviews are positive overall")
    expect(page.get_by_text("Praises: “Lovely images”")).to_be_visible()
    expect(page.get_by_text("Blames: “bad story”")).to_be_visible()


def test_screen_reader_hears_the_effects(open_page: OpenPage) -> None:
    """The tints have a text alternative: each sentence is followed by what it did."""
    page = open_page()
    submit(page, REVIEW)
    region = page.get_by_role("region", name="What decided the verdict")
    expect(region).to_contain_text("wonderful film! (towards positive, a lot)")
    expect(region).to_contain_text("and boring. (towards negative, a lot)")


def test_words_effects_need_no_pointer(open_page: OpenPage) -> None:
    """Tab to a sentence tells its strong words' as well, and so does what is read out."""
    page = open_page()
    submit(page, "Wonderful, wonderful and good, but boring. It was made in Rome.")
    first, second = page.locator("blockquote .tint").all()
    first.focus()
    words = "; towards positive, a lot: “good”; towards negative, a lot: “boring”"
    expect(page.locator(".spot")).to_contain_text(words)
    expect(first).to_contain_text(words)
    expect(second).not_to_contain_text("“")


@pytest.mark.parametrize("answer", ["zxqvy", None])
def test_no_reasons_make_no_section(open_page: OpenPage, answer: str | None) -> None:
    """A text that is not a review, or a model that cannot explain, shows the ticket alone."""
    page = open_page()
    if answer is None:
        verdict = '{"sentiment": "positive", "score": 0.9, "confidence": 0.9}'
        page.route("**/review", lambda route: route.fulfill(body=verdict))
    submit(page, answer or "wonderful")
    expect(page.locator(".ticket")).to_be_visible()
    expect(page.locator(".reasons")).to_have_count(0)
