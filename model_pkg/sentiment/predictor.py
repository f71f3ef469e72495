"""Raw reviews in, verdicts out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from sentiment.artifact import Artifact, read_artifact
from sentiment.batching import by_length, pad
from sentiment.errors import InvalidRequest
from sentiment.explain import Explanation, explain

_BATCH = 64


@dataclass(frozen=True)
class Verdict:
    """A score: the calibrated probability of 'positive', in [0, 1]."""

    score: float
    truncated: bool  # words in the middle of a long review were not read
    model_version: str
    explanation: Explanation | None = None

    @property
    def sentiment(self) -> str:
        return "positive" if self.score >= 0.5 else "negative"  # noqa: PLR2004 - the even chance

    def as_json(self) -> dict[str, Any]:
        """The verdict as the endpoint answers it."""
        content: dict[str, Any] = {
            "sentiment": self.sentiment,
            "score": round(self.score, 6),
            "confidence": round(max(self.score, 1 - self.score), 6),
            "truncated": self.truncated,
            "model_version": self.model_version,
        }
        if self.explanation is not None:
            content["sentences"] = [part.as_json() for part in self.explanation.sentences]
            content["words"] = [part.as_json() for part in self.explanation.words]
        return content


class Predictor:
    """Scores reviews with one artifact."""

    def __init__(self, artifact: Artifact) -> None:
        self.artifact = artifact

    @classmethod
    def load(cls, folder: Path) -> Predictor:
        """The predictor of the artifact in the folder.

        Raises:
            InvalidArtifact: see `read_artifact`.
        """
        return cls(read_artifact(folder))

    def predict(self, reviews: Sequence[str]) -> list[Verdict | InvalidRequest]:
        """A verdict or an error for each review, in order; none depends on its batch mates."""
        encoded = [self.artifact.encoder.encode(review) for review in reviews]
        scores = [0.0] * len(reviews)
        readable = [i for i, review in enumerate(encoded) if review.ids]
        with torch.inference_mode():
            for positions in by_length([len(encoded[i].ids) for i in readable], _BATCH):
                batch = [readable[position] for position in positions]
                ids, lengths = pad([encoded[i].ids for i in batch])
                logits = self.artifact.model(ids, lengths) / self.artifact.temperature
                for i, score in zip(batch, torch.sigmoid(logits).tolist(), strict=True):
                    scores[i] = score
        return [
            Verdict(score, review.truncated, self.artifact.version) if review.ids else _no_words()
            for score, review in zip(scores, encoded, strict=True)
        ]

    def explain(self, review: str) -> Verdict | InvalidRequest:
        """The verdict on one review with its explanation."""
        if self.artifact.encoder.recipe.tokenizer == "classic":
            return InvalidRequest(
                "bad_request", "the classic recipe cannot explain: its stems have lost their places"
            )
        encoded = self.artifact.encoder.encode(review)
        if not encoded.ids:
            return _no_words()
        logit, explanation = explain(self.artifact, review)
        score = 1 / (1 + math.exp(-logit))
        return Verdict(score, encoded.truncated, self.artifact.version, explanation)


def _no_words() -> InvalidRequest:
    return InvalidRequest("empty_review", "the review holds no words; write a sentence or two")
