"""The bundled model, packed as it is deployed, on reviews it has never seen."""

import json
import os
import re
import tarfile
from pathlib import Path

import pytest

from evaluation import deletion
from sentiment.artifact.packing import ARTIFACT_FILES, pack_artifact
from sentiment.artifact.profile import PROFILE_FILE, read_profile
from sentiment.serving.predictor import Predictor, Verdict
from tests.support.paths import ROOT

PRETRAINED = ROOT / "pretrained"
ARCHIVE = Path(
    os.environ.get("IMDB_ARCHIVE", ROOT.parent / "shared" / "data" / "aclImdb_v1.tar.gz")
)


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    archive = tmp_path_factory.mktemp("packed") / "model.tar.gz"
    archive.write_bytes(pack_artifact(PRETRAINED))
    return Predictor.load(archive)


@pytest.fixture(scope="module")
def fixed_reviews() -> tuple[list[str], list[bool]]:
    """The 2,000 test reviews whose number leaves 0 or 1 when divided by 25, and their labels."""
    texts, labels = [], []
    with tarfile.open(ARCHIVE) as archive:
        for member in archive:
            parts = member.name.split("/")
            if parts[1:2] == ["train"]:  # behind all test reviews
                break
            if len(parts) != 4 or parts[1] != "test" or parts[2] not in {"pos", "neg"}:
                continue
            stream = archive.extractfile(member)
            if stream is not None and int(parts[3].partition("_")[0]) % 25 < 2:
                texts.append(stream.read().decode())
                labels.append(parts[2] == "pos")
    return texts, labels


@pytest.mark.imdb
@pytest.mark.skipif(not ARCHIVE.is_file(), reason=f"the IMDB archive is not at {ARCHIVE}")
def test_real_test_reviews_are_judged_as_well_as_the_model_card_says(
    predictor: Predictor, fixed_reviews: tuple[list[str], list[bool]]
) -> None:
    """On a fixed 2,000 of the test split the accuracy is the recorded one."""
    texts, labels = fixed_reviews
    assert len(texts) == 2_000
    verdicts = predictor.predict(texts)
    right = [
        isinstance(verdict, Verdict) and (verdict.score >= 0.5) == label
        for verdict, label in zip(verdicts, labels, strict=True)
    ]
    recorded = json.loads((PRETRAINED / "metrics.json").read_text())["test_2000"]["accuracy"]
    assert sum(right) / 2_000 >= recorded - 0.001  # two reviews: another CPU rounds otherwise


@pytest.mark.imdb
@pytest.mark.skipif(not ARCHIVE.is_file(), reason=f"the IMDB archive is not at {ARCHIVE}")
def test_the_words_named_are_those_the_verdict_rests_on(
    predictor: Predictor, fixed_reviews: tuple[list[str], list[bool]]
) -> None:
    """Without the named tenth of its words, a score moves far; the sentences make the verdict."""
    found = deletion.measure(predictor, fixed_reviews[0][:: 2_000 // deletion.N_REVIEWS])
    assert found.n_reviews >= 490
    assert found.ratio >= 0.8 * deletion.TARGET  # of another sample
    assert found.largest_gap <= deletion.GAP_TARGET


@pytest.mark.parametrize(
    ("review", "sentiment"),
    [
        ("One of the most moving films I have seen in years. Superb acting, 10/10.", "positive"),
        ("Not bad at all - I was surprised how much I enjoyed it.", "positive"),
        ("I wanted to like it, but it was boring, badly acted and far too long.", "negative"),
        ("A waste of time and money. Avoid it.", "negative"),
    ],
)
def test_plain_opinions_are_understood(predictor: Predictor, review: str, sentiment: str) -> None:
    """What nobody would doubt, the model does not get wrong."""
    (verdict,) = predictor.predict([review])
    assert isinstance(verdict, Verdict)
    assert verdict.sentiment == sentiment


def test_the_readmes_answer_is_the_models(predictor: Predictor) -> None:
    """The README's example shows the score and the version of this very model."""
    readme = (ROOT / "README.md").read_text("utf-8")
    (review,) = re.findall(r'"review": "(.*?)"', readme)
    (verdict,) = predictor.predict([review])
    (shown,) = re.findall(r"^```json\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    answer = json.loads(shown)
    assert isinstance(verdict, Verdict)
    assert answer["score"] == pytest.approx(verdict.score, abs=1e-3)
    assert answer["sentiment"] == verdict.sentiment
    assert answer["model_version"] == predictor.artifact.version


def test_the_bundle_is_a_model_without_code_and_described() -> None:
    """The folder holds the artifact's files once, and card and metrics speak of this very model."""
    described = {"MODEL_CARD.md", "metrics.json", PROFILE_FILE}
    assert {path.name for path in PRETRAINED.iterdir()} == {*ARTIFACT_FILES, *described}
    profile = read_profile(PRETRAINED)
    assert profile is not None
    assert {sum(histogram.counts) for histogram in profile.values()} == {2455}
    metrics = json.loads((PRETRAINED / "metrics.json").read_text())
    version = json.loads((PRETRAINED / "model.json").read_bytes())["model_version"]
    assert metrics["model_version"] == version
    card = (PRETRAINED / "MODEL_CARD.md").read_text("utf-8")
    assert version in card
    for figure in ("accuracy", "accuracy_at_90_coverage", "calibration_error"):
        assert f"**{metrics['test'][figure]}**" in card
    readme = (ROOT / "README.md").read_text("utf-8")
    assert version in readme
    for figure in ("accuracy", "accuracy_at_90_coverage"):
        assert str(metrics["test"][figure]) in readme


def test_the_bundle_keeps_what_was_promised() -> None:
    """On all test reviews: at least as right, as sure and as well calibrated as asked for."""
    metrics = json.loads((PRETRAINED / "metrics.json").read_text())
    assert metrics["test"]["n_reviews"] == 25_000
    assert metrics["test"]["accuracy"] >= 0.941
    assert metrics["test"]["accuracy_at_90_coverage"] >= 0.975
    assert metrics["test"]["calibration_error"] <= 0.015


def test_a_truncated_review_is_explained_in_its_own_places(predictor: Predictor) -> None:
    """Its first and its last words are named where they stand, those between are not."""
    middle = "It goes on and on for a while. " * 400
    review = f"A <b>wonderful</b> beginning. {middle}What a dreadful, boring ending!"
    verdict = predictor.explain(review)
    assert isinstance(verdict, Verdict)
    assert verdict.truncated
    assert verdict.explanation is not None
    named = {review[word.start : word.end] for word in verdict.explanation.words}
    assert {"wonderful", "dreadful", "boring"} <= named
    for sentence in verdict.explanation.sentences:
        assert review[sentence.start : sentence.end].strip()
