"""Metrics from log lines in CloudWatch's embedded metric format, in moto's CloudWatch.

Each metric has one datum per minute, with its values and how often each came, so a busy program
does not fill the memory. moto then also answers trimmed counts between two values, `TC(a:b)`.
"""

from __future__ import annotations

import json
import math
import re
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch import models
from moto.cloudwatch.models import MetricAggregatedDatum, Statistics, cloudwatch_backends

_TRIMMED_COUNT = re.compile(r"TC\(([-\d.]*):([-\d.]*)\)")
_lock = threading.Lock()


class Distribution(MetricAggregatedDatum):  # type: ignore[misc]
    """One minute of a metric: its values, and how often each came."""

    def __init__(self, namespace: str, name: str, unit: str, dimensions: Any, at: datetime) -> None:
        pairs = [{"Name": key, "Value": value} for key, value in dimensions]
        super().__init__(
            namespace=namespace,
            name=name,
            min_stat=math.inf,
            max_stat=-math.inf,
            sample_count=0.0,
            sum_stat=0.0,
            dimensions=pairs,
            timestamp=at,
            unit=unit,
        )
        self.min, self.max = math.inf, -math.inf
        self.values: Counter[float] = Counter()

    def add(self, value: float) -> None:
        self.values[value] += 1
        self.min, self.max = min(self.min, value), max(self.max, value)
        self.sum += value
        self.sample_count += 1


class _Statistics(Statistics):  # type: ignore[misc]
    """moto's statistics, with trimmed counts between absolute bounds."""

    def get_statistics_for_type(self, stat: str) -> Any:
        found = _TRIMMED_COUNT.fullmatch(stat)
        if not found:
            return super().get_statistics_for_type(stat)
        lower, upper = float(found[1] or -math.inf), float(found[2] or math.inf)
        values: Counter[float] = Counter(self.metric_single_values_list)
        for datum in self.metric_data:
            values.update(getattr(datum, "values", {}))
        return float(sum(n for value, n in values.items() if lower < value <= upper))


models.Statistics = _Statistics


def record_metrics(account: str, region: str, line: str) -> None:
    """Count the metrics of a log line; nothing if it is not in the embedded metric format."""
    if not line.startswith("{") or '"_aws"' not in line:
        return
    try:
        found = list(_metrics(json.loads(line)))
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return  # AWS ignores a line that does not follow its format
    with _lock:
        data = cloudwatch_backends[account][region].metric_data
        for key, values in found:
            datum = _find(data, key) or Distribution(*key)
            if not datum.sample_count:
                data.append(datum)
            for value in values:
                datum.add(value)


def _find(data: list[Any], key: tuple[Any, ...]) -> Distribution | None:
    """Return the metric's datum of this minute; the newest are at the end."""
    namespace, name, _, dimensions, at = key
    for datum in reversed(data):
        if not isinstance(datum, Distribution):
            continue
        if datum.timestamp < at:
            return None
        same = (datum.namespace, datum.name, datum.timestamp) == (namespace, name, at)
        if same and [(item.name, item.value) for item in datum.dimensions] == dimensions:
            return datum
    return None


def _metrics(line: Any) -> Iterator[tuple[tuple[Any, ...], list[float]]]:
    """Yield namespace, name, unit, dimensions and minute of each metric, and its values."""
    moment = datetime.fromtimestamp(line["_aws"]["Timestamp"] / 1000, UTC)
    # moto compares times without a zone, which are UTC
    minute = moment.replace(second=0, microsecond=0, tzinfo=None)
    for directive in line["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            dimensions = [(name, str(line[name])) for name in names]
            for metric in directive["Metrics"]:
                name = metric["Name"]
                values = line[name] if isinstance(line[name], list) else [line[name]]
                key = (directive["Namespace"], name, metric.get("Unit", "None"), dimensions, minute)
                yield key, [float(value) for value in values]
