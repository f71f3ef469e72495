"""Raw reviews in, verdicts out.

A verdict is one of four sentiments. 'unsure' follows a published rule: the confidence in the answer
is below the artifact's `unsure_below`. 'not_a_review' means that the model did not score the text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import sentiment
from sentiment.artifact.artifact import Artifact, read_artifact
from sentiment.errors import InvalidRequest
from sentiment.serving.explain import Explanation, explain
from sentiment.serving.not_a_review import ReviewCheck
from sentiment.text.encoder import EncodedReview
from sentiment.text.padding import by_length

_BATCH = 8  # larger batches gain nothing, and mix reviews of more different lengths
_DECIMALS = 6
_BUNDLED = "pretrained"
_NOTHING_READ = 0.5  # the score of a text that is not a review: the base rate

Sentiment = Literal["positive", "negative", "unsure", "not_a_review"]


@dataclass(frozen=True)
class Verdict:
    """A score, the calibrated probability of 'positive' in [0, 1], and what follows from it."""

    score: float
    truncated: bool  # words in the middle of a long review were not read
    model_version: str
    unsure_below: float = 0.5
    not_a_review: str | None = None  # a sentence that explains why
    explanation: Explanation | None = None

    @property
    def confidence(self) -> float:
        """Return the probability of the likelier class, in [0.5, 1], rounded as in the answer."""
        return round(max(self.score, 1 - self.score), _DECIMALS)

    @property
    def sentiment(self) -> Sentiment:
        """Return the verdict in a word."""
        if self.not_a_review is not None:
            return "not_a_review"
        if self.confidence < self.unsure_below:
            return "unsure"
        return "positive" if self.score >= 0.5 else "negative"  # noqa: PLR2004 - the even chance

    @property
    def reason(self) -> str | None:
        """Return a sentence that explains why there is no verdict; None if there is one."""
        if self.not_a_review is not None:
            return self.not_a_review
        if self.sentiment == "unsure":
            return (
                f"The model is only {_percent(self.confidence)} sure; "
                f"below {_percent(self.unsure_below)} it gives no verdict."
            )
        return None

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as the endpoint answers it."""
        content: dict[str, Any] = {
            "sentiment": self.sentiment,
            "score": round(self.score, _DECIMALS),
            "confidence": self.confidence,
            "truncated": self.truncated,
            "model_version": self.model_version,
        }
        if self.reason is not None:
            content["reason"] = self.reason
        if self.explanation is not None:
            content["sentences"] = [part.as_json() for part in self.explanation.sentences]
            content["words"] = [part.as_json() for part in self.explanation.words]
        return content


def _percent(share: float) -> str:
    """Cut, not rounded, so that a confidence below the threshold is never shown equal to it.

    >>> _percent(0.7319), _percent(0.732)
    ('73.1%', '73.2%')
    """
    return f"{math.floor(round(share * 1000, 3)) / 10:.1f}%"


class Predictor:
    """Scores reviews with one artifact."""

    def __init__(self, artifact: Artifact) -> None:
        self.artifact = artifact
        self._check = ReviewCheck(artifact.encoder)

    @classmethod
    def load(cls, path: Path) -> Predictor:
        """Return the predictor of the artifact in a folder or model.tar.gz.

        Raises:
            InvalidArtifact: see `read_artifact`.
        """
        return cls(read_artifact(path))

    @classmethod
    def bundled(cls) -> Predictor:
        """Return the predictor of the model that comes with the package, or with its repository.

        Raises:
            InvalidArtifact: neither is there, as in a container.
        """
        return cls(read_artifact(find_bundled(Path(sentiment.__file__).parent)))

    def predict(self, reviews: Sequence[str]) -> list[Verdict | InvalidRequest]:
        """Return a verdict or an error for each review, in order.

        A review's result does not depend on the other reviews.

        Raises:
            TypeError: `reviews` is one string; its letters are not reviews.
        """
        if isinstance(reviews, str):
            raise TypeError("reviews must be a list of texts, not one text; try: predict([text])")
        encoded = [self.artifact.encoder.encode(review) for review in reviews]
        refusals = [
            self._check.reason(review, found.ids) if found.ids else None
            for review, found in zip(reviews, encoded, strict=True)
        ]
        scores = [_NOTHING_READ] * len(reviews)
        readable = [i for i, found in enumerate(encoded) if found.ids and refusals[i] is None]
        for positions in by_length([len(encoded[i].ids) for i in readable], _BATCH):
            batch = [readable[position] for position in positions]
            for i, score in zip(batch, self._scores([encoded[i].ids for i in batch]), strict=True):
                scores[i] = score
        return [
            self._verdict(score, found, refusal) if found.ids else _no_words()
            for score, found, refusal in zip(scores, encoded, refusals, strict=True)
        ]

    def _scores(self, ids: Sequence[Sequence[int]]) -> list[float]:
        parts = self.artifact.network.parts(ids)
        scores: list[float] = self.artifact.calibration.scores(parts, [*map(len, ids)]).tolist()
        return scores

    def explain(self, review: str) -> Verdict | InvalidRequest:
        """Return the verdict on one review with its explanation.

        With the classic recipe there is no explanation: its stems have no places in the text.
        """
        if self.artifact.encoder.recipe.tokenizer == "classic":
            return self.predict([review])[0]
        encoded, places = self.artifact.encoder.encode_with_places(review)
        if not encoded.ids:
            return _no_words()
        refusal = self._check.reason(review, encoded.ids)
        if refusal is not None:
            return self._verdict(_NOTHING_READ, encoded, refusal, Explanation([], []))
        score, explanation = explain(self.artifact, review, encoded.ids, places)
        return self._verdict(score, encoded, None, explanation)

    def _verdict(
        self,
        score: float,
        encoded: EncodedReview,
        refusal: str | None,
        explanation: Explanation | None = None,
    ) -> Verdict:
        artifact = self.artifact
        return Verdict(
            score, encoded.truncated, artifact.version, artifact.unsure_below, refusal, explanation
        )


def find_bundled(package: Path) -> Path:
    """Return the folder of the bundled model: in the package, or beside model_pkg in a checkout."""
    inside, beside = package / _BUNDLED, package.parents[1] / _BUNDLED
    return beside if beside.is_dir() and not inside.is_dir() else inside


def _no_words() -> InvalidRequest:
    return InvalidRequest("empty_review", "the review holds no words; write a sentence or two")
