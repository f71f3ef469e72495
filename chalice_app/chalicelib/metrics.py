"""What a request's log line says to CloudWatch Metrics, in its embedded metric format (EMF).

CloudWatch Logs turns the numbers that `_aws` names into metrics, without a call or a delay. The
dimension is the endpoint's name, which has the stage in it. Nothing here has any text of a review.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from chalicelib.exchange import Answer, Request

NAMESPACE = "movie-sentiment"
_JUDGING = ("/review", "/reviews")
_SENTIMENTS = ("positive", "negative", "unsure", "not_a_review")
_SERVER_ERROR = 500


def count_verdicts(results: Sequence[Mapping[str, object]], endpoint_s: float) -> dict[str, object]:
    """Return the numbers about an endpoint's answer: its time, its verdicts and their scores.

    >>> count_verdicts([{"sentiment": "positive", "score": 0.9}], 0.04)["verdict_positive"]
    1
    """
    verdicts = [result for result in results if "sentiment" in result]
    counts: dict[str, object] = {
        f"verdict_{kind}": sum(verdict["sentiment"] == kind for verdict in verdicts)
        for kind in _SENTIMENTS
    }
    scored = [verdict["score"] for verdict in verdicts if verdict["sentiment"] != "not_a_review"]
    if scored:
        counts["score"] = scored
    counts["truncated"] = sum(bool(verdict.get("truncated")) for verdict in verdicts)
    return {"endpoint_ms": round(1000 * endpoint_s, 1), **counts}


def embed_metrics(
    endpoint: str, request: Request, answer: Answer, elapsed_s: float
) -> dict[str, object]:
    """Return the fields that make metrics of the line; none for pages and assets that succeed."""
    judges = request.route in _JUDGING
    if not judges and not answer.numbers and answer.status < _SERVER_ERROR:
        return {}
    values: dict[str, object] = {"server_errors": int(answer.status >= _SERVER_ERROR)}
    if judges:
        values["request_ms"] = round(1000 * elapsed_s, 1)
    values.update(answer.numbers)
    if answer.error_code is not None:
        values[f"error_{answer.error_code}"] = 1
    metrics = [{"Name": name, "Unit": _unit(name)} for name in values]
    about = {"Namespace": NAMESPACE, "Dimensions": [["endpoint"]], "Metrics": metrics}
    return {
        "endpoint": endpoint,
        **values,
        "_aws": {"Timestamp": round(1000 * time.time()), "CloudWatchMetrics": [about]},
    }


def _unit(name: str) -> str:
    if name.endswith("_ms"):
        return "Milliseconds"
    return "None" if name == "score" else "Count"
