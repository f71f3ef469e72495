"""InvokeEndpoint when the container is slow, without waiting a real minute."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from local_aws.errors import AwsError, NotImplementedHereError
from local_aws.http import Request
from local_aws.sagemaker.endpoints.invoker import EndpointInvoker
from local_aws.sagemaker.endpoints.serving_process import Answer, ContainerSlowError

ACCOUNT = "123456789012"


class SlowProcess:
    """A container that never answers in time; remembers the time it was given."""

    def __init__(self) -> None:
        self.timeouts_s: list[float] = []

    def call(
        self, method: str, path: str, _body: bytes, _headers: Mapping[str, str], timeout_s: float
    ) -> Answer:
        self.timeouts_s.append(timeout_s)
        raise ContainerSlowError(f"no answer to {method} {path}")


def invoker(process: SlowProcess) -> EndpointInvoker:
    """Return an invoker of one endpoint, served by `process`."""
    variant = SimpleNamespace(
        name="v",
        serverless=None,
        process=process,
        slot=nullcontext,
        counting_errors=nullcontext,
    )
    deployment = SimpleNamespace(choose=lambda _: variant)
    endpoints = SimpleNamespace(serving=lambda _: deployment)
    return EndpointInvoker(ACCOUNT, lambda _: endpoints)  # type: ignore[arg-type,return-value]


def request(path: str, **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", path, "", named, b"film", "us-east-1")


def test_a_container_gets_sixty_seconds_and_then_a_model_error() -> None:
    """AWS waits 60 s for a container; the caller learns that the invocation timed out."""
    process = SlowProcess()
    with pytest.raises(AwsError) as refused:
        invoker(process).handle(request("/endpoints/e/invocations"))
    assert process.timeouts_s == [60.0]
    assert (refused.value.code, refused.value.status) == ("ModelError", 424)
    assert refused.value.fields["OriginalStatusCode"] == 0
    assert "Your invocation timed out" in refused.value.fields["OriginalMessage"]


@pytest.mark.parametrize(
    "header", ["x_amzn_sagemaker_target_model", "x_amzn_sagemaker_inference_component"]
)
def test_kinds_of_invocation_that_do_not_run_are_refused(header: str) -> None:
    """Multi-model and inference-component calls are refused, not silently sent to the model."""
    process = SlowProcess()
    with pytest.raises(NotImplementedHereError):
        invoker(process).handle(request("/endpoints/e/invocations", **{header: "x"}))
    with pytest.raises(NotImplementedHereError):
        invoker(process).handle(request("/endpoints/e/invocations-response-stream"))
    assert process.timeouts_s == []
