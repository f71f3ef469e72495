"""What a table says of a review: the cells that are added to its row."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from sagemaker_jobs.scores.metrics import DECISION_THRESHOLD

ERROR = "error"
_NOT_JUDGED = ("not_a_review", ERROR)


class Verdict(NamedTuple):
    """The cells, by their titles; the score is empty where there is none."""

    verdict: str  # positive, negative, unsure, not_a_review; or error
    lean: str  # positive or negative, the likelier one; empty without a clear opinion
    score: float | str  # probability of 'positive'
    note: str  # why there is no verdict, or what was not read

    @classmethod
    def of(cls, result: Mapping[str, Any]) -> Verdict:
        """Return the cells of an endpoint's result.

        >>> Verdict.of({"sentiment": "unsure", "score": 0.6, "reason": "60 % sure."})
        Verdict(verdict='unsure', lean='positive', score=0.6, note='60 % sure.')
        >>> Verdict.of({"sentiment": "unsure", "score": 0.6, "lean": None}).lean
        ''
        """
        if "error" in result:
            return cls.failed(str(result["error"].get("message", result["error"])))
        sentiment, score = str(result["sentiment"]), round(float(result["score"]), 6)
        if sentiment in _NOT_JUDGED:
            return cls(sentiment, "", "", str(result.get("reason", "")))
        likelier = "positive" if score >= DECISION_THRESHOLD else "negative"
        lean = result.get("lean", likelier) or ""  # earlier models do not say it
        notes = [result.get("reason") or ""]
        if result.get("truncated"):
            notes.append("Only the beginning and the end were read.")
        return cls(sentiment, lean, score, " ".join(filter(None, notes)))

    @classmethod
    def failed(cls, why: str) -> Verdict:
        """Return the cells of a review that could not be judged."""
        return cls(ERROR, "", "", why)


def titles_beside(taken: Collection[str]) -> list[str]:
    """Return the titles of the added cells; one that is taken gets 'model_' in front.

    >>> titles_beside(["Review", "Score"])
    ['verdict', 'lean', 'model_score', 'note']
    """
    lower = {title.lower() for title in taken}
    titles = []
    for title in Verdict._fields:
        while title in lower:
            title = f"model_{title}"  # noqa: PLW2901 - until it is free
        titles.append(title)
    return titles
