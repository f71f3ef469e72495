"""How `predict` prints each of the four answers."""

from dataclasses import replace

import pytest

from sagemaker_jobs.predict import Prediction

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
