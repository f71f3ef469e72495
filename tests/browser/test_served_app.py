"""The page before the real thing, deployed and by `make run`: a model, no stand-in."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from local_aws import LocalAws
from tests.browser.conftest import OpenPage
from tests.support.browser.steps import BOX, FAILED_LOAD, column, open_several, submit
from tests.support.deployed_app import deployed_app
from tests.support.local_run import local_run
from tests.support.served_app import ServedApp

PRAISE = """I went in expecting another loud summer film and came out grinning. The two leads are
wonderful together, the script is sharp and funny, and I would watch it again tomorrow."""
BLAME = """Two hours of people explaining the plot to each other in a car park. Wooden acting, a
dull script and an ending you can see coming from the first scene. What a waste of a good cast."""
NO_MODEL = "No model is deployed here at the moment."
LINES = [
    f"Film {n} is {'a joy, funny and moving' if n % 3 else 'boring, a waste of time'}."
    for n in range(300)
]


@pytest.fixture(scope="module", params=["deployed", "make run"])
def app(
    request: pytest.FixtureRequest,
    local_aws_server: LocalAws,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ServedApp]:
    if request.param == "deployed":
        folder = tmp_path_factory.mktemp("project")
        with deployed_app(local_aws_server.environment, folder) as app:
            app.bring_endpoint()
            yield app
    else:
        with local_run() as running:
            yield running


@pytest.mark.parametrize(("review", "word"), [(PRAISE, "Positive"), (BLAME, "Negative")])
def test_a_person_pastes_a_review_and_reads_the_verdict(
    open_page: OpenPage, app: ServedApp, review: str, word: str
) -> None:
    """The verdict on the page is the LSTM's, with its confidence, and the review's own words."""
    page = open_page(url=app.url)
    submit(page, review)
    verdict = page.get_by_role("region", name="Verdict", exact=True)
    expect(verdict).to_contain_text(word)
    expect(verdict).to_contain_text("%")
    shown = page.get_by_role("region", name="What decided the verdict")
    expect(shown).to_contain_text(review.partition(".")[0])
    expect(shown.locator(f"blockquote .tint--{word.lower()}").first).to_be_visible()


def test_each_example_shows_another_outcome(open_page: OpenPage, app: ServedApp) -> None:
    """The examples teach what the page can say; none of them is refused."""
    page = open_page(url=app.url)
    outcomes: dict[str, str | re.Pattern[str]] = {
        "Praise": "Positive",
        "Blame": "Negative",
        "Mixed": "Mixed",
        "So-so": re.compile("Leans (positive|negative)"),
    }
    for name, outcome in outcomes.items():
        page.get_by_role("button", name=name).click()
        expect(page.locator("#result .word")).to_have_text(outcome)
        expect(page.locator("#submit-label")).to_have_text("Submit")


def test_three_hundred_pasted_lines(open_page: OpenPage, app: ServedApp) -> None:
    """Each gets its verdict; the table is complete."""
    page = open_page(url=app.url)
    open_several(page)
    page.get_by_label("Your movie reviews").fill("\n".join(LINES))
    page.get_by_role("button", name="Judge all").click()
    expect_all_verdicts(page)


def test_a_dropped_csv_of_three_hundred_lines(open_page: OpenPage, app: ServedApp) -> None:
    """As a spreadsheet saves it: with a BOM, quotes, CRLF and other columns beside the review."""
    page = open_page(url=app.url)
    open_several(page)
    rows = "".join(f'{n},"{line}","""x"", y"\r\n' for n, line in enumerate(LINES))
    drop(page, "reviews.csv", "\ufeffid,Review,note\r\n" + rows)
    page.get_by_role("button", name="Judge all").click()
    expect_all_verdicts(page)


def test_a_deleted_endpoint_is_survived(open_page: OpenPage, app: ServedApp) -> None:
    """A clear sentence, nothing lost, also over a reload; once it is back, so are the verdicts."""
    page = open_page(FAILED_LOAD, url=app.url)
    submit(page, PRAISE)
    expect(page.locator(".ticket--positive")).to_be_visible()
    app.take_endpoint()
    try:
        submit(page, BLAME)
        expect(page.locator("#review-error")).to_contain_text(NO_MODEL)
        expect(page.locator(".ticket")).to_have_count(0)
        page.reload()
        expect(page.get_by_label(BOX, exact=True)).to_have_value(BLAME)
        page.get_by_role("button", name="Submit").click()
        expect(page.locator("#review-error")).to_contain_text(NO_MODEL)
        open_several(page)
        page.get_by_label("Your movie reviews").fill("A joy, funny and moving.")
        page.get_by_role("button", name="Judge all").click()
        expect(page.locator("#many")).to_contain_text(NO_MODEL)
    finally:
        app.bring_endpoint()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator(".summary")).to_have_text("1 review: 1 positive.")
    page.get_by_role("tab", name="One review").click()
    page.get_by_role("button", name="Retry").click()
    expect(page.locator(".ticket--negative")).to_be_visible()


def drop(page: Page, name: str, content: str) -> None:
    """Drop a text file on the card, as a hand does."""
    transfer = page.evaluate_handle(
        """([name, content]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([content], name));
          return transfer;
        }""",
        [name, content],
    )
    page.dispatch_event("#bulk", "drop", {"dataTransfer": transfer})


def expect_all_verdicts(page: Page) -> None:
    """200 good ones and 100 bad ones, in their order, and nothing else."""
    expected = ["Positive" if n % 3 else "Negative" for n in range(len(LINES))]
    summary = "300 reviews: 200 positive, 100 negative."
    expect(page.locator(".summary")).to_have_text(summary)
    assert column(page, "review") == LINES
    assert column(page, "verdict") == expected
