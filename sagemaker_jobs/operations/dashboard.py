"""The stage's CloudWatch dashboard, as code."""

from __future__ import annotations

import json
from typing import Any

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.operations.alarms import NAMESPACE
from sagemaker_jobs.operations.traffic import VARIANT

_WIDTH, _HEIGHT = 8, 6  # three widgets in a row of 24
_N_BINS = 10


def put_dashboard(aws: Aws) -> None:
    """Create or update the dashboard."""
    body = json.dumps({"widgets": _widgets(aws)})
    aws.cloudwatch.put_dashboard(DashboardName=aws.names.base, DashboardBody=body)


def dashboard_url(aws: Aws) -> str:
    """Return the dashboard's address in AWS's console."""
    console = "amazonaws.cn" if aws.names.partition == "aws-cn" else "aws.amazon.com"
    place = f"https://{aws.region}.console.{console}/cloudwatch/home"
    return f"{place}?region={aws.region}#dashboards/dashboard/{aws.names.base}"


def _widgets(aws: Aws) -> list[dict[str, Any]]:
    name = aws.names.endpoint
    endpoint = ["EndpointName", name, "VariantName", VARIANT]
    function = ["FunctionName", aws.names.web_app]
    kinds = ("positive", "negative", "unsure", "not_a_review")
    search = f"SEARCH('{{{NAMESPACE},endpoint}} endpoint=\"{name}\" error_', 'Sum', 300)"
    charts = [
        ("Verdicts", [_ours(name, f"verdict_{kind}", "Sum") for kind in kinds]),
        (
            "Scores, percent of verdicts in each tenth",
            [
                _ours(name, "score", f"PR({i / _N_BINS}:{(i + 1) / _N_BINS})")
                for i in range(_N_BINS)
            ],
        ),
        (
            "Latency of each hop, slowest 5 %, ms: whole, endpoint with network, model",
            [_ours(name, f"{hop}_ms", "p95") for hop in ("request", "endpoint", "model")],
        ),
        ("Errors by code", [[{"expression": search, "label": ""}]]),
        (
            "Truncated and refused reviews",
            [_ours(name, f"reviews_{what}", "Sum") for what in ("truncated", "refused")],
        ),
        (
            "Endpoint",
            [
                ["AWS/SageMaker", metric, *endpoint, {"stat": "Sum"}]
                for metric in ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors")
            ],
        ),
        (
            "Web app",
            [
                ["AWS/Lambda", metric, *function, {"stat": "Sum"}]
                for metric in ("Invocations", "Errors", "Throttles")
            ],
        ),
        (
            "Drift: scores, unknown words, words of a review (right), quartiles",
            [
                _ours(name, metric, stat, axis)
                for metric, axis in (
                    ("model_score", "left"),
                    ("unknown_share", "left"),
                    ("words", "right"),
                )
                for stat in ("p25", "p50", "p75")
            ],
        ),
        (
            "Feedback",
            [_ours(name, f"feedback_{answer}", "Sum") for answer in ("yes", "no")],
        ),
    ]
    return [
        {
            "type": "metric",
            "x": _WIDTH * (i % 3),
            "y": _HEIGHT * (i // 3),
            "width": _WIDTH,
            "height": _HEIGHT,
            "properties": {
                "title": title,
                "region": aws.region,
                "view": "timeSeries",
                "period": 300,
                "metrics": metrics,
            },
        }
        for i, (title, metrics) in enumerate(charts)
    ]


def _ours(endpoint: str, metric: str, stat: str, axis: str = "left") -> list[Any]:
    return [NAMESPACE, metric, "endpoint", endpoint, {"stat": stat, "yAxis": axis}]
