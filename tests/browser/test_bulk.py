"""Several reviews at once: lines, files, the table, and a CSV to take away."""

import csv
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.steps import FAILED_LOAD
from tests.web_fakes import CRASHED, FakeRuntime

MANY = [f"{'wonderful' if n % 3 else 'boring'} film number {n}" for n in range(300)]


def open_bulk(open_page: OpenPage, expected: str | None = None) -> Page:
    page = open_page(expected)
    page.get_by_role("tab", name="Several").click()
    return page


def choose(page: Page, name: str, content: bytes) -> None:
    page.locator("#file").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})


def column(page: Page, name: str) -> list[str]:
    return page.locator(f".sheet td.{name}").all_inner_texts()


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
    """A bar for each twentieth, as high as it is full; what is no review, or failed, is in none."""
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


def test_saved_csv_is_safe_in_a_spreadsheet(open_page: OpenPage, tmp_path: Path) -> None:
    """Commas and quotes survive, and a cell that would be a formula is none."""
    page = open_bulk(open_page)
    reviews = ['=HYPERLINK("x") good', "+1 good", "-1 bad", "@sum boring", 'a "good", long film']
    page.get_by_label("Your movie reviews").fill("\n".join(reviews))
    page.get_by_role("button", name="Judge all").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as CSV").click()
    saved.value.save_as(tmp_path / "verdicts.csv")
    with (tmp_path / "verdicts.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["review"] for row in rows] == [
        *(f"'{review}" for review in reviews[:4]),
        reviews[4],
    ]
    assert [row["verdict"] for row in rows][2:4] == ["Negative", "Negative"]
    assert float(rows[0]["score"]) == 0.973142


def test_cancel_keeps_what_is_done_and_goes_on_later(
    open_page: OpenPage, runtime: FakeRuntime
) -> None:
    """Cancel stops between requests; Judge all asks only for what is missing."""
    page = open_bulk(open_page)
    page.route(
        "**/reviews",
        lambda route: route.continue_() if len(runtime.asked) < 1 else None,
    )
    page.get_by_label("Your movie reviews").fill("\n".join(MANY))
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator("#bulk-status")).to_have_text("100 of 300 reviews read …")
    progress = page.get_by_role("progressbar", name="Reviews read")
    expect(progress).to_have_js_property("value", 100)
    expect(progress).to_have_js_property("max", 300)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#lines-error")).to_contain_text("Cancelled. 100 of 300 are done")
    assert len(column(page, "number")) == 100
    expect(progress).to_be_hidden()
    page.unroute("**/reviews")
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator(".summary")).to_contain_text("300 reviews")
    assert sum(len(asked["reviews"]) for asked in runtime.asked) == 300


def throttled_bulk(open_page: OpenPage, runtime: FakeRuntime, n_refusals: int) -> Page:
    """150 reviews, after the first 100 of which the service refuses so often; no time passes."""
    page = open_page(FAILED_LOAD)
    page.clock.install()
    page.reload()
    page.get_by_role("tab", name="Several").click()
    refusals = [{"Retry-After": "5"}] * n_refusals

    def answer(route: Route) -> None:
        if len(runtime.asked) == 1 and refusals:
            route.fulfill(status=429, headers=refusals.pop(), body="{}")
        else:
            route.continue_()

    page.route("**/reviews", answer)
    page.get_by_label("Your movie reviews").fill("\n".join(MANY[:150]))
    page.get_by_role("button", name="Judge all").click()
    expect_wait(page, 5)
    return page


def expect_wait(page: Page, seconds: int) -> None:
    sentence = f"Too many people are asking at once. Going on in {seconds} s …"
    expect(page.locator("#bulk-status")).to_have_text(sentence)


def test_throttling_is_waited_for(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """A busy service says for how long: the page counts down and goes on by itself."""
    page = throttled_bulk(open_page, runtime, n_refusals=2)
    page.clock.run_for(2_000)
    expect_wait(page, 3)
    page.clock.run_for(3_000)
    expect_wait(page, 5)  # the second time
    page.clock.run_for(5_000)
    expect(page.locator(".summary")).to_contain_text("150 reviews")
    expect(page.locator("#lines-error")).to_be_empty()
    assert [len(asked["reviews"]) for asked in runtime.asked] == [100, 50]


def test_throttling_is_not_waited_for_without_end(
    open_page: OpenPage, runtime: FakeRuntime
) -> None:
    """After three waits in vain the run ends, with what is done; Judge all goes on."""
    page = throttled_bulk(open_page, runtime, n_refusals=4)
    for _ in range(3):
        expect_wait(page, 5)
        page.clock.run_for(5_000)
    expect(page.locator("#lines-error")).to_contain_text(
        "Too many people are asking at once. 100 of 150 are done"
    )
    assert len(column(page, "number")) == 100
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator(".summary")).to_contain_text("150 reviews")
    assert [len(asked["reviews"]) for asked in runtime.asked] == [100, 50]


def test_the_wait_can_be_cancelled(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """Cancel ends it at once, and nothing is asked later."""
    page = throttled_bulk(open_page, runtime, n_refusals=1)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#lines-error")).to_contain_text("Cancelled. 100 of 150 are done")
    expect(page.locator("#bulk-status")).to_be_empty()
    page.clock.run_for(10_000)
    assert [len(asked["reviews"]) for asked in runtime.asked] == [100]


def test_failure_leaves_text_and_results(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """A model that fails is a sentence; the reviews stay in the box, also over a reload."""
    page = open_bulk(open_page, FAILED_LOAD)
    runtime.fail(CRASHED)
    page.get_by_label("Your movie reviews").fill("good\nbad")
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator("#lines-error")).to_contain_text("0 of 2 are done")
    page.reload()
    page.get_by_role("tab", name="Several").click()
    expect(page.get_by_label("Your movie reviews")).to_have_value("good\nbad")


def test_nothing_to_judge_is_said(open_page: OpenPage, runtime: FakeRuntime) -> None:
    """An empty box, a file without reviews and too many lines each have their sentence."""
    page = open_bulk(open_page)
    error = page.locator("#lines-error")
    page.get_by_role("button", name="Judge all").click()
    expect(error).to_contain_text("write a review a line")
    choose(page, "empty.csv", b"id,review\r\n")
    expect(error).to_contain_text("no review in empty.csv")
    box = page.get_by_label("Your movie reviews")
    box.evaluate("box => { box.value = 'good\\n'.repeat(10_001); }")  # typing it takes minutes
    page.get_by_role("button", name="Judge all").click()
    expect(error).to_contain_text("At most 10,000 reviews at a time; these are 10,001.")
    assert runtime.asked == []


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
