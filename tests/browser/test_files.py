"""Files of reviews as people have them: what spreadsheets, editors and hands make of a CSV."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.support.browser.steps import choose, column, open_bulk
from tests.support.web_fakes import FakeRuntime

TWO = ["A good film, truly", "A bad one"]
TWO_SHORT = ["A good film", "A bad one"]
TWO_UNEVEN = ["Good", "A bad one, truly and for ever"]


@pytest.mark.parametrize(
    ("text", "reviews"),
    [
        ('id,review\r\n1,"A good film, truly"\r\n2,A bad one\r\n', TWO),
        ('\ufeffid,review\r\n1,"A good film, truly"\r\n2,A bad one', TWO),
        ("id;Review\n1;A good film, truly\n2;A bad one\n", TWO),
        ("stars\ttext\r7\tA good film, truly\r2\tA bad one\r", TWO),
        ("review\nA good film, truly\nA bad one\n", TWO),
        ('"A good film, truly"\n"A bad one"\n', TWO),
        ('1,"A good film, truly",x\n2,"A bad one",x\n', TWO),
        ('n,review\n\n,\n1,"A good film, truly"\n2\n3,A bad one\n,,\n', TWO),
        ('"review; or comment",review\n1,"A good film, truly"\n2,A bad one\n', TWO),
        ('review,n\n"good,\r\n  or ""great""\n",1\n', ['good, or "great"']),
        ('n;review\n1;"Alien" is good, and "Aliens" bad\n', ['"Alien" is good, and "Aliens" bad']),
        ('n,review\n1,"good, and never closed\n2,bad', ["good, and never closed 2,bad"]),
        ("sentiment,body\npositive,A good film\nnegative,A bad one\n", TWO_SHORT),
        ('10:00 on May 1,Good,7\n10:00 on May 2,"A bad one, truly and for ever",2\n', TWO_UNEVEN),
        ("SentenceId,what was said,Sentiment\n1,A good film,3\n2,A bad one,1\n", TWO_SHORT),
        ("n/a,A good film!\n7,A bad one\n", ["A good film!", "A bad one"]),
        ("review\n" + "good " * 4000 + "\nbad", [("good " * 4000).strip(), "bad"]),
        ('review\n"' + "good, " * 3000, [("good, " * 3000).strip()]),
    ],
    ids=[
        "quotes",
        "BOM",
        "semicolons",
        "tabs and CR",
        "one column, no quotes",
        "one column, no title",
        "no titles",
        "holes",
        "separators in a title",
        "line ends and quotes in a cell",
        "quotes that are none",
        "a quote left open",
        "titled otherwise",
        "no titles: the most text",
        "titles above numbers",
        "words above numbers, but not titles",
        "a long review",
        "a long quote left open",
    ],
)
def test_reviews_of_a_csv(
    open_page: OpenPage, runtime: FakeRuntime, text: str, reviews: list[str]
) -> None:
    """Each review arrives whole, and nothing else does."""
    page = open_bulk(open_page)
    choose(page, "reviews.CSV", text.encode())
    expect(page.locator(".summary")).to_be_visible()
    assert [review for asked in runtime.asked for review in asked["reviews"]] == reviews


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
@pytest.mark.parametrize("name", ["old.csv", "old.txt"])
def test_file_in_any_of_the_usual_encodings(
    open_page: OpenPage, runtime: FakeRuntime, name: str, encoding: str
) -> None:
    """What editors and spreadsheets save, now and in former times."""
    page = open_bulk(open_page)
    choose(page, name, "Un film génial – très “good”\r\nbad".encode(encoding))
    expect(page.locator(".summary")).to_be_visible()
    assert runtime.asked == [{"reviews": ["Un film génial – très “good”", "bad"]}]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["Un film génial\nbad", "хороший"])
def test_a_mark_at_the_beginning_says_which_half_comes_first(
    open_page: OpenPage, runtime: FakeRuntime, text: str, encoding: str
) -> None:
    """Also where no letter is Latin, and so no byte is zero."""
    page = open_bulk(open_page)
    choose(page, "marked.txt", f"\ufeff{text}".encode(encoding))
    expect(page.locator(".summary")).to_be_visible()
    assert runtime.asked == [{"reviews": text.split("\n")}]


def test_a_review_too_long_for_any_request_stops_no_other(
    open_page: OpenPage, runtime: FakeRuntime
) -> None:
    """It has its error in its place, and its beginning in the table."""
    page = open_bulk(open_page)
    giant = "\x01" * 170_000  # 1,020,000 bytes as JSON
    choose(page, "giant.txt", f"good\n{giant}\nbad".encode())
    expect(page.locator(".summary")).to_have_text(
        "3 reviews: 1 positive, 1 negative, 1 without an answer."
    )
    told = "A review can have at most 20,000 characters."
    assert column(page, "verdict") == ["Positive", told, "Negative"]
    assert [len(review) for review in column(page, "review")] == [4, 20_000, 3]
    assert [asked["reviews"] for asked in runtime.asked] == [["good"], ["bad"]]


def test_undo_brings_back_what_a_file_replaced(open_page: OpenPage) -> None:
    """Reviews that were typed are not lost to a file."""
    page = open_bulk(open_page)
    lines = page.get_by_label("Your movie reviews")
    lines.press_sequentially("typed by hand")
    for name, content in (("one.txt", b"good"), ("two.txt", b"good\n" * 3_000)):
        choose(page, name, content)
        expect(lines).to_have_value(content.decode().strip())
        expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    lines.press("ControlOrMeta+z")
    expect(lines).to_have_value("typed by hand")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.csv", b"", "There is no review in empty.csv."),
        ("titles.csv", b"id,review\r\n", "There is no review in titles.csv."),
        ("photo.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1", "There is no review in photo.png."),
        ("many.txt", b"good\n" * 10_001, "At most 10,000 reviews at a time; these are 10,001."),
    ],
)
def test_file_that_cannot_be_taken(
    open_page: OpenPage, runtime: FakeRuntime, name: str, content: bytes, sentence: str
) -> None:
    """It has its sentence, nothing is sent, and what was in the box stays there."""
    page = open_bulk(open_page)
    page.get_by_label("Your movie reviews").fill("typed by hand")
    choose(page, name, content)
    expect(page.locator("#lines-error")).to_have_text(sentence)
    expect(page.get_by_label("Your movie reviews")).to_have_value("typed by hand")
    assert runtime.asked == []


def test_a_dropped_text_goes_into_the_box(open_page: OpenPage) -> None:
    """Only files are taken from the hand: a text that is dragged is the browser's to insert."""
    page = open_bulk(open_page)
    taken = page.evaluate(
        """() => ["Files", "text/plain"].map((kind) => {
          const transfer = new DataTransfer();
          if (kind === "Files") transfer.items.add(new File(["good"], "a.txt"));
          else transfer.setData(kind, "good");
          const over = new DragEvent("dragover", {
            dataTransfer: transfer, bubbles: true, cancelable: true,
          });
          document.getElementById("lines").dispatchEvent(over);
          return over.defaultPrevented;
        })"""
    )
    assert taken == [True, False]
