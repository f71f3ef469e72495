"""The suite's results: a table for people, JSON for the report and the model card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evaluation.behaviour.suite import FamilyResult, Result, overall_rate


def as_table(results: Sequence[FamilyResult]) -> str:
    """Return the families with their rates and the total, then the failed cases."""
    n_cases = sum(result.n_cases for result in results)
    n_passed = sum(result.n_passed for result in results)
    lines = [f"{'family':<20} {'cases':>5} {'passed':>6} {'rate':>7}"]
    lines += [
        f"{result.family.name:<20} {result.n_cases:>5} {result.n_passed:>6} {result.rate:>7.1%}"
        for result in results
    ]
    lines.append(f"{'all':<20} {n_cases:>5} {n_passed:>6} {overall_rate(results):>7.1%}")
    lines += [
        _describe(result.family.name, failure) for result in results for failure in result.failures
    ]
    return "\n".join(lines)


def _describe(family: str, failure: Result) -> str:
    """Return how the case failed, the scores of all texts, and the first wrong text."""
    what = "wrong" if failure.wrong else "moved"
    scores = " ".join("none" if score is None else f"{score:.2f}" for score in failure.scores)
    text = " ".join((failure.wrong or failure.case.texts)[0].split())
    return f"{family}, {failure.case.name}: {what} ({scores}): {text}"


def as_json(results: Sequence[FamilyResult]) -> dict[str, Any]:
    """Return the rates of each family and of all cases, and the failed cases."""
    return {
        "cases": sum(result.n_cases for result in results),
        "passed": sum(result.n_passed for result in results),
        "rate": round(overall_rate(results), 4),
        "families": {
            result.family.name: {
                "about": result.family.about,
                "cases": result.n_cases,
                "passed": result.n_passed,
                "rate": round(result.rate, 4),
                "failures": [
                    {
                        "case": failure.case.name,
                        "texts": failure.case.texts,
                        "positive": failure.case.positive,
                        "scores": [
                            score if score is None else round(score, 6) for score in failure.scores
                        ],
                    }
                    for failure in result.failures
                ],
            }
            for result in results
        },
    }
