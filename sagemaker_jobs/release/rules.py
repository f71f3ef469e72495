"""The rules that a model must meet before it is deployed, and how it meets them."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sagemaker_jobs.errors import InvalidSetting

RULES_FILE = Path(__file__).with_name("rules.toml")
# figure -> whether it compares with the serving model
FIGURES = {
    "accuracy": False,
    "accuracy_at_90_coverage": False,
    "accuracy_gain": True,
    "behaviour": False,
    "robustness": False,
    "calibration_error": False,
    "size_mb": False,
    "latency_ratio": True,
}
_BOUNDS = ("at_least", "at_most")


@dataclass(frozen=True)
class Rule:
    """A bound of a figure."""

    figure: str
    bound: str  # at_least or at_most
    limit: float

    def check(self, figures: Mapping[str, float]) -> Check:
        """Return how the figures meet the rule.

        >>> Rule("size_mb", "at_most", 20).check({"size_mb": 21.0}).passed
        False
        """
        value = figures.get(self.figure)
        passed = FIGURES[self.figure]  # without a serving model there is nothing to compare with
        if value is not None:
            passed = value >= self.limit if self.bound == "at_least" else value <= self.limit
        return Check(self.figure, value, self.bound, self.limit, passed)


@dataclass(frozen=True)
class Check:
    """A figure against its rule; the value is None if it could not be measured."""

    figure: str
    value: float | None
    bound: str
    limit: float
    passed: bool


def read_rules(path: Path = RULES_FILE) -> tuple[Rule, ...]:
    """Return the rules of a TOML file.

    Raises:
        InvalidSetting: it cannot be read, or names an unknown figure.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _refusal(path, str(error)) from error
    rules = []
    for bound, limits in content.items():
        if bound not in _BOUNDS or not isinstance(limits, dict):
            raise _refusal(path, f"{bound} is not one of the tables {' and '.join(_BOUNDS)}")
        for figure, limit in limits.items():
            if figure not in FIGURES:
                raise _refusal(path, f"{figure} is not one of {', '.join(FIGURES)}")
            if isinstance(limit, bool) or not isinstance(limit, int | float):
                raise _refusal(path, f"{figure} is not a number")
            rules.append(Rule(figure, bound, limit))
    if not rules:
        raise _refusal(path, "it has no rule")
    return tuple(rules)


def as_table(checks: Sequence[Check]) -> str:
    """Return the checks as lines of columns."""
    lines = [f"{'figure':<24} {'value':>9} {'rule':>18}"]
    for check in checks:
        value = "-" if check.value is None else f"{check.value:.4f}"
        rule = f"{check.bound.replace('_', ' ')} {check.limit:g}"
        verdict = "passed" if check.passed else "FAILED"
        if check.value is None and check.passed:
            verdict = "no model serves that it could be compared with"
        lines.append(f"{check.figure:<24} {value:>9} {rule:>18}  {verdict}")
    return "\n".join(lines)


def failures(checks: Collection[Check]) -> str:
    """Return the failed checks as one clause; '' if there are none."""
    return ", ".join(
        f"{check.figure} {'unknown' if check.value is None else format(check.value, '.4g')} "
        f"(must be {check.bound.replace('_', ' ')} {check.limit:g})"
        for check in checks
        if not check.passed
    )


def _refusal(path: Path, why: str) -> InvalidSetting:
    return InvalidSetting(
        f"{path} is not a file of rules: {why}",
        hint="copy sagemaker_jobs/release/rules.toml and change its numbers",
    )
