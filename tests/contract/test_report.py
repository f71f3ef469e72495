"""The report's page: all of it there, nothing of others' texts or addresses in it."""

import io
import json
import re
import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from sagemaker_jobs.cli import as_json
from sagemaker_jobs.report_page.genres import GENRE_WORDS
from sagemaker_jobs.scores.score_file import ScoredReview, read_scores, write_scores
from sagemaker_jobs.steps.report import report as step_report
from sagemaker_jobs.terminal import Ui
from tests.support.made_scores import (
    DESCRIPTION,
    VERSION,
    made_rows,
    write_made_archive,
    write_made_model,
    write_made_scores,
)
from tests.support.page_parser import Page
from tests.support.paths import ROOT
from tests.support.pipeline import Answer
from tests.support.pipeline import call_step as step

TEXT = "The zombies ambled; a zombie yodelled. Unmistakably a reviewer's own sentence."
# matplotlib looks through the fonts once and remembers them here
FONTS = {"MPLCONFIGDIR": str(Path(tempfile.gettempdir()) / "movie-sentiment-matplotlib")}
ERROR = re.compile(r"^error: [^;\n]+.*; try: .+\n$")


def report(folder: Path, *arguments: object) -> Answer:
    """What the step says about a made model in the folder."""
    model = folder / "model.tar.gz"
    if not model.exists():
        write_made_model(model)
    given = ("--model", model, "--output", folder / "out", *arguments)
    return step("report", *given, environment=FONTS)


def make_page(
    folder: Path, archive: Path, scores: Path | None = None
) -> tuple[dict[str, object], str]:
    """What comes of the step without its command line, about the same model, and what it says."""
    model, said = folder / "model.tar.gz", io.StringIO()
    if not model.exists():
        write_made_model(model)
    ui = Ui(said, io.StringIO())
    made = step_report(model, archive, folder / "out", scores=scores, ui=ui)
    return json.loads(as_json(made)), said.getvalue()


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


def test_without_scores_the_test_split_is_scored_here_and_once(tmp_path: Path) -> None:
    """One command makes scores and page; the second time the same model's scores are used again."""
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as model:
        model.add(ROOT / "tests" / "golden" / "artifact-v1", arcname=".")
    archive = write_made_archive(tmp_path / "aclImdb", made_rows(6), "A fine film.")
    answer = report(tmp_path, "--archive-directory", archive, "--json")
    assert answer.json["n_reviews"] == 6
    assert answer.json["accuracy"] == 0.5  # one text, two labels
    rows = read_scores(tmp_path / "out" / "scores.csv")
    assert {row.model_version for row in rows} == {answer.json["model_version"]}
    again, said = make_page(tmp_path, archive)
    assert again == answer.json
    assert "used again" in said
    write_scores(
        tmp_path / "out" / "scores.csv", [replace(row, model_version="old") for row in rows]
    )
    again, said = make_page(tmp_path, archive)
    assert again == answer.json
    assert "scoring again" in said


def _missing_scores(folder: Path) -> list[object]:
    return ["--scores", folder / "none.csv"]


def _scores_of_another_model(folder: Path) -> list[object]:
    rows = [replace(row, model_version="1.0.0-other") for row in made_rows()]
    return ["--scores", write_made_scores(folder / "scores.csv", rows)]


def _scores_of_one_label(folder: Path) -> list[object]:
    rows = [row for row in made_rows() if row.label]
    return ["--scores", write_made_scores(folder / "scores.csv", rows)]


def _scores_with_one_label_judged(folder: Path) -> list[object]:
    rows = [replace(row, sentiment="not_a_review") if row.label else row for row in made_rows(10)]
    return ["--scores", write_made_scores(folder / "scores.csv", rows)]


def _no_archive(folder: Path) -> list[object]:
    return ["--archive-directory", folder / "none"]


def _no_model(folder: Path) -> list[object]:
    (folder / "model.tar.gz").write_bytes(b"no model")
    return []


def _broken_attachment(folder: Path) -> list[object]:
    (folder / "suite.json").write_text("[]")
    return ["--deletion", folder / "suite.json"]


@pytest.mark.parametrize(
    ("prepare", "what"),
    [
        (_missing_scores, "there is no file"),
        (_scores_of_another_model, "1.0.0-other"),
        (_scores_of_one_label, "one label"),
        (_scores_with_one_label_judged, "one label"),
        (_no_archive, "run download"),
        (_no_model, "is not a model"),
        (_broken_attachment, "not hold a JSON object"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path: Path, prepare: object, what: str) -> None:
    """What is wrong and what to try; no page is written."""
    assert callable(prepare)
    answer = report(tmp_path, *prepare(tmp_path))
    assert answer.exit_code == 1
    assert ERROR.match(answer.err), answer.err
    assert what in answer.err
    assert not (tmp_path / "out/index.html").exists()


def test_the_description_is_shown(text: str) -> None:
    """The model's settings stand at the end of the page."""
    assert f"hidden dim {DESCRIPTION['training']['settings']['hidden_dim']}" in text


def test_a_report_compares_with_another_model(tmp_path: Path) -> None:
    """By the other's scores of the same reviews: difference, interval and McNemar's test."""
    write_scores(tmp_path / "mine.csv", made_rows())
    others = [replace(row, score=1 - (row.score or 0)) for row in made_rows()]
    write_scores(tmp_path / "other.csv", [replace(row, model_version="2-x") for row in others])
    chosen = ("--scores", tmp_path / "mine.csv", "--archive-directory", tmp_path / "none")
    answer = report(tmp_path, *chosen, "--against", tmp_path / "other.csv", "--json")
    against = answer.json["against"]
    assert against["model_version"] == "2-x"
    low, high = against["interval"]
    assert 0 < low < against["difference"] < high
    assert against["p_value"] < 0.0001
    page = (tmp_path / "out" / "index.html").read_text()
    assert "Against model 2-x: accuracy +" in page
    assert "McNemar p = 0.0000: more than chance" in page


def test_a_limit_is_for_scoring_here(tmp_path: Path) -> None:
    """Finished scores are reported whole."""
    answer = report(tmp_path, "--scores", tmp_path / "mine.csv", "--limit", 10)
    assert ERROR.match(answer.err)
