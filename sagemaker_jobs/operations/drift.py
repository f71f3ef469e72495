"""How far the visitors' reviews are from those that the model was validated on.

Each distribution is compared by its population stability index (PSI), the sum over all bins of
(now - then) * ln(now / then), where both are shares. See Yurdakul and Naranjo,
"Statistical Properties of the Population Stability Index", 2020.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.errors import InvalidSetting, NotThere
from sagemaker_jobs.operations.alarms import NAMESPACE

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

    from sentiment.artifact.profile import Profile

_HOUR_S = 3600
MODERATE, LARGE = 0.1, 0.25  # a rule of thumb of credit scoring, not a test
LEAST_REVIEWS = 200  # with fewer, chance alone makes a PSI of about 0.05 and more
METRICS = {"score": "model_score", "words": "words", "unknown_share": "unknown_share"}
_ANSWERS = ("feedback_yes", "feedback_no")


@dataclass(frozen=True)
class Feature:
    """One distribution, now and when the model was made."""

    name: str
    upper_edges: tuple[float, ...]
    profile: tuple[int, ...]
    now: tuple[int, ...]

    @property
    def psi(self) -> float | None:
        """Return the population stability index; None if there are too few reviews to judge."""
        return None if sum(self.now) < LEAST_REVIEWS else psi(self.profile, self.now)

    @property
    def verdict(self) -> str:
        if self.psi is None:
            return f"too few to judge (fewer than {LEAST_REVIEWS})"
        if self.psi < MODERATE:
            return "little change"
        return "some change" if self.psi < LARGE else "large change"


def psi(then: Sequence[int], now: Sequence[int]) -> float:
    """Return the population stability index of two histograms with the same bins, 0 for equal ones.

    Each bin counts half a review more than it has, so that an empty one gives a finite number.

    >>> round(psi([50, 50], [50, 50]), 3), round(psi([49, 49], [73, 24]), 3)
    (0.0, 0.275)
    """
    total_then, total_now = (sum(counts) + 0.5 * len(counts) for counts in (then, now))
    pairs = ((a + 0.5) / total_then for a in then), ((b + 0.5) / total_now for b in now)
    return sum((b - a) * math.log(b / a) for a, b in zip(*pairs, strict=True))


def fetch_profile(aws: Aws, uri: str) -> Profile:
    """Return the profile of the model at an S3 URI.

    Raises:
        NotThere: the model has none.
    """
    with TemporaryDirectory(prefix="movie-sentiment-") as folder:
        path = Path(folder) / "model.tar.gz"
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        aws.s3.download_file(bucket, key, str(path))
        return profile_of(path, uri)


def profile_of(path: Path, name: str) -> Profile:
    """Return the profile in an artifact's folder or model.tar.gz; `name` is for messages.

    Raises:
        InvalidSetting: it is not an artifact.
        NotThere: the model has no profile.
    """
    from sentiment.artifact.packing import open_artifact
    from sentiment.artifact.profile import read_profile
    from sentiment.errors import InvalidArtifact

    try:
        with open_artifact(path) as artifact:
            profile = read_profile(artifact)
    except InvalidArtifact as error:
        raise InvalidSetting(str(error), hint="deploy a model that train made") from error
    if profile is None:
        raise NotThere(
            f"the model {name} has no profile to compare with",
            hint="train it again, or add one with tools.model_profile, and deploy it",
        )
    return profile


def read_features(
    aws: Aws, profile: Profile, days: int, now: float
) -> tuple[tuple[Feature, ...], dict[str, int]]:
    """Return the distributions of the `days` before `now`, and the answers to 'Was this right?'."""
    queries: dict[str, tuple[str, str]] = {answer: (answer, "Sum") for answer in _ANSWERS}
    for name, histogram in profile.items():
        for i, range_ in enumerate(_ranges(histogram.upper_edges)):
            queries[f"{name}_{i}"] = (METRICS[name], f"TC({range_})")
    totals = _sums(aws, queries, days, now)
    features = tuple(
        Feature(
            name,
            histogram.upper_edges,
            histogram.counts,
            tuple(totals[f"{name}_{i}"] for i in range(len(histogram.counts))),
        )
        for name, histogram in profile.items()
    )
    return features, {answer: totals[answer] for answer in _ANSWERS}


def _ranges(upper_edges: Sequence[float]) -> list[str]:
    """Return the bounds of each bin as CloudWatch writes them: the lower is not in it.

    >>> _ranges([0.1, 0.5])
    [':0.1', '0.1:0.5', '0.5:']
    """
    texts = ["", *(f"{edge:g}" for edge in upper_edges), ""]
    return [f"{low}:{high}" for low, high in pairwise(texts)]


def _sums(
    aws: Aws, queries: Mapping[str, tuple[str, str]], days: int, now: float
) -> dict[str, int]:
    end = datetime.fromtimestamp(now, UTC)
    request: list[MetricDataQueryTypeDef] = [
        {
            "Id": name,
            "MetricStat": {
                "Metric": {
                    "Namespace": NAMESPACE,
                    "MetricName": metric,
                    "Dimensions": [{"Name": "endpoint", "Value": aws.names.endpoint}],
                },
                "Period": _HOUR_S,
                "Stat": stat,
            },
        }
        for name, (metric, stat) in queries.items()
    ]
    totals = dict.fromkeys(queries, 0.0)
    pages = aws.cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=request, StartTime=end - timedelta(days=days), EndTime=end
    )
    for page in pages:
        for result in page["MetricDataResults"]:
            totals[result.get("Id", "")] += sum(result.get("Values", []))
    return {name: round(total) for name, total in totals.items()}
