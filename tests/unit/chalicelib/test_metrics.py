"""The numbers in the request's log line, as CloudWatch reads them."""

from dataclasses import replace
from typing import Any

from chalicelib.exchange import Request, json_answer, text_answer
from chalicelib.metrics import count_verdicts, embed_metrics

VERDICTS: list[dict[str, Any]] = [
    {"sentiment": "positive", "score": 0.9, "truncated": True},
    {"sentiment": "not_a_review", "score": 0.5},
    {"error": {"code": "empty_review"}},
]


def line(request: Request, status: int, numbers: dict[str, Any], code: str | None = None) -> Any:
    answer = replace(json_answer(status, {}), numbers=numbers, error_code=code)
    return embed_metrics("movie-sentiment-dev", request, answer, 0.05)


def test_a_line_follows_the_embedded_metric_format() -> None:
    """Every metric is a number, or a list of them, beside `_aws`; so is every dimension."""
    fields = line(Request("POST", "/reviews"), 200, count_verdicts(VERDICTS, 0.04))
    (directive,) = fields["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "movie-sentiment"
    assert directive["Dimensions"] == [["endpoint"]]
    assert fields["endpoint"] == "movie-sentiment-dev"
    units = {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]}
    for name in units:
        values = fields[name] if isinstance(fields[name], list) else [fields[name]]
        assert all(isinstance(value, (int, float)) for value in values)
        assert len(values) <= 100
    assert units["request_ms"] == units["endpoint_ms"] == "Milliseconds"
    assert isinstance(fields["_aws"]["Timestamp"], int)


def test_verdicts_and_scores_are_counted() -> None:
    """A text that is not a review has no score; an item with an error is not a verdict."""
    numbers = count_verdicts(VERDICTS, 0.04)
    assert numbers["endpoint_ms"] == 40
    assert numbers["score"] == [0.9]
    assert (numbers["verdict_positive"], numbers["verdict_not_a_review"]) == (1, 1)
    assert (numbers["verdict_negative"], numbers["truncated"]) == (0, 1)


def test_errors_are_counted_by_code() -> None:
    """An error of the server counts twice: by its code, and among all of them."""
    late = line(Request("POST", "/review"), 504, {}, "too_slow")
    assert (late["error_too_slow"], late["server_errors"]) == (1, 1)
    empty = line(Request("POST", "/review"), 400, {}, "empty_review")
    assert (empty["error_empty_review"], empty["server_errors"]) == (1, 0)


def test_pages_and_assets_make_no_metrics() -> None:
    """They would hide how long a verdict takes; their errors count."""
    page = Request("GET", "/")
    assert embed_metrics("any", page, text_answer(200, ""), 0.05) == {}
    assert line(page, 500, {}, "internal")["server_errors"] == 1
    feedback = line(Request("POST", "/feedback"), 201, {"feedback_no": 1})
    assert feedback["feedback_no"] == 1
    assert "request_ms" not in feedback
