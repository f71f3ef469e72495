"""Two plain reviews that a usable model judges correctly."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.endpoint import endpoint
from sagemaker_jobs.endpoint.revision import DeploySettings
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

_ROUNDS_A_WORKER = 2
_LEAST_ROUNDS, _MOST_ROUNDS = 4, 32
_MOST_PARALLEL = 16


@dataclass(frozen=True)
class SmokeTest:
    """The scores of the two reviews, in [0, 1]."""

    positive_score: float
    negative_score: float

    def line(self) -> str:
        return (
            f"a good review scored {self.positive_score:.3f}, a bad one {self.negative_score:.3f}"
        )


def smoke_test(aws: Aws, settings: DeploySettings) -> SmokeTest:
    """Return the scores of the review that each was farthest from right for.

    Requests come at once and ask for reasons too, several for each worker of each instance: on
    AWS's image the health check answers even if workers die. A model of the classic recipe has no
    reasons to give.

    Raises:
        SmokeTestFailed: a score is on the wrong side of 0.5.
        AwsError: the model failed, or is not a model of this repository.
    """
    n_rounds = max(_LEAST_ROUNDS, min(_MOST_ROUNDS, _ROUNDS_A_WORKER * settings.n_workers))
    n_parallel = min(_MOST_PARALLEL, settings.max_concurrency if settings.serverless else n_rounds)
    _ = aws.runtime  # created here, because threads share it
    with ThreadPoolExecutor(n_parallel) as pool:
        positive, negative = (
            list(pool.map(lambda _, review=review: _score(aws, review), range(n_rounds)))
            for review in (POSITIVE, NEGATIVE)
        )
    result = SmokeTest(min(positive), max(negative))
    # a verdict of 'unsure' is good enough
    if not result.negative_score < DECISION_THRESHOLD < result.positive_score:
        raise SmokeTestFailed(
            f"the model does not distinguish good from bad reviews: {result.line()}",
            hint="train it longer or on more reviews, or add --no-smoke-test to serve it anyway",
        )
    return result


def _score(aws: Aws, review: str) -> float:
    verdict = endpoint.ask(aws, {"review": review, "explain": True})
    try:
        score = float(verdict["score"])
    except (KeyError, TypeError, ValueError) as error:
        raise endpoint.not_ours("holds no score") from error
    return score
