"""Metrics that CloudWatch makes from log lines in its embedded metric format."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto.cloudwatch.models import cloudwatch_backends

from local_aws.embedded_metrics import Distribution, record_metrics

ACCOUNT, REGION = "123456789012", "mx-central-1"
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def data() -> Iterator[list[Any]]:
    """The region's data, none before and none after."""
    found: list[Any] = cloudwatch_backends[ACCOUNT][REGION].metric_data
    found.clear()
    yield found
    found.clear()


def line(at: datetime = NOON, **values: object) -> str:
    """Return a line of two metrics by one dimension."""
    metrics = [{"Name": "words", "Unit": "Count"}, {"Name": "ms"}]
    directive = {"Namespace": "ours", "Dimensions": [["endpoint"]], "Metrics": metrics}
    envelope = {"Timestamp": at.timestamp() * 1000, "CloudWatchMetrics": [directive]}
    return json.dumps({"endpoint": "e", "words": 7, "ms": 1.5, **values, "_aws": envelope})


def record(*lines: str) -> None:
    for text in lines:
        record_metrics(ACCOUNT, REGION, text)


def test_each_metric_has_a_datum_a_minute(data: list[Any]) -> None:
    """With its values, and how often each came; a list is as many values."""
    record(line(), line(words=[7, 9]), line(NOON + timedelta(seconds=59)))
    record(line(NOON + timedelta(seconds=60)), line(endpoint="other"))
    words = [datum for datum in data if datum.name == "words"]
    assert [dict(datum.values) for datum in words] == [{7: 3, 9: 1}, {7: 1}, {7: 1}]
    assert (words[0].min, words[0].max, words[0].sum, words[0].sample_count) == (7, 9, 30, 4)
    assert {datum.unit for datum in data} == {"Count", "None"}
    assert [datum.dimensions[0].value for datum in words] == ["e", "e", "other"]


def test_a_late_line_does_not_double_its_minute(data: list[Any]) -> None:
    """Lines arrive out of order: two that are late share a datum behind the newer one."""
    record(line(NOON + timedelta(minutes=5)), line(), line())
    total = sum(datum.sample_count for datum in data if datum.name == "words")
    assert total == 3
    assert all(isinstance(datum, Distribution) for datum in data)


@pytest.mark.parametrize(
    "text",
    [
        "a line of text",
        '{"_aws": 1}',
        '{"_aws": {"Timestamp": "soon", "CloudWatchMetrics": []}}',
        '{"half": "_aws"',
        '{"_aws": ' + "[" * 100_000,
        line().replace('"words": 7, ', ""),
        line(words="many"),
        line(words=None),
    ],
    ids=len,
)
def test_lines_of_another_form_are_ignored(text: str, data: list[Any]) -> None:
    """Whole lines, as AWS ignores them."""
    record(text)
    assert data == []


@pytest.mark.parametrize(
    ("stat", "count"),
    [("TC(:10)", 2), ("TC(10:20)", 1), ("TC(20:)", 1), ("TC(0:100)", 4), ("Sum", 67)],
)
def test_values_are_counted_between_bounds(stat: str, count: float) -> None:
    """The lower bound is outside, the upper inside, as CloudWatch says of TC."""
    record(line(words=[3, 10]), line(words=[20]), line(words=34))
    backend = cloudwatch_backends[ACCOUNT][REGION]
    found = backend.get_metric_statistics(
        namespace="ours",
        metric_name="words",
        start_time=datetime(2026, 7, 1, 11, 59),  # noqa: DTZ001 - moto's times have no zone
        end_time=datetime(2026, 7, 1, 12, 1),  # noqa: DTZ001
        period=60,
        stats=[stat],
        dimensions=[],
    )
    (datapoint,) = [datum for datum in found if datum.get_statistics_for_type(stat) is not None]
    assert datapoint.get_statistics_for_type(stat) == count
