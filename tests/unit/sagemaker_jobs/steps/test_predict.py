"""How `predict` prints each of the four answers, and what it says where it gets none."""

import io
import sys
from argparse import Namespace
from dataclasses import replace

import pytest

from sagemaker_jobs.aws.session import connect
from sagemaker_jobs.errors import AwsError, InvalidSetting
from sagemaker_jobs.step import Toolbox
from sagemaker_jobs.steps.predict import Prediction, predict, run
from sagemaker_jobs.terminal import Ui

SURE = Prediction("positive", 0.97, 0.97, truncated=False, model_version="1.0.0-0")
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
        (SURE, "positive, 97.0% sure"),
        (
            replace(SURE, truncated=True),
            "positive, 97.0% sure (only the beginning and the end were read)",
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


def test_a_region_that_cannot_be_is_not_told_as_an_answer() -> None:
    """botocore refuses it with a ValueError, before anybody is asked."""
    with pytest.raises(AwsError, match="region_name 'no region'"):
        predict(connect("dev", "no region", {}), "A fine film.")


def test_a_closed_standard_input_is_no_review(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell's <&- or a service without one leaves it."""
    monkeypatch.setattr(sys, "stdin", None)
    tools = Toolbox(Ui(io.StringIO()), lambda: connect("dev", "us-east-1", {}))
    with pytest.raises(InvalidSetting, match="there is no review"):
        run(Namespace(text=None, explain=False), tools)
