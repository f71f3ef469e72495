"""Two plain reviews that a usable model judges correctly."""

from __future__ import annotations

from dataclasses import dataclass

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.endpoint import endpoint
from sagemaker_jobs.errors import SmokeTestFailed
from sagemaker_jobs.scores.metrics import DECISION_THRESHOLD

POSITIVE = (
    "A wonderful film: the acting is superb, the story is moving, and I loved every minute of it. "
    "One of the best movies I have seen in years."
)
NEGATIVE = (
    "A terrible film: the acting is awful, the story is boring, and I hated every minute of it. "
    "One of the worst movies I have seen in years."
)


@dataclass(frozen=True)
class SmokeTest:
    """The scores of the two reviews, in [0, 1]."""

    positive_score: float
    negative_score: float

    def line(self) -> str:
        return (
            f"a good review scored {self.positive_score:.3f}, a bad one {self.negative_score:.3f}"
        )


def smoke_test(aws: Aws) -> SmokeTest:
    """Return the two scores.

    Raises:
        SmokeTestFailed: a score is on the wrong side of 0.5.
        AwsError: the model failed, or is not a model of this repository.
    """
    verdicts = [endpoint.ask(aws, {"review": review}) for review in (POSITIVE, NEGATIVE)]
    try:
        result = SmokeTest(*(float(verdict["score"]) for verdict in verdicts))
    except (KeyError, TypeError, ValueError) as error:
        raise endpoint.not_ours("holds no score") from error
    # a verdict of 'unsure' is good enough
    if not result.negative_score < DECISION_THRESHOLD < result.positive_score:
        raise SmokeTestFailed(
            f"the model does not distinguish good from bad reviews: {result.line()}",
            hint="train it longer or on more reviews, or add --no-smoke-test to serve it anyway",
        )
    return result
