"""Several reviews at once: lines, files, the table, the plot, and a CSV to take away."""

import csv
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.support.browser.steps import MANY, choose, column, open_bulk, stop_clock
from tests.support.web_fakes import FakeRuntime


def test_a_line_is_a_review(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """Each line that is not blank gets its verdict, in order, from one request."""
    page = open_bulk(open_page)
    page.get_by_label("Your movie reviews").fill("A wonderful film\n\n  Boring.\ngood, bad\nzxqvy")
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator(".summary")).to_contain_text("4 reviews: 1 positive, 1 negative")
    assert column(page, "verdict") == ["Positive", "Negative", "Unsure", "Not a review"]
    assert column(page, "score") == ["97%", "96%", "62%", ""]
    assert len(runtime.asked) == 1


def test_csv_of_three_hundred_lines(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """A CSV's review column is found by its title, and sent a hundred at a time."""
    page = open_bulk(open_page)
    lines = "".join(f'{n},"{text}, ""really"""\r\n' for n, text in enumerate(MANY))
    choose(page, "reviews.csv", f"id,Review\r\n{lines}".encode("utf-8-sig"))
    expect(page.locator(".summary")).to_have_text("300 reviews: 200 positive, 100 negative.")
    assert [len(asked["reviews"]) for asked in runtime.asked] == [100, 100, 100]
    assert column(page, "review")[1] == 'wonderful film number 1, "really"'


def test_dropped_text_file_is_read(open_page: OpenPage) -> None:
    """A text file dropped on the card is a review a line, in whatever encoding Windows left it."""
    page = open_bulk(open_page)
    transfer = page.evaluate_handle(
        """() => {
          const transfer = new DataTransfer();
          const text = "caf\\u00e9, good\\r\\nboring";
          const bytes = new Uint8Array([...text].map((c) => c.charCodeAt(0)));
          transfer.items.add(new File([bytes], "old.txt", { type: "text/plain" }));
          return transfer;
        }"""
    )
    page.dispatch_event("#bulk", "drop", {"dataTransfer": transfer})
    expect(page.locator(".summary")).to_contain_text("2 reviews")
    assert column(page, "review") == ["café, good", "boring"]


def test_table_can_be_sorted(open_page: OpenPage) -> None:
    """A click on a title sorts by it, another the other way round; screen readers hear which."""
    page = open_bulk(open_page)
    page.get_by_label("Your movie reviews").fill("b wonderful\na boring\nc good, bad\nzxqvy")
    page.get_by_role("button", name="Judge all").click()
    page.get_by_role("button", name="Review", exact=True).click()
    assert column(page, "number") == ["2", "1", "3", "4"]
    page.get_by_role("button", name="Review", exact=True).click()
    assert column(page, "number") == ["4", "3", "1", "2"]
    expect(page.locator("th[aria-sort=descending]")).to_have_text("Review")
    page.get_by_role("button", name="Verdict", exact=True).click()
    assert column(page, "number") == ["4", "2", "3", "1"]  # what has none, then by score
    page.get_by_role("button", name="Sure", exact=True).click()
    assert column(page, "score") == ["", "62%", "96%", "97%"]


def test_plot_shows_the_scores_there_are(open_page: OpenPage) -> None:
    """A bar counts a twentieth of the scores; failures and non-reviews are left out."""
    page = open_bulk(open_page)
    reviews = ["wonderful", "boring", "boring", "zxqvy", "zxqvy", "zxqvy", "x" * 20_001]
    page.get_by_label("Your movie reviews").fill("\n".join(reviews))
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator(".summary")).to_have_text(
        "7 reviews: 1 positive, 2 negative, 3 not a review, 1 without an answer."
    )
    heights = page.locator(".plot line").evaluate_all(
        "lines => lines.map((line) => line.y1.baseVal.value - line.y2.baseVal.value)"
    )
    assert heights == [1, *[0] * 18, 0.5]


def test_a_very_long_table_is_shown_in_part(open_page: OpenPage, tmp_path: Path) -> None:
    """A thousand rows, those that come first as sorted; the counts and the CSV have them all."""
    page = open_bulk(open_page)
    page.get_by_label("Your movie reviews").fill("good\n" * 1_000 + "boring")
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator(".summary")).to_have_text(
        "1001 reviews: 1000 positive, 1 negative. The table shows 1,000."
    )
    assert page.locator(".sheet tbody tr").count() == 1_000
    expect(page.locator(".sheet td.verdict.is-negative")).to_have_count(0)
    page.get_by_role("button", name="Verdict", exact=True).click()
    assert column(page, "verdict")[:2] == ["Negative", "Positive"]
    assert len(saved_rows(page, tmp_path)) == 1_001


def saved_rows(page: Page, folder: Path) -> list[dict[str, str]]:
    """The CSV that Save gives, read as a spreadsheet reads it."""
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as CSV").click()
    saved.value.save_as(folder / "verdicts.csv")
    with (folder / "verdicts.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_saved_csv_is_safe_in_a_spreadsheet(open_page: OpenPage, tmp_path: Path) -> None:
    """Commas and quotes survive, and a cell that would be a formula is none."""
    page = open_bulk(open_page)
    reviews = ['=HYPERLINK("x") good', "+1 good", "-1 bad", "@sum boring", 'a "good", long film']
    page.get_by_label("Your movie reviews").fill("\n".join(reviews))
    page.get_by_role("button", name="Judge all").click()
    rows = saved_rows(page, tmp_path)
    assert [row["review"] for row in rows] == [
        *(f"'{review}" for review in reviews[:4]),
        reviews[4],
    ]
    assert [row["verdict"] for row in rows][2:4] == ["Negative", "Negative"]
    assert float(rows[0]["score"]) == 0.973142


def test_what_was_read_in_part_says_so(open_page: OpenPage, tmp_path: Path) -> None:
    """In the table behind the verdict, in the CSV as a note, behind a reason where there is one."""
    page = open_bulk(open_page)
    page.get_by_label("Your movie reviews").fill(f"good\n{'good ' * 1001}\n{'good bad ' * 501}")
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator(".summary")).to_be_visible()
    in_part = " (read in part)"
    assert column(page, "verdict") == ["Positive", f"Positive{in_part}", f"Unsure{in_part}"]
    whole, sure, unsure = [row["note"] for row in saved_rows(page, tmp_path)]
    assert (whole, sure) == ("", in_part)
    assert unsure.endswith(f".{in_part}")


def test_a_saved_csv_does_not_stay_in_memory(open_page: OpenPage) -> None:
    """Its address ends a minute after it was made."""
    page = open_page()
    stop_clock(page)
    page.evaluate(
        """() => {
          const kept = window.kept = new Set();
          const [make, revoke] = [URL.createObjectURL, URL.revokeObjectURL];
          URL.createObjectURL = (blob) => { const at = make(blob); kept.add(at); return at; };
          URL.revokeObjectURL = (at) => { kept.delete(at); revoke(at); };
        }"""
    )
    page.get_by_role("tab", name="Several").click()
    page.get_by_label("Your movie reviews").fill("good")
    page.get_by_role("button", name="Judge all").click()
    with page.expect_download():
        page.get_by_role("button", name="Save as CSV").click()
    assert page.evaluate("kept.size") == 1
    page.clock.run_for(60_000)
    assert page.evaluate("kept.size") == 0


def test_tabs_are_walked_with_arrows(open_page: OpenPage) -> None:
    """The arrow keys choose a tab, and its panel is the one that shows."""
    page = open_page()
    page.get_by_role("tab", name="One review").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Several")).to_be_focused()
    expect(page.get_by_role("tabpanel", name="Several")).to_be_visible()
    expect(page.get_by_label("Your movie review", exact=True)).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_label("Your movie review", exact=True)).to_be_visible()
