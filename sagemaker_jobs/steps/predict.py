"""`predict`: judge one review with the stage's endpoint."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.endpoint import endpoint
from sagemaker_jobs.errors import InvalidSetting
from sagemaker_jobs.step import Step, Toolbox


@dataclass(frozen=True)
class Prediction:
    """The endpoint's verdict."""

    sentiment: str
    score: float  # probability of positive
    confidence: float
    truncated: bool
    model_version: str
    reason: str | None = None  # why there is no verdict; None where there is one
    sentences: tuple[Mapping[str, Any], ...] = ()
    words: tuple[Mapping[str, Any], ...] = ()

    def line(self) -> str:
        if self.sentiment == "not_a_review":
            return f"not a review: {self.reason}"
        withheld = self.reason is not None
        line = (
            f"unsure: {self.reason}"
            if withheld
            else f"{self.sentiment}, {self.confidence:.1%} sure"
        )
        return f"{line} (only the beginning and the end were read)" if self.truncated else line


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
            answer.get("reason"),
            tuple(answer.get("sentences", ())),
            tuple(answer.get("words", ())),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise endpoint.not_ours("is not a verdict") from error


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("text", nargs="?", help="the review (default: standard input)")
    parser.add_argument(
        "--explain",
        action="store_true",
        help="include each sentence's and word's contribution in the JSON (needs --json)",
    )


def run(arguments: Namespace, tools: Toolbox) -> Prediction:
    aws = tools.connect()
    review = arguments.text
    if review is None:
        if sys.stdin is None or sys.stdin.isatty():  # None: closed, as by <&-
            raise InvalidSetting(
                "there is no review", hint='python -m sagemaker_jobs predict "A wonderful film"'
            )
        review = _standard_input()
    return predict(aws, review, explain=arguments.explain)


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise InvalidSetting("the review is not in UTF-8", hint="iconv -t utf-8 < FILE") from error


STEP = Step("predict", "judge one review with the endpoint", add_arguments, run, has_dry_run=False)
