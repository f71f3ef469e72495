"""A predictor as the suite's scorer, in this process and without a server."""

from __future__ import annotations

from collections.abc import Sequence

from evaluation.behaviour.suite import Score, Scorer
from sagemaker_jobs.paths import MODEL_PACKAGE
from sentiment.serving.predictor import Predictor, Verdict

BUNDLED = MODEL_PACKAGE.parent / "pretrained"


def scorer_of(predictor: Predictor) -> Scorer:
    """Return a scorer that asks `predictor`; it gives None for a text that is not a review."""

    def score(texts: Sequence[str]) -> list[Score]:
        scores: list[Score] = []
        for text, verdict in zip(texts, predictor.predict(texts), strict=True):
            if not isinstance(verdict, Verdict):
                raise TypeError(f"no verdict on {text!r}: {verdict}")
            scores.append(None if verdict.sentiment == "not_a_review" else verdict.score)
        return scores

    return score
