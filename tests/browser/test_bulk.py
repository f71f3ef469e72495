"""Several reviews at once: lines, files, the table, the plot, and a CSV to take away."""

import csv
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.support.browser.steps import MANY, column, judge_all, judge_file, open_bulk, stop_clock
from tests.support.web_fakes import FakeRuntime


def test_a_line_is_a_review(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """Each line that is not blank gets its verdict, in order, from one request."""
    page = open_bulk(open_page)
    page.get_by_label("Your movie reviews").fill("A wonderful film\n\n  Boring.\ngood, bad\nzxqvy")
    judge_all(page)
    expect(page.locator(".summary")).to_contain_text("4 reviews: 1 positive, 1 negative")
    assert column(page, "verdict") == ["Positive", "Negative", "Leans negative", "Not a review"]
    assert column(page, "share") == ["97% positive", "96% negative", "62% negative", ""]
    assert column(page, "number") == ["1", "3", "4", "5"]
    assert len(runtime.asked) == 1


def test_csv_of_three_hundred_lines(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """A CSV's review column is found by its title, and sent a hundred at a time."""
    page = open_bulk(open_page)
    lines = "".join(f'{n},"{text}, ""really"""\r\n' for n, text in enumerate(MANY))
    judge_file(page, "reviews.csv", f"id,Review\r\n{lines}".encode("utf-8-sig"))
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
    expect(page.locator("#preview-title")).to_have_text("old.txt")
    judge_all(page)
    expect(page.locator(".summary")).to_contain_text("2 reviews")
    assert column(page, "review") == ["café, good", "boring"]


def test_table_can_be_sorted(open_page: OpenPage) -> None:
    """A click on a title sorts by it, another the other way round; screen readers hear which."""
    page = open_bulk(open_page)
    page.get_by_label("Your movie reviews").fill("b wonderful\na boring\nc good, bad\nzxqvy")
    judge_all(page)
    page.get_by_role("button", name="Review", exact=True).click()
    assert column(page, "number") == ["2", "1", "3", "4"]
    page.get_by_role("button", name="Review", exact=True).click()
    assert column(page, "number") == ["4", "3", "1", "2"]
    expect(page.locator("th[aria-sort=descending]")).to_have_text("Review")
    page.get_by_role("button", name="Verdict", exact=True).click()
    assert column(page, "number") == ["4", "2", "3", "1"]  # what has none, then by score
    page.get_by_role("button", name="How sure", exact=True).click()
    assert column(page, "share") == ["", "96% negative", "62% negative", "97% positive"]


def test_plot_shows_the_scores_there_are(open_page: OpenPage) -> None:
    """A bar counts a twentieth of the scores, unsure ones in their own colour; the rest is out."""
    page = open_bulk(open_page)
    reviews = ["wonderful", "boring", "boring", "good, bad", "zxqvy", "zxqvy", "x" * 20_001]
    page.get_by_label("Your movie reviews").fill("\n".join(reviews))
    judge_all(page)
    expect(page.locator(".summary")).to_have_text(
        "7 reviews: 1 positive, 2 negative, 1 leans negative, 2 not a review, 1 without an answer."
    )
    bars = page.locator(".plot line").evaluate_all(
        "lines => lines.map((line) => [line.x1.baseVal.value, line.y1.baseVal.value"
        " - line.y2.baseVal.value, line.getAttribute('class')])"
    )
    assert bars == [[0.5, 1, "is-negative"], [7.5, 0.5, "is-unsure"], [19.5, 0.5, "is-positive"]]
    colours = page.locator(".plot line").evaluate_all(
        "lines => lines.map((line) => getComputedStyle(line).stroke)"
    )
    assert len(set(colours)) == 3


def test_table_can_be_filtered(open_page: OpenPage) -> None:
    """A button for each verdict there is shows only its rows, and sorting keeps to them."""
    page = open_bulk(open_page)
    page.get_by_label("Your movie reviews").fill("b good\nboring\na good\ngood, bad")
    judge_all(page)
    show = page.get_by_role("group", name="Show")
    assert show.get_by_role("button").all_inner_texts() == [
        "All 4",
        "Positive 2",
        "Negative 1",
        "Leans negative 1",
    ]
    show.get_by_role("button", name="Positive").click()
    expect(show.get_by_role("button", name="Positive")).to_have_attribute("aria-pressed", "true")
    assert column(page, "number") == ["1", "3"]
    page.get_by_role("button", name="Review", exact=True).click()
    assert column(page, "number") == ["3", "1"]
    show.get_by_role("button", name="All").click()
    assert len(column(page, "number")) == 4


def test_a_row_opens_to_its_reasons(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """Its other cells and what moved its verdict, asked for only now; and it closes again."""
    page = open_bulk(open_page)
    judge_file(page, "a.csv", b"id,review,stars\n7,A wonderful film. A boring story.,5\n")
    why = page.get_by_role("button", name="Why?")
    why.click()
    opened = page.locator(".opened")
    expect(opened).to_contain_text("id: 7 · stars: 5")
    expect(opened.locator(".tint--positive").first).to_be_visible()
    assert runtime.asked[1:] == [{"review": "A wonderful film. A boring story.", "explain": True}]
    expect(why).to_have_attribute("aria-expanded", "true")
    why.click()
    expect(opened).to_have_count(0)


def test_a_very_long_table_is_shown_in_part(open_page: OpenPage, tmp_path: Path) -> None:
    """A thousand rows, those that come first as sorted; the counts and the CSV have them all."""
    page = open_bulk(open_page)
    page.get_by_label("Your movie reviews").fill("good\n" * 1_000 + "boring")
    judge_all(page)
    expect(page.locator(".summary")).to_have_text(
        "1,001 reviews: 1,000 positive, 1 negative. The table shows 1,000."
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
    judge_all(page)
    rows = saved_rows(page, tmp_path)
    assert list(rows[0]) == ["review", "row", "verdict", "lean", "share", "note"]
    assert [row["review"] for row in rows] == [
        *(f"'{review}" for review in reviews[:4]),
        reviews[4],
    ]
    assert [row["verdict"] for row in rows][2:4] == ["Negative", "Negative"]
    assert float(rows[0]["share"]) == 0.973142


def test_what_was_read_in_part_says_so(open_page: OpenPage, tmp_path: Path) -> None:
    """Below the review, and in the CSV as a note, after a reason where there is one."""
    page = open_bulk(open_page)
    page.get_by_label("Your movie reviews").fill(f"good\n{'good ' * 1001}\n{'good bad ' * 501}")
    judge_all(page)
    assert column(page, "verdict") == ["Positive", "Positive", "Leans negative"]
    expect(page.locator("#bulk-result td.review").nth(1)).to_contain_text(
        "1,000 of its 1,001 words were read: the beginning and the end."
    )
    whole, sure, unsure = [row["note"] for row in saved_rows(page, tmp_path)]
    assert (whole, sure) == ("", "1,000 of its 1,001 words were read: the beginning and the end.")
    assert "1,000 of its 1,002 words were read" in unsure


def test_leaning_verdicts_say_so(open_page: OpenPage, tmp_path: Path) -> None:
    """Where the service names the side and why it is unsure, table, filter and file do too."""
    page = open_bulk(open_page)
    unsure = {"sentiment": "unsure", "score": 0.6, "confidence": 0.6, "truncated": False}
    results = [
        {**unsure, "lean": "positive", "unsure_because": "close", "reason": "Not clearly."},
        {**unsure, "lean": "positive", "unsure_because": "mixed"},
        {**unsure, "lean": "positive", "unsure_because": "no_opinion"},
    ]
    page.route("**/reviews", lambda route: route.fulfill(json={"results": results}))
    page.get_by_label("Your movie reviews").fill("one\ntwo\nthree")
    judge_all(page)
    assert column(page, "verdict") == ["Leans positive", "Mixed", "No clear opinion"]
    assert column(page, "share") == ["60% positive", "60% positive", ""]
    expect(page.locator(".summary")).to_have_text(
        "3 reviews: 1 leans positive, 1 mixed, 1 no clear opinion."
    )
    expect(page.get_by_role("button", name="Why?")).to_have_count(2)
    close, _, nothing = saved_rows(page, tmp_path)
    assert (close["lean"], close["share"], close["note"]) == ("positive", "0.6", "Not clearly.")
    assert (nothing["verdict"], nothing["lean"], nothing["share"]) == ("Unsure", "", "")


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
    judge_all(page)
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
