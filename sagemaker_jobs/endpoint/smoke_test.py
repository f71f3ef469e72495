"""Two plain reviews that a model worth serving judges rightly."""

from __future__ import annotations

from dataclasses import dataclass

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.endpoint import endpoint
from sagemaker_jobs.errors import SmokeTestFailed

POSITIVE = (
    "A wonderful film: the acting is superb, the story is moving, and I loved every minute of it. "
    "One of the best movies I have seen in years."
)
NEGATIVE = (
    "A terrible film: the acting is awful, the story is boring, and I hated every minute of it. "
    "One of the worst movies I have seen in years."
)
_EVEN = 0.5


@dataclass(frozen=True)
class SmokeTest:
    """The probabilities of positive that the endpoint gave."""

    positive_score: float
    negative_score: float

    def line(self) -> str:
        return (
            f"a good review scored {self.positive_score:.3f}, a bad one {self.negative_score:.3f}"
        )


def smoke_test(aws: Aws) -> SmokeTest:
    """The two scores, on the right sides of one half.

    Raises:
        SmokeTestFailed: they are not.
        AwsError: the model failed, or is none of this repository.
    """
    verdicts = [endpoint.ask(aws, {"review": review}) for review in (POSITIVE, NEGATIVE)]
    try:
        result = SmokeTest(*(float(verdict["score"]) for verdict in verdicts))
    except (KeyError, TypeError, ValueError) as error:
        raise endpoint.not_ours("holds no score") from error
    if result.positive_score <= _EVEN or result.negative_score >= _EVEN:  # unsure will do
        raise SmokeTestFailed(
            f"the model does not tell good from bad: {result.line()}",
            hint="train it longer or on more reviews; --no-smoke-test serves it as it is",
        )
    return result
