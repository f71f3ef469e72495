"""CloudWatch's metrics of endpoints, in moto's CloudWatch.

Each metric has one datum per minute and production variant, as on AWS, so a busy endpoint does not
fill the memory. PutMetricData cannot write these: AWS reserves the namespace for itself.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from moto.cloudwatch.models import MetricAggregatedDatum, cloudwatch_backends

_NAMESPACE = "AWS/SageMaker"
_CLIENT_ERROR, _SERVER_ERROR = 4, 5  # the first digit of an HTTP status
_Minute = tuple[str, str, str, datetime]


class EndpointMetrics:
    """Records what AWS records of each InvokeEndpoint that reaches a model."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._newest: dict[_Minute, dict[str, MetricAggregatedDatum]] = {}
        self._lock = threading.Lock()

    def record(
        self, region: str, endpoint: str, variant: str, *, status: int, model_s: float, all_s: float
    ) -> None:
        """Count one invocation that the model answered with `status`, in `model_s` seconds.

        `all_s` is the time of the whole request.
        """
        values = {
            "Invocations": (1.0, "None"),
            "Invocation4XXErrors": (float(status // 100 == _CLIENT_ERROR), "None"),
            "Invocation5XXErrors": (float(status // 100 == _SERVER_ERROR), "None"),
            "ModelLatency": (model_s * 1e6, "Microseconds"),
            "OverheadLatency": ((all_s - model_s) * 1e6, "Microseconds"),
        }
        # moto compares times without a zone, which are UTC
        minute = datetime.now(UTC).replace(second=0, microsecond=0, tzinfo=None)
        with self._lock:
            kept = self._data((region, endpoint, variant, minute))
            for name, (value, unit) in values.items():
                if name in kept:
                    datum = kept[name]
                    datum.min, datum.max = min(datum.min, value), max(datum.max, value)
                    datum.sum += value
                    datum.sample_count += 1
                    continue
                dimensions = {"EndpointName": endpoint, "VariantName": variant}
                datum = kept[name] = MetricAggregatedDatum(
                    namespace=_NAMESPACE,
                    name=name,
                    min_stat=value,
                    max_stat=value,
                    sample_count=1.0,
                    sum_stat=value,
                    dimensions=[{"Name": n, "Value": v} for n, v in dimensions.items()],
                    timestamp=minute,
                    unit=unit,
                )
                cloudwatch_backends[self._account][region].metric_data.append(datum)

    def _data(self, key: _Minute) -> dict[str, MetricAggregatedDatum]:
        """Return the variant's data of this minute, and forget those of earlier ones."""
        if key not in self._newest:
            self._newest = {
                other: kept for other, kept in self._newest.items() if other[3] == key[3]
            }
            self._newest[key] = {}
        return self._newest[key]
