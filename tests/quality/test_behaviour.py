"""The bundled model on the behavioural suite, and the suite itself."""

import json
import re
import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from evaluation.behaviour.__main__ import main
from evaluation.behaviour.bundled import BUNDLED, scorer_of
from evaluation.behaviour.report import as_json, as_table
from evaluation.behaviour.suite import FamilyResult, judge, overall_rate, read_families, read_family
from sentiment.artifact.artifact import read_artifact
from sentiment.augmentation.comparisons import Comparisons
from sentiment.augmentation.excerpts import Excerpts
from sentiment.augmentation.opinion_sentences import OpinionSentences
from sentiment.augmentation.ratings import Ratings
from sentiment.models.ngram_model import NGramModel
from sentiment.serving.predictor import Predictor
from tests.support.paths import ROOT

FAMILIES = read_families()
TEXTS = [text for family in FAMILIES for case in family.cases for text in case.texts]
ASKED_FOR = {
    "case_and_whitespace",
    "comparatives",
    "contrast",
    "emphasis_and_typos",
    "irony",
    "markup",
    "minimal_edits",
    "names_and_countries",
    "negation",
    "plot_words",
    "ratings",
}


@pytest.fixture(scope="module")
def results() -> list[FamilyResult]:
    scorer = scorer_of(Predictor.load(BUNDLED))
    return [judge(family, scorer) for family in FAMILIES]


def test_the_bundled_model_passes_85_percent(results: list[FamilyResult]) -> None:
    """Of all cases, at least 85 % are passed; the message shows the others."""
    assert overall_rate(results) >= 0.85, "\n" + as_table(results)


def test_the_bundled_model_passes_half_of_every_family(results: list[FamilyResult]) -> None:
    """No ability is missing altogether."""
    assert min(result.rate for result in results) >= 0.5, "\n" + as_table(results)


def test_the_model_card_tells_these_rates(results: list[FamilyResult]) -> None:
    """Each family's cases and those passed, and all of them."""
    card = (ROOT / "pretrained" / "MODEL_CARD.md").read_text("utf-8")
    rows = [(result.family.name, result.n_cases, result.n_passed) for result in results]
    rows.append(("all", sum(row[1] for row in rows), sum(row[2] for row in rows)))
    for name, n_cases, n_passed in rows:
        assert f"| {name.replace('_', ' ')} | {n_cases} | {n_passed} |" in card


def test_no_case_is_made_up_in_training() -> None:
    """None is among 20,000 ratings and comparisons as a student learns them, and none of
    the cases' sentences."""
    encoder = read_artifact(BUNDLED).encoder
    n_words = len(encoder.vocabulary)
    nothing = NGramModel(n_words, np.zeros(0, np.int64), torch.zeros(0), 0.0)
    opinions = OpinionSentences.of(encoder.vocabulary, Excerpts.of(encoder.vocabulary), nothing)
    ratings, comparisons = Ratings(opinions, np.linspace(0, 1, 11)), Comparisons(opinions)
    generator, silence = np.random.default_rng(1), np.zeros(0, np.int32)
    made = [make(silence, generator) for make in (ratings.rate, comparisons.compare) * 10_000]
    learned = {tuple(example.ids.tolist()) for example in made if example is not None}
    assert len(learned) > 3_000
    assert [text for text in TEXTS if tuple(encoder.encode(text).ids) in learned] == []
    sentences = {part for text in TEXTS for part in re.split(r"(?<=[.!?])\s+", text)}
    assert {part for part in sentences if tuple(encoder.encode(part).ids) in learned} == set()


def test_no_case_is_taken_for_something_else(results: list[FamilyResult]) -> None:
    """All texts are reviews, the mistyped ones too, and get a score."""
    unread = [
        text
        for result in results
        for judged in result.results
        for text, score in zip(judged.case.texts, judged.scores, strict=True)
        if score is None
    ]
    assert unread == []


def test_every_family_is_there_and_large_enough() -> None:
    """All families that were asked for have 15 cases or more, 150 in all."""
    assert {family.name for family in FAMILIES} == ASKED_FOR
    assert min(len(family.cases) for family in FAMILIES) >= 15
    assert sum(len(family.cases) for family in FAMILIES) >= 150


def test_no_text_stands_twice() -> None:
    """What is asked once counts once."""
    assert [text for text, n in Counter(TEXTS).items() if n > 1] == []


@pytest.mark.parametrize("score", [0.0, 0.5, 1.0])
def test_a_model_that_reads_nothing_fails(score: float) -> None:
    """One score for every text passes no flip and hardly more than half of the rest."""
    results = [judge(family, lambda texts: [score] * len(texts)) for family in FAMILIES]
    assert overall_rate(results) <= 0.55
    for result in results:
        assert result.rate <= 0.6
        assert all("flip" not in r.case.name or not r.passed for r in result.results)


def test_an_invariant_fails_when_its_score_moves() -> None:
    """Texts on the right side, but more than 0.1 apart, are not passed; 0.1 apart, they are."""
    family = read_family(
        "names", 'about = "names"\n[[invariant]]\nsentiment = "positive"\ntexts = ["Ann", "Bo"]'
    )
    assert judge(family, lambda _: [0.9, 0.75]).n_passed == 0
    assert judge(family, lambda _: [0.9, 0.85]).n_passed == 1
    assert judge(family, lambda _: [0.52, 0.48]).n_passed == 0


def test_a_text_without_a_verdict_is_wrong() -> None:
    """'Not a review' is a wrong answer to a review, whatever its label."""
    family = read_family("size", 'about = "size"\npositive = ["Big."]\nnegative = ["Small."]')
    assert judge(family, lambda _: [None, None]).n_passed == 0


def test_a_flip_needs_both_sides() -> None:
    """A flip is passed only when both its texts are judged right."""
    family = read_family(
        "size",
        'about = "size"\n[[flip]]\ntext = "It is {size}."\n'
        'positive = {size = "big"}\nnegative = {size = "small"}',
    )
    assert judge(family, lambda _: [0.9, 0.1]).n_passed == 1
    assert judge(family, lambda _: [0.9, 0.6]).n_passed == 0
    assert judge(family, lambda _: [0.1, 0.9]).n_passed == 0


def test_a_misspelt_kind_is_refused() -> None:
    """Cases do not get lost by a slip in their file."""
    with pytest.raises(ValueError, match="positve is not a kind of case"):
        read_family("size", 'about = "size"\npositve = ["Big."]')


def test_the_report_names_what_failed() -> None:
    """The table and the JSON show the failed case with its scores and its wrong text."""
    family = read_family("size", 'about = "size"\npositive = ["Big."]\nnegative = ["Small."]')
    results = [judge(family, lambda _: [0.9, 0.8])]
    assert "size, negative 1: wrong (0.80): Small." in as_table(results)
    assert "Big." not in as_table(results)
    content = as_json(results)
    assert (content["cases"], content["passed"], content["rate"]) == (2, 1, 0.5)
    (failure,) = content["families"]["size"]["failures"]
    assert failure["scores"] == [0.8]


def test_the_command_judges_any_archive(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`python -m evaluation.behaviour --model ARCHIVE` prints a table, or the same as JSON."""
    archive = tmp_path / "model.tar.gz"
    with tarfile.open(archive, "w:gz") as members:
        members.add(ROOT / "tests" / "golden" / "artifact-v1", arcname=".")
    main(["--model", str(archive)])
    table = capsys.readouterr().out
    main(["--model", str(archive), "--json"])
    content = json.loads(capsys.readouterr().out)
    assert content["model_version"]
    assert content["cases"] == sum(len(family.cases) for family in FAMILIES)
    for name, family in content["families"].items():
        assert f"{name:<20} {family['cases']:>5} {family['passed']:>6}" in table
