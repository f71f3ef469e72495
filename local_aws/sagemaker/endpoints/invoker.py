"""SageMaker Runtime's InvokeEndpoint, with AWS's errors."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import unquote

from local_aws.arns import arn_of
from local_aws.errors import AwsError, NotImplementedHereError
from local_aws.http import Request, Response
from local_aws.sagemaker.endpoints.deployment import Variant
from local_aws.sagemaker.endpoints.metrics import EndpointMetrics
from local_aws.sagemaker.endpoints.operations import Endpoints
from local_aws.sagemaker.endpoints.serving_process import (
    Answer,
    ContainerGoneError,
    ContainerSlowError,
)

_LIMIT_BYTES = 6 * 1024 * 1024
_SERVERLESS_LIMIT_BYTES = 4 * 1024 * 1024
_TIMEOUT_S = 60.0
_OK_BELOW = 400
_CLIENT_ERRORS_BELOW = 500
# request headers that reach the container, as AWS passes them
_PASSED = (
    "content-type", "accept", "x-amzn-sagemaker-custom-attributes",
    "x-amzn-sagemaker-inference-id", "x-amzn-sagemaker-session-id",
)  # fmt: skip
_REFUSED = (
    "x-amzn-sagemaker-target-model", "x-amzn-sagemaker-target-container-hostname",
    "x-amzn-sagemaker-inference-component", "x-amzn-sagemaker-enable-explanations",
)  # fmt: skip
_TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container primary. Review the "
    "latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
)


class EndpointInvoker:
    """Answers InvokeEndpoint from the endpoints of the request's region."""

    clock = staticmethod(time.monotonic)

    def __init__(self, account: str, endpoints: Callable[[str], Endpoints]) -> None:
        self._account = account
        self._endpoints = endpoints
        self._metrics = EndpointMetrics(account)

    def handle(self, request: Request) -> Response:
        """Return the container's answer.

        Raises:
            AwsError: one of the operation's errors, such as ValidationError or ModelError.
        """
        received = self.clock()
        _, _, name, verb = request.raw_path.split("/", 3)
        if verb != "invocations":
            raise NotImplementedHereError(f"SageMaker Runtime's {verb}")
        for header in _REFUSED:
            if header in request.headers:
                raise NotImplementedHereError(f"InvokeEndpoint with {header}")
        name = unquote(name)
        try:
            deployment = self._endpoints(request.region).serving(name)
        except KeyError as error:
            raise AwsError(
                "ValidationError", f"Endpoint {name} of account {self._account} not found."
            ) from error
        variant = deployment.choose(request.headers.get("x-amzn-sagemaker-target-variant"))
        _check_size(request, variant)
        with variant.slot(), variant.counting_errors():
            answer = self._call(name, variant, request, received)
        headers = [
            ("Content-Type", answer.headers.get("content-type", "application/octet-stream")),
            ("x-Amzn-Invoked-Production-Variant", variant.name),
            ("x-amzn-RequestId", request.request_id),
        ]
        attributes = answer.headers.get("x-amzn-sagemaker-custom-attributes")
        if attributes:
            headers.append(("X-Amzn-SageMaker-Custom-Attributes", attributes))
        return Response(200, headers, answer.body)

    def _call(self, name: str, variant: Variant, request: Request, received: float) -> Answer:
        headers = {
            header: request.headers[header] for header in _PASSED if header in request.headers
        }
        started, status = self.clock(), 500  # of a container without an answer
        try:
            answer = variant.process.call("POST", "/invocations", request.body, headers, _TIMEOUT_S)
            status = answer.status
        except ContainerSlowError as error:
            raise self._model_error(name, request.region, 0, _TIMED_OUT) from error
        except ContainerGoneError as error:
            gone = (
                f"Amazon SageMaker could not get a response from the {name} endpoint. This can "
                "occur when CPU or memory utilization is high. To check your utilization, see "
                "Amazon CloudWatch. To fix this problem, use an instance type with more CPU "
                "capacity or memory."
            )
            raise self._model_error(name, request.region, 0, gone) from error
        finally:
            ended = self.clock()
            self._metrics.record(
                *(request.region, name, variant.name),
                status=status,
                model_s=ended - started,
                all_s=ended - received,
            )
        if answer.status >= _OK_BELOW:
            message = answer.body.decode("utf-8", "replace")
            raise self._model_error(name, request.region, answer.status, message)
        if len(answer.body) > _LIMIT_BYTES:
            message = f"response of {len(answer.body)} bytes exceeds {_LIMIT_BYTES} bytes"
            raise self._model_error(name, request.region, 0, message)
        return answer

    def _model_error(self, name: str, region: str, status: int, message: str) -> AwsError:
        side = "client" if _OK_BELOW <= status < _CLIENT_ERRORS_BELOW else "server"
        group = f"/aws/sagemaker/Endpoints/{name}"
        text = (
            f'Received {side} error ({status}) from primary with message "{message}". See '
            f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
            f"#logEventViewer:group={group} in account {self._account} for more information."
        )
        return AwsError(
            "ModelError",
            text,
            status=424,
            fields={
                "OriginalStatusCode": status,
                "OriginalMessage": message,
                "LogStreamArn": arn_of("logs", region, self._account, f"log-group:{group}"),
            },
        )


def _check_size(request: Request, variant: Variant) -> None:
    if variant.serverless and len(request.body) > _SERVERLESS_LIMIT_BYTES:
        raise AwsError("ValidationError", f"Request {request.request_id} has oversize body.")
    if len(request.body) > _LIMIT_BYTES:
        # AWS's load balancer answers this; the status is the only error code
        raise AwsError("413", f"HTTP content length exceeded {_LIMIT_BYTES} bytes.", status=413)
