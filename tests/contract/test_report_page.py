"""The report's page: all of it there, nothing of others' texts or addresses in it."""

import json
import re
from pathlib import Path

import pytest

from sagemaker_jobs.report_page.genres import GENRE_WORDS
from sagemaker_jobs.scores.score_file import ScoredReview
from tests.support.page_parser import Page
from tests.support.reports.made_report import make_page, report
from tests.support.reports.made_scores import (
    DESCRIPTION,
    VERSION,
    made_rows,
    write_made_archive,
    write_made_model,
    write_made_scores,
)

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
    answer = report(
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


def test_a_colour_means_one_thing(text: str) -> None:
    """Reviews have their labels' colours, goals theirs; what is compared with is grey."""
    plots = dict(
        re.findall(
            r'<svg class="plot" role="img" aria-label="(\w+).*?>(.*?)</svg>', text, re.DOTALL
        )
    )
    colours = {name: set(re.findall(r"var\(--([a-z]+)\)", plot)) for name, plot in plots.items()}
    data = {"model", "goal", "positive", "negative"}
    assert {name: found & data for name, found in colours.items()} == {
        "Loss": {"model"},
        "Validation": {"model"},
        "ROC": {"model"},
        "Precision": {"model"},
        "Reliability": {"model"},
        "Distribution": {"positive", "negative"},
        "Accuracy": {"model", "goal"},
    }


def test_phases_that_judge_reviews_share_an_axis(tmp_path: Path) -> None:
    """Epochs are counted over all of them; a language model's loss is another quantity."""
    epoch = {"epoch": 1, "train_loss": 0.2, "validation_loss": 0.3, "validation_accuracy": 0.9}
    phases = ("student", "self_training", "self_training_2")
    words = {"phase": "pretraining", "epoch": 1, "train_loss": 5.1, "validation_loss": 5.0}
    history = [words, *({**epoch, "phase": phase} for phase in phases)]
    training = {"history": history, "settings": {"validation_size": 2500}}
    write_made_model(tmp_path / "model.tar.gz", {**DESCRIPTION, "training": training})
    make_page(tmp_path, tmp_path, write_made_scores(tmp_path / "scores.csv"))
    text = (tmp_path / "out/index.html").read_text("utf-8")
    assert "epoch 1 student, epoch 2 self training, epoch 3 self training 2." in text
    assert "interval on 2,500 reviews" in text
    said = [one for one in Page(text).plots if "epochs" in one]
    assert [re.findall(r"over (\d) epochs", one) for one in said] == [["1"], ["3"], ["3"]]
    assert "cross-entropy a word" in text
    assert "cross-entropy a review" in text


def test_every_figure_has_its_interval(text: str) -> None:
    """In the headline, in captions and sentences, and in each table of rates."""
    found = re.findall(r"95 % interval 0\.\d{4} to [01]\.\d{4}", text)
    assert len(found) == 8  # three headlines, two areas, calibration twice, firm verdicts
    assert text.count('<th scope="col">95 % interval</th>') + text.count(">95 % interval</th>") >= 5


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


def test_a_page_without_the_archive_says_so(tmp_path: Path) -> None:
    """Genres need the texts; all else does not."""
    scores = write_made_scores(tmp_path / "scores.csv")
    said = make_page(tmp_path, tmp_path / "none", scores)[1]
    assert "genres" in said
    assert "By genre: left out" in (tmp_path / "out/index.html").read_text("utf-8")


def test_a_model_that_tells_little_has_a_page(tmp_path: Path) -> None:
    """No history, no temperature: those parts say so or stay away."""
    write_made_model(tmp_path / "model.tar.gz", {"model_version": VERSION})
    scores = write_made_scores(tmp_path / "scores.csv")
    make_page(tmp_path, tmp_path, scores)
    text = (tmp_path / "out/index.html").read_text("utf-8")
    assert "does not say how its training went" in text
    assert "before the temperature" not in text
    Page(text)


@pytest.mark.parametrize(
    "more",
    [
        *({"bias": -0.2}, {"length_weights": [1.1, -0.9]}, {"bias": 0.0, "length_weights": []}),
        *({"shift": -0.2}, {"gains": [1.1, -0.9]}, {"shift": 0.0}),  # of formats 3 and 4
    ],
)
def test_of_a_calibration_the_temperature_alone_is_taken_back(
    tmp_path: Path, more: dict[str, object]
) -> None:
    """What goes by a text's length no score tells; and what model the training went on from."""
    training = {**DESCRIPTION["training"], "start": "1.0.0-before"}
    description = {**DESCRIPTION, "temperature": 1.3, **more, "training": training}
    write_made_model(tmp_path / "model.tar.gz", description)
    make_page(tmp_path, tmp_path, write_made_scores(tmp_path / "scores.csv"))
    text = (tmp_path / "out/index.html").read_text("utf-8")
    assert ("before the temperature" in text) == (not any(more.values()))
    assert "It went on from the model 1.0.0-before." in text


def test_the_description_is_shown(text: str) -> None:
    """The model's settings stand at the end of the page."""
    assert f"hidden dim {DESCRIPTION['training']['settings']['hidden_dim']}" in text
