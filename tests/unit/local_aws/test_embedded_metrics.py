"""Metrics in log lines."""

import pytest

from local_aws.embedded_metrics import record_metrics


@pytest.mark.parametrize("rest", ["", "3}", "[" * 100_000, '{"CloudWatchMetrics": 3}}'], ids=len)
def test_a_line_that_is_not_in_the_format_counts_nothing(rest: str) -> None:
    """As on AWS; and the program's log goes on."""
    record_metrics("123456789012", "eu-west-1", f'{{"_aws": {rest}')
