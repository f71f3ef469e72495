"""One line of the model server's log for each request, in CloudWatch's embedded metric format.

CloudWatch Logs makes metrics of the numbers that `_aws` names. No line has any text of a review.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from sentiment.errors import InvalidRequest
from sentiment.serving.predictor import Verdict

NAMESPACE = "movie-sentiment"
_MOST_VALUES = 100  # of one metric in a line
_UNITS = {
    "model_ms": "Milliseconds",
    "model_score": "None",
    "words": "Count",
    "unknown_share": "None",
}


def metrics_line(
    endpoint: str,
    results: Sequence[Verdict | InvalidRequest],
    elapsed_s: float,
    moment_s: float,
) -> str:
    """Return the line for the results of one request that ended at `moment_s` since 1970.

    >>> error = InvalidRequest("empty_review", "the review is empty")
    >>> json.loads(metrics_line("toy", [error], 0.002, 0))["errors"]
    {'empty_review': 1}
    """
    verdicts = [result for result in results if isinstance(result, Verdict)]
    errors = Counter(result.code for result in results if isinstance(result, InvalidRequest))
    values = {
        "model_ms": round(1000 * elapsed_s, 2),
        "reviews": len(results),
        "reviews_refused": sum(errors.values()) + sum(v.not_a_review is not None for v in verdicts),
        "reviews_truncated": sum(verdict.truncated for verdict in verdicts),
        "model_score": _sample([round(v.score, 4) for v in verdicts if v.not_a_review is None]),
        "words": _sample([verdict.reading.n_words for verdict in verdicts]),
        "unknown_share": _sample(
            [
                round(v.reading.unknown_share, 4)
                for v in verdicts
                if v.reading.unknown_share is not None
            ]
        ),
    }
    present = {name: value for name, value in values.items() if value != []}
    metrics = [{"Name": name, "Unit": _UNITS.get(name, "Count")} for name in present]
    about = {"Namespace": NAMESPACE, "Dimensions": [["endpoint"]], "Metrics": metrics}
    line = {
        "event": "invocation",
        "endpoint": endpoint,
        **present,
        "errors": dict(errors),
        "sentiments": dict(Counter(verdict.sentiment for verdict in verdicts)),
        "model_version": next((verdict.model_version for verdict in verdicts), None),
        "_aws": {"Timestamp": round(1000 * moment_s), "CloudWatchMetrics": [about]},
    }
    return json.dumps(line, separators=(",", ":"))


def _sample(values: Sequence[float]) -> list[float]:
    """Return the values, or a hundred of them, evenly chosen.

    >>> _sample([1, 2]), len(_sample(range(250)))
    ([1, 2], 84)
    """
    return list(values[:: -(-len(values) // _MOST_VALUES) or 1])
