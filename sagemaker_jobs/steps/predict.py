"""`predict`: judge one review, or each line of standard input, with the stage's endpoint."""

from __future__ import annotations

import math
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.endpoint import endpoint
from sagemaker_jobs.errors import InvalidSetting, RequestRefused
from sagemaker_jobs.step import Step, Toolbox

# as on the page: contributions are in log-odds, and 1 takes 50 of 100 to 73, 0.3 to 57
_A_LOT, _SOME, _ANYTHING = 1, 0.3, 0.05
_N_WORDS = 8
_FAINT = 0.25  # of the strongest word, as on the page: weaker ones are left out
_WIDTH = 60  # characters of a review, where it only says which one it is
_CERTAIN = 100  # percent
_SERVER_ERROR = 500


@dataclass(frozen=True)
class Prediction:
    """The endpoint's verdict."""

    sentiment: str
    score: float  # probability of positive
    confidence: float
    truncated: bool
    model_version: str
    review: str
    lean: str | None = None  # the likelier side; None if there is none, or the model is older
    unsure_because: str | None = None
    reason: str | None = None  # why there is no verdict; None where there is one
    sentences: tuple[Mapping[str, Any], ...] = ()
    words: tuple[Mapping[str, Any], ...] = ()

    def line(self) -> str:
        return "\n".join([self.verdict(), *self._explanation()])

    def verdict(self) -> str:
        """Return the verdict, and how sure it is or why there is none."""
        if self.sentiment == "not_a_review":
            return f"not a review: {self.reason}"
        verdict = f"{self.sentiment}, {_percent(self.confidence)} sure"
        if self.reason is not None:
            verdict = f"unsure: {self.reason}"
            if self.lean:
                verdict = f"leans {self.lean}, {_percent(self.confidence)} sure: {self.reason}"
            if self.unsure_because == "mixed":
                verdict = f"mixed, {verdict}"
        return (
            f"{verdict} (only the beginning and the end were read)" if self.truncated else verdict
        )

    def _explanation(self) -> Iterator[str]:
        for part in self.sentences:
            yield f"  {_effect(part):<27} {_shorten(self._text(part), 2 * _WIDTH)}"
        strongest = sorted(self.words, key=_strength, reverse=True)[:_N_WORDS]
        strongest = [
            part for part in strongest if _strength(part) >= _FAINT * _strength(strongest[0])
        ]
        for side, sign in (("positive", 1), ("negative", -1)):
            found = [self._text(part) for part in strongest if part["contribution"] * sign > 0]
            if found:
                yield f"  words towards {side}:    {', '.join(found)}"

    def _text(self, part: Mapping[str, Any]) -> str:
        return " ".join(self.review[part["start"] : part["end"]].split())


@dataclass(frozen=True)
class Refusal:
    """A line that the model refused."""

    review: str
    error: str

    def verdict(self) -> str:
        """Return the error in the place of a verdict."""
        return f"error: {self.error}"

    def line(self) -> str:
        return self.verdict()


@dataclass(frozen=True)
class Predictions:
    """The result for each line that is not blank, in order."""

    results: tuple[Prediction | Refusal, ...]

    def line(self) -> str:
        return "\n".join(
            f"{_shorten(result.review, _WIDTH):<{_WIDTH}}  {result.line()}"
            for result in self.results
        )


def _percent(confidence: float) -> str:
    """Return whole percent, which never claim certainty.

    >>> _percent(0.8149), _percent(0.999)
    ('81%', 'over 99%')
    """
    percent = math.floor(100 * confidence + 0.5)
    return f"{percent}%" if percent < _CERTAIN else f"over {_CERTAIN - 1}%"


def _strength(part: Mapping[str, Any]) -> float:
    return abs(float(part["contribution"]))


def _effect(part: Mapping[str, Any]) -> str:
    """Return how far the part moved the score, and where to.

    >>> _effect({"contribution": -0.4})
    'towards negative, some'
    """
    moved = _strength(part)
    if moved < _ANYTHING:
        return "neither way"
    much = "a lot" if moved >= _A_LOT else "some" if moved >= _SOME else "a little"
    return f"towards {'positive' if part['contribution'] > 0 else 'negative'}, {much}"


def _shorten(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}\u2026"


@translated()
def predict(aws: Aws, review: str, *, explain: bool = False) -> Prediction:
    """Return the review's verdict; with `explain`, also its sentences' and words' contributions.

    Raises:
        RequestRefused: the model refused the review.
        NotThere: the stage has no endpoint.
        AwsError: the answer is not a verdict.
    """
    answer = endpoint.ask(aws, {"review": review, "explain": explain})
    try:
        return Prediction(
            answer["sentiment"],
            float(answer["score"]),
            float(answer["confidence"]),
            bool(answer.get("truncated", False)),
            str(answer.get("model_version", "")),
            review,
            answer.get("lean"),
            answer.get("unsure_because"),
            answer.get("reason"),
            tuple(answer.get("sentences", ())),
            tuple(answer.get("words", ())),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise endpoint.not_ours("is not a verdict") from error


def predict_each(aws: Aws, reviews: Sequence[str], *, explain: bool = False) -> Predictions:
    """Return each review's verdict, or why the model refused it.

    Raises:
        NotThere: the stage has no endpoint.
        AwsError: the model failed, or an answer is not a verdict.
    """
    results: list[Prediction | Refusal] = []
    for review in reviews:
        try:
            results.append(predict(aws, review, explain=explain))
        except RequestRefused as error:
            if error.status >= _SERVER_ERROR:
                raise
            results.append(Refusal(review, error.what))
    return Predictions(tuple(results))


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "text", nargs="?", help="one review (default: each line of standard input is one)"
    )
    parser.add_argument(
        "--explain",
        action="store_true",
        help="show how far each sentence moved the verdict, and the words that moved it most",
    )


def run(arguments: Namespace, tools: Toolbox) -> Prediction | Predictions:
    aws = tools.connect()
    if arguments.text is not None:
        return predict(aws, arguments.text, explain=arguments.explain)
    if sys.stdin is None or sys.stdin.isatty():  # None: closed, as by <&-
        raise InvalidSetting(
            "there is no review", hint='python -m sagemaker_jobs predict "A wonderful film"'
        )
    text = _standard_input()
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if len(lines) > 1:
        return predict_each(aws, lines, explain=arguments.explain)
    return predict(aws, text.strip(), explain=arguments.explain)


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidSetting("the review is not in UTF-8", hint="iconv -t utf-8 < FILE") from error


STEP = Step(
    "predict",
    "judge one review, or each line, with the endpoint",
    add_arguments,
    run,
    has_dry_run=False,
)
