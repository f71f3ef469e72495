"""The deep health check asks seldom."""

from typing import cast

import pytest

from chalicelib.deep_check import DeepCheck
from chalicelib.endpoint import Endpoint, Verdict
from chalicelib.errors import EndpointMissing
from chalicelib.reviews import Review
from chalicelib.settings import DEEP_CHECK_S


class CountingEndpoint:
    """An endpoint that can be missing."""

    def __init__(self) -> None:
        self.n_asked = 0
        self.missing = False

    def judge(self, _review: Review) -> Verdict:
        self.n_asked += 1
        if self.missing:
            raise EndpointMissing("No model is deployed here at the moment.")
        return {"sentiment": "positive", "score": 0.9, "model_version": "1.0.0"}


def test_a_stranger_cannot_load_the_endpoint_with_checks() -> None:
    """One question in DEEP_CHECK_S seconds; its answer, or error, counts in between."""
    endpoint, now = CountingEndpoint(), 1000.0
    check = DeepCheck(cast("Endpoint", endpoint), clock=lambda: now)
    assert [check.model_version() for _ in range(5)] == ["1.0.0"] * 5
    assert endpoint.n_asked == 1

    endpoint.missing = True
    assert check.model_version() == "1.0.0"
    now += DEEP_CHECK_S
    for _ in range(3):
        with pytest.raises(EndpointMissing):
            check.model_version()
    assert endpoint.n_asked == 2
