"""Raw reviews in, verdicts out.

A verdict is one of four sentiments. 'unsure' follows a published rule, `is_firm`. 'not_a_review'
means that the model did not score the text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import sentiment
from sentiment.artifact.artifact import Artifact, read_artifact
from sentiment.artifact.profile import share_unknown
from sentiment.errors import InvalidRequest
from sentiment.recipe import Recipe
from sentiment.serving.explain import START_SCORE, Explanation, explain
from sentiment.serving.not_a_review import ReviewCheck
from sentiment.serving.unsure import Cause, Doubt, find_doubt
from sentiment.text.encoder import EncodedReview
from sentiment.text.padding import by_length
from sentiment.text.words import Word

_BATCH = 8  # larger batches gain nothing, and mix reviews of more different lengths
_DECIMALS = 6
EVEN = 0.5
_BUNDLED = "pretrained"
_NOTHING_READ = START_SCORE  # the score of a text that is not a review

Sentiment = Literal["positive", "negative", "unsure", "not_a_review"]
Side = Literal["positive", "negative"]

REASONS: dict[Cause, str] = {
    "mixed": "It praises some things and blames others.",
    "no_opinion": "It does not clearly say whether the film is good.",
    "not_understood": "Most of its words are not known to this program.",
    "close": "It is not clear enough for a verdict.",
}
_TURNED = (
    "Some sentences say something else when they are read alone: "
    "the verdict is on the review as a whole."
)


def in_percent(confidence: float) -> int:
    """Return the confidence in whole percent, as clients show it.

    >>> in_percent(0.7249), in_percent(0.725)
    (72, 73)
    """
    return math.floor(100 * confidence + 0.5)


def is_firm(confidence: float, unsure_below: float) -> bool:
    """Return whether the rounded percentage reaches the artifact's threshold.

    Rounding comes first, so no percentage is shown for firm and for unsure verdicts alike.

    >>> is_firm(0.8149, 0.812), is_firm(0.815, 0.812)
    (False, True)
    """
    return in_percent(confidence) >= round(100 * unsure_below, _DECIMALS)


@dataclass(frozen=True)
class Reading:
    """How much of a review the model read; punctuation marks count as words."""

    n_words: int
    n_words_read: int
    unread: tuple[int, int] | None = None  # [start, end) in code points; None also if unknown
    unknown_share: float | None = None  # of the words read; None if none was

    def as_json(self) -> dict[str, Any]:
        """Return the reading as the endpoint sends it; `unread` only where it is known."""
        content: dict[str, Any] = {"n_words": self.n_words, "n_words_read": self.n_words_read}
        if self.unread is not None:
            content["unread"] = dict(zip(("start", "end"), self.unread, strict=True))
        return content


@dataclass(frozen=True)
class Verdict:
    """A score, the calibrated probability of 'positive' in [0, 1], and what follows from it."""

    score: float
    reading: Reading
    model_version: str
    unsure_below: float = 0.5
    not_a_review: str | None = None  # a sentence that explains why
    doubt: Doubt | None = None  # of an unsure verdict
    explanation: Explanation | None = None

    @property
    def truncated(self) -> bool:
        """Return whether words in the middle of a long review were not read."""
        return self.not_a_review is None and self.reading.n_words_read < self.reading.n_words

    @property
    def confidence(self) -> float:
        """Return the probability of the likelier class, in [0.5, 1], rounded as in the answer."""
        return round(max(self.score, 1 - self.score), _DECIMALS)

    @property
    def sentiment(self) -> Sentiment:
        """Return the verdict in a word."""
        if self.not_a_review is not None:
            return "not_a_review"
        return self._side if is_firm(self.confidence, self.unsure_below) else "unsure"

    @property
    def lean(self) -> Side | None:
        """Return the likelier side; None without an opinion that was understood."""
        says_nothing = self.unsure_because in ("no_opinion", "not_understood")
        return None if says_nothing or self.not_a_review is not None else self._side

    @property
    def unsure_because(self) -> Cause | None:
        """Return why the verdict is unsure; None for the other sentiments."""
        if self.sentiment != "unsure":
            return None
        return self.doubt.cause if self.doubt is not None else "close"

    @property
    def reason(self) -> str | None:
        """Return a sentence that explains why there is no verdict; None if there is one."""
        if self.unsure_because is not None:
            return REASONS[self.unsure_because]
        return self.not_a_review

    @property
    def _side(self) -> Side:
        return "positive" if self.score >= EVEN else "negative"

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as the endpoint answers it."""
        content: dict[str, Any] = {
            "sentiment": self.sentiment,
            "lean": self.lean,
            "unsure_because": self.unsure_because,
            "score": round(self.score, _DECIMALS),
            "confidence": self.confidence,
            "truncated": self.truncated,
            **self.reading.as_json(),
            "model_version": self.model_version,
        }
        if self.reason is not None:
            content["reason"] = self.reason
        if self.doubt is not None and self.sentiment == "unsure":
            for name, clause in (("praise", self.doubt.praise), ("blame", self.doubt.blame)):
                if clause is not None:
                    content[name] = {"start": clause.start, "end": clause.end}
        if self.explanation is not None:
            content["start_score"] = START_SCORE
            content["sentences"] = [part.as_json() for part in self.explanation.sentences]
            content["words"] = [part.as_json() for part in self.explanation.words]
            if self.explanation.turned:
                content["reasons_note"] = _TURNED
        return content


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

    def warm_up(self) -> None:
        """Do the work of the first explained request, so that no client waits for it."""
        for n_sentences in (1, 20):  # short and long reviews are explained in two ways
            self.explain("A good film. It ends well. " * n_sentences)

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
            self._check.reason(review, found.ids)
            for review, found in zip(reviews, encoded, strict=True)
        ]
        scores = [_NOTHING_READ] * len(reviews)
        readable = [i for i, refusal in enumerate(refusals) if refusal is None]
        for positions in by_length([len(encoded[i].ids) for i in readable], _BATCH):
            batch = [readable[position] for position in positions]
            for i, score in zip(batch, self._scores([encoded[i].ids for i in batch]), strict=True):
                scores[i] = score
        return [
            self._verdict(review, score, found, refusal) if review.strip() else _empty()
            for review, score, found, refusal in zip(
                reviews, scores, encoded, refusals, strict=True
            )
        ]

    def _scores(self, ids: Sequence[Sequence[int]]) -> list[float]:
        parts = self.artifact.network.parts(ids)
        scores: list[float] = self.artifact.calibration.scores(parts, [*map(len, ids)]).tolist()
        return scores

    def explain(self, review: str) -> Verdict | InvalidRequest:
        """Return the verdict on one review with its explanation.

        With the classic recipe there is no explanation: its stems have no places in the text.
        """
        if not self._finds_places:
            return self.predict([review])[0]
        if not review.strip():
            return _empty()
        encoded, places = self.artifact.encoder.encode_with_places(review)
        refusal = self._check.reason(review, encoded.ids)
        if refusal is not None:
            return self._verdict(review, _NOTHING_READ, encoded, refusal, Explanation([], []))
        score, explanation = explain(self.artifact, review, encoded.ids, places)
        return self._verdict(review, score, encoded, None, explanation)

    @property
    def _finds_places(self) -> bool:
        return self.artifact.encoder.recipe.tokenizer != "classic"

    def _verdict(
        self,
        review: str,
        score: float,
        encoded: EncodedReview,
        refusal: str | None,
        explanation: Explanation | None = None,
    ) -> Verdict:
        artifact = self.artifact
        n_read = 0 if refusal is not None else len(encoded.ids)
        unread = None
        if encoded.truncated and self._finds_places and n_read:
            unread = _unread(artifact.encoder.find_words(review), artifact.encoder.recipe)
        verdict = Verdict(
            score,
            Reading(
                encoded.n_words, n_read, unread, share_unknown(encoded.ids) if n_read else None
            ),
            artifact.version,
            artifact.unsure_below,
            refusal,
            explanation=explanation,
        )
        if verdict.sentiment != "unsure" or not self._finds_places:
            return verdict
        _, places = artifact.encoder.encode_with_places(review)
        doubt = find_doubt(artifact, encoded.ids, places, score)
        return replace(verdict, doubt=doubt)


def find_bundled(package: Path) -> Path:
    """Return the folder of the bundled model: in the package, or beside model_pkg in a checkout."""
    inside, beside = package / _BUNDLED, package.parents[1] / _BUNDLED
    return beside if beside.is_dir() and not inside.is_dir() else inside


def _unread(words: Sequence[Word], recipe: Recipe) -> tuple[int, int]:
    """Return the place of the words between the recipe's head and tail."""
    return words[recipe.head].start, words[len(words) - recipe.tail - 1].end


def _empty() -> InvalidRequest:
    return InvalidRequest("empty_review", "the review is empty; write a sentence or two")
