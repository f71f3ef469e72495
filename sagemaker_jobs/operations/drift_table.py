"""The table of `watch drift`: whether visitors send other reviews than those of validation."""

from __future__ import annotations

from dataclasses import dataclass

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.endpoint.revision import serving_artifact
from sagemaker_jobs.errors import NotThere
from sagemaker_jobs.operations.drift import Feature, fetch_profile, read_features

_TITLES = {"score": "score", "words": "number of words", "unknown_share": "share of unknown words"}


@dataclass(frozen=True)
class Measure:
    """A feature's drift, and the counts that it was computed from."""

    name: str
    psi: float | None  # None: too few reviews to judge
    verdict: str
    upper_edges: tuple[float, ...]
    profile: tuple[int, ...]
    now: tuple[int, ...]

    def line(self) -> str:
        number = "-" if self.psi is None else f"{self.psi:.2f}"
        return f"{_TITLES[self.name]:24} {sum(self.now):9,} {number:>6}  {self.verdict}"


@dataclass(frozen=True)
class Drift:
    """The distributions of a period beside the model's profile, and what visitors answered."""

    days: int
    measures: tuple[Measure, ...]
    feedback_yes: int
    feedback_no: int

    def line(self) -> str:
        n_answers = self.feedback_yes + self.feedback_no
        share = f"{self.feedback_no / n_answers:.0%} of {n_answers:,}" if n_answers else "no answer"
        return "\n".join(
            [
                f"last {self.days} days, compared with the model's validation reviews",
                f"{'':24} {'reviews':>9} {'PSI':>6}",
                *(measure.line() for measure in self.measures),
                f"feedback 'no'            {share}",
            ]
        )


@translated()
def read_drift(aws: Aws, *, days: int, now: float) -> Drift:
    """Return the drift of the `days` before `now`.

    Raises:
        NotThere: there is no endpoint, or its model has no profile.
    """
    uri = serving_artifact(aws)
    if uri is None:
        raise NotThere(f"the stage {aws.stage} has no endpoint", hint="run deploy first")
    features, answers = read_features(aws, fetch_profile(aws, uri), days, now)
    return Drift(days, tuple(_measure(feature) for feature in features), **answers)


def _measure(feature: Feature) -> Measure:
    psi = None if feature.psi is None else round(feature.psi, 4)
    return Measure(
        feature.name, psi, feature.verdict, feature.upper_edges, feature.profile, feature.now
    )
