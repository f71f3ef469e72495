"""Many reviews judged by the stage's endpoint, in concurrent requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.endpoint import endpoint
from sagemaker_jobs.endpoint.request_chunks import chunks
from sagemaker_jobs.errors import RequestRefused

IN_FLIGHT = 4  # concurrent requests
_ATTEMPTS = 3
_RETRY_DELAY_S = 2.0
_SERVER_ERROR = 500


def judge_all(
    aws: Aws,
    reviews: Sequence[str],
    *,
    in_flight: int = IN_FLIGHT,
    sleep: Callable[[float], None],
) -> Iterator[list[dict[str, Any]]]:
    """Yield the results in order, those of one request at a time: verdicts or errors.

    Raises:
        AwsError: a request got no valid answer in three attempts.
    """
    _ = aws.runtime  # created here: threads may share a client, but not create it
    with ThreadPoolExecutor(in_flight) as pool:
        try:
            yield from pool.map(lambda part: _ask(aws, part, sleep), chunks(reviews))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def read_version(aws: Aws, sleep: Callable[[float], None]) -> str:
    """Return the version of the model that the endpoint serves."""
    return str(_ask(aws, ["A film."], sleep)[0].get("model_version", ""))


def _ask(aws: Aws, reviews: list[str], sleep: Callable[[float], None]) -> list[dict[str, Any]]:
    """Return the endpoint's result for each review: a verdict or an error."""
    answer = _ask_patiently(aws, reviews, sleep)
    results = answer.get("results")
    if not isinstance(results, list) or len(results) != len(reviews):
        raise endpoint.not_ours("does not judge each review")
    if not all(map(is_result, results)):
        raise endpoint.not_ours("is not a verdict on each review")
    return results


def is_result(result: object) -> bool:
    """Return whether it is a score with the model's version, or an error."""
    if not isinstance(result, dict):
        return False
    if "score" not in result:
        return "error" in result
    score = result["score"]
    is_number = isinstance(score, int | float) and not isinstance(score, bool)
    return is_number and 0 <= score <= 1 and isinstance(result.get("model_version"), str)


def _ask_patiently(aws: Aws, reviews: list[str], sleep: Callable[[float], None]) -> dict[str, Any]:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return endpoint.ask(aws, {"reviews": reviews})
        except RequestRefused as error:  # throttling is retried by boto3 itself
            if error.status < _SERVER_ERROR or attempt == _ATTEMPTS:
                raise
            sleep(_RETRY_DELAY_S * attempt)
    raise AssertionError  # the loop returns or raises
