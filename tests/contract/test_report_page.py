"""The report's page: all of it there, nothing of others' texts or addresses in it."""

import json
import re
from pathlib import Path

import pytest

from sagemaker_jobs.report_page.genres import GENRE_WORDS
from sagemaker_jobs.scores.score_file import ScoredReview
from tests.support.made_scores import (
    DESCRIPTION,
    VERSION,
    made_rows,
    report_of_made_model,
    write_made_archive,
    write_made_scores,
)
from tests.support.page_parser import Page

TEXT = "The zombies ambled; a zombie yodelled. Unmistakably a reviewer's own sentence."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("report")


@pytest.fixture(scope="module")
def rows() -> list[ScoredReview]:
    return made_rows()


@pytest.fixture(scope="module")
def text(folder: Path, rows: list[ScoredReview]) -> str:
    """The page about made scores, with the reviews' texts at hand and another measurement."""
    archive = write_made_archive(folder / "aclImdb", rows, TEXT)
    scores = write_made_scores(folder / "scores.csv", rows)
    suite = folder / "suite.json"
    suite.write_text(
        json.dumps(
            {
                "model_version": "another",
                "rate": 0.5,
                "families": {"double_negation": {"cases": 4, "passed": 2, "failures": ["x"]}},
            }
        )
    )
    answer = report_of_made_model(
        folder, "--scores", scores, "--archive-directory", archive, "--behaviour", suite, "--json"
    )
    assert answer.json["accuracy"] == sum(row.is_right for row in rows) / len(rows)
    assert answer.json["model_version"] == VERSION
    return Path(answer.json["page"]).read_text("utf-8")


@pytest.fixture(scope="module")
def document(text: str) -> Page:
    return Page(text)


def test_every_section_is_there(document: Page) -> None:
    """Each has its link; ids are there once; what the page refers to is in it."""
    sections = (
        *("training", "verdicts", "ranking", "calibration", "coverage", "slices", "mistakes"),
        *("attached-1", "model"),
    )
    for name in sections:
        assert name in document.ids
        assert f"#{name}" in document.links
    assert len(document.ids) == len(set(document.ids))
    assert {link.removeprefix("#") for link in document.links} <= set(document.ids)


def test_the_page_needs_nothing_else(text: str, document: Page) -> None:
    """No address, script, image or frame; a Content-Security-Policy says so too."""
    assert all(link.startswith("#") for link in document.links)
    assert "://" not in text
    assert "default-src 'none'" in text
    assert not {"script", "img", "iframe", "link", "object"} & document.tags


def test_no_review_text_is_in_the_page(text: str, rows: list[ScoredReview]) -> None:
    """The page holds no sentence of a review and no word that only reviews have; it names ids."""
    for piece in ("yodel", "ambled", "Unmistakably", TEXT[:20]):
        assert piece not in text
    wrong = [row for row in rows if not row.is_right]
    listed = set(re.findall(r"test/(?:pos|neg)/\d+_\d+", text))
    assert len(listed) == min(len(wrong), 30)
    assert listed <= {row.id for row in wrong}


def test_plots_and_tables_can_be_read_without_eyes(document: Page) -> None:
    """Each plot says what it shows, each table has a caption and its headers their scope."""
    kinds = ("Loss", "Validation accuracy", "ROC", "Precision-recall", "Reliability", "coverage")
    for kind in (*kinds, "Distribution"):
        assert any(kind in said for said in document.plots), kind
    assert all(re.search(r"\d", said) for said in document.plots)
    assert document.n_tables == document.n_captions > 10
    assert document.headers_without_scope == 0


def test_plots_take_the_pages_colours(text: str) -> None:
    """No colour is fixed in a plot, so that each is legible in light and in dark."""
    plots = re.findall(r'<svg class="plot".*?</svg>', text, re.DOTALL)
    assert len(plots) == 8
    for plot in plots:
        assert not re.findall(r"#[0-9a-f]{6}\b", plot), plot[:200]
        assert "var(--sans)" in plot


def test_slices_cover_length_stars_and_genre(text: str) -> None:
    """Every text speaks of zombies twice; stars are those of the ids; genre words are published."""
    for part in ("By length", "By star rating", "By genre", "10 stars", "1 star"):
        assert part in text
    assert '<th scope="row">horror</th><td class="number">400</td>' in text
    assert '<th scope="row">western</th><td class="number">' not in text
    assert all(word in text for words in GENRE_WORDS.values() for word in words)


def test_the_unsure_rule_is_marked(text: str, rows: list[ScoredReview]) -> None:
    """The share with a verdict is the endpoint's own, and the threshold the artifact's."""
    share = sum(row.sentiment != "unsure" for row in rows) / len(rows)
    assert f"{share:.1%}" in text
    assert "below a confidence of 0.7" in text


def test_another_measurement_is_shown(text: str) -> None:
    """Its families are rows; a model that is another one is named."""
    assert "double negation" in text
    assert "Of another model: another" in text


def test_the_description_is_shown(text: str) -> None:
    """The model's settings stand at the end of the page."""
    assert f"hidden dim {DESCRIPTION['training']['settings']['hidden_dim']}" in text
