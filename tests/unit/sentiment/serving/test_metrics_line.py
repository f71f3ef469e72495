"""The model server's log line of one request."""

import json
from typing import Any

from sentiment.errors import InvalidRequest
from sentiment.serving.metrics_line import metrics_line
from sentiment.serving.predictor import Reading, Verdict

GOOD = Verdict(0.98, Reading(12, 12, unknown_share=0.25), "2.0.0")
CUT = Verdict(0.2, Reading(900, 500), "2.0.0")
NO_REVIEW = Verdict(0.5, Reading(3, 0), "2.0.0", not_a_review="It has no words.")
EMPTY = InvalidRequest("empty_review", "the review is empty; write a sentence or two")


def line(*results: Verdict | InvalidRequest) -> Any:
    return json.loads(metrics_line("movie-sentiment-dev", results, 0.0123, 1_700_000_000.5))


def test_the_line_counts_and_says_no_text() -> None:
    """Scores and lengths of what was judged, refusals, errors by code, the model's version."""
    fields = line(GOOD, CUT, NO_REVIEW, EMPTY)
    assert (fields["reviews"], fields["reviews_refused"], fields["reviews_truncated"]) == (4, 2, 1)
    assert fields["model_score"] == [0.98, 0.2]
    assert fields["words"] == [12, 900, 3]
    assert fields["unknown_share"] == [0.25]
    assert fields["errors"] == {"empty_review": 1}
    assert fields["sentiments"] == {"positive": 1, "negative": 1, "not_a_review": 1}
    assert (fields["model_ms"], fields["model_version"]) == (12.3, "2.0.0")
    assert "write a sentence" not in json.dumps(fields)


def test_every_metric_is_in_the_line() -> None:
    """As CloudWatch's format demands; a request that failed as a whole has no scores."""
    for fields in (line(GOOD), line(EMPTY), line(*[GOOD] * 1000)):
        (directive,) = fields["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]:
            values = fields[metric["Name"]]
            assert not isinstance(values, list) or 1 <= len(values) <= 100
        assert fields["_aws"]["Timestamp"] == 1_700_000_000_500
    assert "model_score" not in line(EMPTY)
