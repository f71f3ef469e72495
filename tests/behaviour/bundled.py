"""A model archive as the suite's scorer: the predictor in this process, no server between."""

import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sentiment.predictor import Predictor, Verdict
from tests.behaviour.suite import Score, Scorer
from tests.paths import ROOT

BUNDLED = ROOT / "pretrained" / "model.tar.gz"


def load_predictor(archive: Path = BUNDLED) -> Predictor:
    """The predictor of a model.tar.gz."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(archive) as members:
            members.extractall(folder, filter="data")
        return Predictor.load(Path(folder))


def scorer_of(predictor: Predictor) -> Scorer:
    """The predictor's scores; None for a text that it takes for no review."""

    def score(texts: Sequence[str]) -> list[Score]:
        scores: list[Score] = []
        for text, verdict in zip(texts, predictor.predict(texts), strict=True):
            if not isinstance(verdict, Verdict):
                raise TypeError(f"no verdict on {text!r}: {verdict}")
            scores.append(None if verdict.sentiment == "not_a_review" else verdict.score)
        return scores

    return score
