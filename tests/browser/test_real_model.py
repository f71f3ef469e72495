"""The page before the real thing: Chalice app, local AWS, endpoint, bundled model."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.local_run import LocalRun, local_run

PRAISE = """I went in expecting another loud summer film and came out grinning. The two leads are
wonderful together, the script is sharp and funny, and I would watch it again tomorrow."""
BLAME = """Two hours of people explaining the plot to each other in a car park. Wooden acting, a
dull script and an ending you can see coming from the first scene. What a waste of a good cast."""


@pytest.fixture(scope="module")
def running() -> Iterator[LocalRun]:
    with local_run() as running:
        yield running


@pytest.mark.parametrize(("review", "word"), [(PRAISE, "Positive"), (BLAME, "Negative")])
def test_a_person_pastes_a_review_and_reads_the_verdict(
    running: LocalRun, page: Page, review: str, word: str
) -> None:
    """The verdict on the page is the LSTM's, with its confidence."""
    page.goto(running.url)
    page.get_by_label("Your movie review", exact=True).fill(review)
    page.get_by_role("button", name="Submit").click()
    verdict = page.get_by_role("region", name="Verdict", exact=True)
    expect(verdict).to_contain_text(word)
    expect(verdict).to_contain_text("%")
