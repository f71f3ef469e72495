"""A predictor as the suite's scorer: the predictor in this process, no server between."""

from collections.abc import Sequence

from evaluation.behaviour.suite import Score, Scorer
from sentiment.serving.predictor import Predictor, Verdict
from tests.support.paths import ROOT

BUNDLED = ROOT / "pretrained"


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
