"""Files of reviews as people have them: read, shown before they are sent, and given back whole."""

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_MS
from tests.support.browser.corpora import CorpusFile, csv_corpus
from tests.support.browser.steps import choose, column, judge_all, judge_file, open_several
from tests.support.browser.watch import Watch
from tests.support.web_fakes import FakeRuntime

TABLE = b"id;review;remark\n1;A good film;Ann saw it\n2;A bad one;\n"
SEPARATORS = {"": "none: one column", "\t": "tab", ",": "comma ,", ";": "semicolon ;", "|": "bar |"}


@pytest.fixture(scope="module")
def kept_page(browser: Browser, base_url: str) -> Iterator[Page]:
    """One page for all files; a context of its own for each would take longer than its test."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    watch = Watch()
    watch.over(context, base_url)
    yield context.new_page()
    context.close()
    assert watch.wrong == []


@pytest.fixture
def page(kept_page: Page, base_url: str, runtime: FakeRuntime) -> Page:  # noqa: ARG001  # as if new
    """Load the page with nothing stored, and open the tab for several reviews."""
    kept_page.goto(f"{base_url}/static/icon.svg")  # a page that stores nothing as it is left
    kept_page.evaluate("localStorage.clear(); sessionStorage.clear()")
    kept_page.goto(base_url)
    open_several(kept_page)
    return kept_page


def docx() -> bytes:
    """Return a zip that is not a workbook."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    return made.getvalue()


@pytest.mark.parametrize("file", csv_corpus(), ids=str)
def test_file_of_the_corpus(
    page: Page, runtime: FakeRuntime, tmp_path: Path, file: CorpusFile
) -> None:
    """The preview shows the guess, the reviews are sent, and all cells come back in place."""
    expected = file.expected
    choose(page, file.path.name, file.path.read_bytes())
    expect(page.locator("#preview-title")).to_have_text(file.path.name)
    expect(page.locator("#column")).to_have_value(str(expected["column"] - 1))
    if expected["encoding"]:
        expect(page.get_by_label("Separator")).to_have_value(expected["separator"])
        expect(page.get_by_label("Encoding")).to_have_value(expected["encoding"])
    titles = page.get_by_role("checkbox", name="titles")
    expect(titles).to_be_checked(checked=expected["titles_row"] is not None)
    judge_all(page)
    assert [review for asked in runtime.asked for review in asked["reviews"]] == file.texts
    assert column(page, "number") == [str(row) for row in file.row_numbers]
    saved = saved_cells(page, tmp_path, expected["separator"] or ",")
    if expected["titles_row"] is None:
        del saved[0]
    assert_came_back(saved, file)


def saved_cells(page: Page, folder: Path, separator: str) -> list[list[str]]:
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as CSV").click()
    saved.value.save_as(folder / "saved.csv")
    text = (folder / "saved.csv").read_bytes().decode("utf-8-sig")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    return [row or [""] for row in rows]


def assert_came_back(saved: list[list[str]], file: CorpusFile) -> None:
    """Raise unless each row begins with its cells, and the rows with reviews have verdicts."""
    cells = file.expected["cells"]
    assert len(saved) == len(cells)
    for number, (row, before) in enumerate(zip(saved, cells, strict=True), start=1):
        # an apostrophe keeps a formula from being evaluated
        back = [cell.replace("'=", "=").replace("'＝", "＝") for cell in row[: len(before)]]
        assert back == before
        if number in file.row_numbers:
            own_number, verdict = row[-5:-3]
            assert (own_number, bool(verdict)) == (str(number), True)


def test_what_was_guessed_can_be_changed(page: Page, runtime: FakeRuntime) -> None:
    """Column, titles, separator and encoding are shown, and what is chosen is read."""
    choose(page, "survey.csv", TABLE)
    hint = page.locator("#preview-hint")
    expect(hint).to_contain_text("2 reviews in 3 rows and 3 columns.")
    marked = page.locator("#preview th.is-read")
    expect(marked).to_have_text("review read")
    page.get_by_label("Column to read").select_option("remark")
    expect(marked).to_have_text("remark read")
    expect(hint).to_contain_text("1 review in 3 rows")
    page.get_by_label("The first row has titles").uncheck()
    expect(page.locator("#preview th.is-read")).to_contain_text("Column")
    page.get_by_label("Separator").select_option(SEPARATORS[""])
    expect(hint).to_contain_text("and 1 column.")
    page.get_by_label("Encoding").select_option("utf-16le")
    expect(page.locator("#preview-sheet")).not_to_contain_text("review")
    page.get_by_label("Encoding").select_option("utf-8")
    page.get_by_label("Separator").select_option(SEPARATORS[";"])
    page.get_by_label("The first row has titles").check()
    page.get_by_label("Column to read").select_option("remark")
    assert runtime.asked == []
    judge_all(page)
    assert runtime.asked == [{"reviews": ["Ann saw it"]}]


def test_a_file_can_be_removed_again(page: Page) -> None:
    """What was typed before is there again, and has the focus."""
    lines = page.get_by_label("Your movie reviews")
    lines.fill("typed by hand")
    choose(page, "survey.csv", TABLE)
    expect(lines).to_be_hidden()
    page.get_by_role("button", name="Remove the file").click()
    expect(lines).to_have_value("typed by hand")
    expect(lines).to_be_focused()
    expect(page.locator("#preview")).to_be_hidden()


def test_another_sheet_can_be_chosen(page: Page) -> None:
    """A workbook's sheets are listed by name."""
    (file,) = [file for file in csv_corpus() if file.path.name == "excel-two-sheets.xlsx"]
    choose(page, file.path.name, file.path.read_bytes())
    expect(page.get_by_label("Separator")).to_be_hidden()
    sheet = page.locator("#sheet-name")
    expect(sheet.locator("option")).to_have_text(["Answers", "Numbers"])
    sheet.select_option("Numbers")
    expect(page.locator("#preview-sheet td").last).to_have_text("1")


@pytest.mark.parametrize(
    ("pasted", "title", "reviews"),
    [
        ("id\treview\n1\tGood, truly\n2\tBad", "Pasted cells", ["Good, truly", "Bad"]),
        ("id,review\n1,A good film\n2,Bad", "Pasted cells", ["A good film", "Bad"]),
        ("Loved it, truly\nHated it, really", "", ["Loved it, truly", "Hated it, really"]),
        ('"Good," he said\n"Bad"', "", ['"Good," he said', '"Bad"']),
    ],
    ids=["cells", "CSV with titles", "sentences", "quotes"],
)
def test_pasted_cells_are_a_table(
    page: Page, runtime: FakeRuntime, pasted: str, title: str, reviews: list[str]
) -> None:
    """Cells of a spreadsheet have a preview below the box; sentences are a review a line."""
    page.get_by_label("Your movie reviews").fill(pasted)
    expect(page.locator("#preview-title")).to_have_text(title)
    judge_all(page)
    assert runtime.asked == [{"reviews": reviews}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
@pytest.mark.parametrize("name", ["old.csv", "old.txt"])
def test_file_in_any_of_the_usual_encodings(
    page: Page, runtime: FakeRuntime, name: str, encoding: str
) -> None:
    """What editors and spreadsheets save, now and in former times."""
    judge_file(page, name, "Un film génial – très “good”\r\nbad".encode(encoding))
    assert runtime.asked == [{"reviews": ["Un film génial – très “good”", "bad"]}]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["Un film génial\nbad", "хороший"])
def test_a_mark_at_the_beginning_says_which_half_comes_first(
    page: Page, runtime: FakeRuntime, text: str, encoding: str
) -> None:
    """Also where no letter is Latin, and so no byte is zero."""
    judge_file(page, "marked.txt", f"\ufeff{text}".encode(encoding))
    assert runtime.asked == [{"reviews": text.split("\n")}]


def test_a_review_too_long_for_any_request_stops_no_other(page: Page, runtime: FakeRuntime) -> None:
    """It has its error in its place, and its beginning in the table."""
    giant = "€" * 340_000  # 1,020,000 bytes as JSON
    judge_file(page, "giant.txt", f"good\n{giant}\nbad".encode())
    expect(page.locator(".summary")).to_have_text(
        "3 reviews: 1 positive, 1 negative, 1 without an answer."
    )
    assert column(page, "verdict") == ["Positive", "Without an answer", "Negative"]
    expect(page.locator("#bulk-result td.review .hint")).to_have_text(
        "A review can have at most 20,000 characters."
    )
    assert [len(review) for review in column(page, "review")] == [4, 20_000, 3]
    assert [asked["reviews"] for asked in runtime.asked] == [["good"], ["bad"]]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.csv", b"", "There is no review in empty.csv."),
        ("titles.csv", b"id,review\r\n", "There is no review in titles.csv."),
        *(
            (name, start + b"\0\0\0\1\0\0", f"This page cannot read {name}. Save it as CSV")
            for name, start in {
                "photo.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
                "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
                "paper.pdf": b"%PDF-1.7\n",
                "broken.xlsx": b"PK\3\4",
            }.items()
        ),
        ("paper.docx", docx(), "This page cannot read paper.docx. Save it as CSV"),
        ("many.txt", b"good\n" * 10_001, "At most 10,000 reviews at a time; these are 10,001."),
        ("wide.csv", b"good," * 1_001 + b"\n", "At most 1,000 columns at a time; these are 1,002."),
    ],
)
def test_file_that_cannot_be_taken(
    page: Page, runtime: FakeRuntime, name: str, content: bytes, sentence: str
) -> None:
    """It has its sentence, nothing is sent, and what was in the box stays there."""
    page.get_by_label("Your movie reviews").fill("typed by hand")
    choose(page, name, content)
    expect(page.locator("#lines-error")).to_contain_text(sentence)
    expect(page.get_by_label("Your movie reviews")).to_have_value("typed by hand")
    assert runtime.asked == []


def test_a_dropped_text_goes_into_the_box(page: Page) -> None:
    """Only files are taken from the hand: a text that is dragged is the browser's to insert."""
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
