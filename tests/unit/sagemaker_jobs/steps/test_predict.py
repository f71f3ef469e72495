"""How `predict` prints each of the four answers, and what it says where it gets none."""

import io
import json
import sys
from argparse import Namespace
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from sagemaker_jobs.aws.session import Aws, connect
from sagemaker_jobs.errors import AwsError, InvalidSetting
from sagemaker_jobs.step import Toolbox
from sagemaker_jobs.steps.predict import Prediction, Predictions, predict, run
from sagemaker_jobs.terminal import Ui

SURE = Prediction(
    "positive", 0.97, 0.97, truncated=False, model_version="1.0.0-0", review="A fine film."
)
UNSURE = replace(
    SURE,
    sentiment="unsure",
    score=0.4,
    confidence=0.6,
    reason="The model is only 60.0% sure; below 80.0% it gives no verdict.",
)


@pytest.mark.parametrize(
    ("prediction", "line"),
    [
        (SURE, "positive, 97% sure"),
        (
            replace(SURE, truncated=True),
            "positive, 97% sure (only the beginning and the end were read)",
        ),
        (replace(SURE, confidence=0.99999), "positive, over 99% sure"),
        (
            replace(UNSURE, lean="negative", reason="It points one way."),
            "leans negative, 60% sure: It points one way.",
        ),
        (
            replace(UNSURE, lean="negative", unsure_because="mixed", reason="Praise and blame."),
            "mixed, leans negative, 60% sure: Praise and blame.",
        ),
        (
            UNSURE,
            "unsure: The model is only 60.0% sure; below 80.0% it gives no verdict.",
        ),
        (
            replace(SURE, sentiment="not_a_review", reason="It looks like program code or markup."),
            "not a review: It looks like program code or markup.",
        ),
    ],
)
def test_each_answer_is_one_readable_line(prediction: Prediction, line: str) -> None:
    """The verdict and how sure it is, or why there is none."""
    assert prediction.line() == line


def test_an_explanation_is_text() -> None:
    """Each sentence with its effect in words, then the strongest words; no figures."""
    review = "Great cast. \nBut it drags. The end."
    parts = [(0, 11, 2.0), (13, 25, -0.4), (26, 35, 0.01)]
    explained = replace(
        SURE,
        review=review,
        sentences=tuple({"start": a, "end": b, "contribution": c} for a, b, c in parts),
        words=(
            {"start": 0, "end": 5, "contribution": 1.5},
            {"start": 20, "end": 25, "contribution": -0.4},
            {"start": 13, "end": 16, "contribution": -0.3},  # faint beside 1.5
        ),
    )
    assert explained.line().splitlines() == [
        "positive, 97% sure",
        "  towards positive, a lot     Great cast.",
        "  towards negative, some      But it drags",
        "  neither way                 The end.",
        "  words towards positive:    Great",
        "  words towards negative:    drags",
    ]


class Model:
    """An endpoint that calls each review positive, and refuses one of blanks and dots."""

    def invoke_endpoint(self, *, Body: bytes, **_: str) -> dict[str, Any]:  # noqa: N803
        if not json.loads(Body)["review"].strip("."):
            content = {"error": {"code": "empty_review", "message": "the review holds no words"}}
            error = {"Code": "ModelError", "Message": "Received client error (400) from primary"}
            details = {"OriginalStatusCode": 400, "OriginalMessage": json.dumps(content)}
            raise ClientError(cast("Any", {"Error": error, **details}), "InvokeEndpoint")
        verdict = {"sentiment": "positive", "score": 0.9, "confidence": 0.9}
        return {"Body": io.BytesIO(json.dumps(verdict).encode())}


def judged(text: str, monkeypatch: pytest.MonkeyPatch) -> Prediction | Predictions:
    """Return what the step returns for a text on standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    aws = cast("Aws", SimpleNamespace(runtime=Model(), names=SimpleNamespace(endpoint="x")))
    return run(Namespace(text=None, explain=False), Toolbox(Ui(io.StringIO()), lambda: aws))


def test_each_line_of_standard_input_is_a_review(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blank lines are none; a line that the model refuses has its error in its place."""
    result = judged("Good film\r\n\n...\nFine\n", monkeypatch)
    assert isinstance(result, Predictions)
    assert [found.review for found in result.results] == ["Good film", "...", "Fine"]
    assert [line.split("  ")[-1].strip() for line in result.line().splitlines()] == [
        "positive, 90% sure",
        "error: the model refused it: the review holds no words",
        "positive, 90% sure",
    ]


def test_one_line_of_standard_input_is_one_review(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its result is the same as of an argument."""
    assert judged("\ufeffGood film\n", monkeypatch).line() == "positive, 90% sure"


def test_a_region_that_cannot_be_is_not_told_as_an_answer() -> None:
    """botocore refuses it with a ValueError, before anybody is asked."""
    with pytest.raises(AwsError, match="region_name 'no region'"):
        predict(connect("dev", "no region", {}), "A fine film.")


def test_a_closed_standard_input_is_not_a_review(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell's <&- or a service without one leaves it."""
    monkeypatch.setattr(sys, "stdin", None)
    tools = Toolbox(Ui(io.StringIO()), lambda: connect("dev", "us-east-1", {}))
    with pytest.raises(InvalidSetting, match="there is no review"):
        run(Namespace(text=None, explain=False), tools)
