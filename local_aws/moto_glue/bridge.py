"""Passes requests to moto, makes its refusals clear, and adds our resources to its tag search."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.resource_tagging import TaggableResourcesMixin, TaggedResource
from moto.core.utils import utcnow
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sts.models import sts_backends

from local_aws.errors import AwsError, NotImplementedHereError, as_aws_error
from local_aws.http import JsonObject, Response, json_response, read_object, signed_region
from local_aws.moto_glue.rest_apis import (
    as_openapi3,
    check_exists,
    check_stage_update,
    keep_binary_types,
    keep_compression,
    tagged_api,
    update_method,
)
from local_aws.protocols import error_in, protocol_of, signed_service
from local_aws.sagemaker.tags import TagStore

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

logger = logging.getLogger(__name__)

_UPDATE_API = re.compile(r"PATCH /restapis/([^/]+)$")
_DELETE_API = re.compile(r"DELETE /restapis/([^/]+)$")
_UPDATE_STAGE = re.compile(r"PATCH /restapis/[^/]+/stages/[^/]+$")
_UPDATE_METHOD = re.compile(r"PATCH /restapis/([^/]+)/resources/([^/]+)/methods/([A-Z]+)$")
_IMPORT_API = re.compile(r"(POST /restapis|PUT /restapis/[^/]+)$")


class MotoBridge:
    """moto's WSGI application, with AWS's kind of answer for what moto cannot do."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._app: Any = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        line = f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '')}"
        protocol = protocol_of(environ)
        document = None
        try:
            if _IMPORT_API.match(line) and "mode=" in environ.get("QUERY_STRING", ""):
                document = _replace_body(environ)
            answer = self._change_rest_api(line, environ)
        except (AwsError, KeyError, TypeError, AttributeError) as error:
            refusal = AwsError("SerializationException", "the body has a member of another type")
            if isinstance(error, AwsError):
                refusal = error
            return error_in(protocol, refusal).send(start_response)
        if answer is not None:
            return answer.send(start_response)
        update = _UPDATE_API.match(line)
        changes = _peek_body(environ) if update else b""
        service = signed_service(environ) or "s3"
        try:
            response = self._send_to_moto(environ)
        except Exception as error:
            if not isinstance(error, NotImplementedError) and self._knows(environ):
                logger.exception("moto failed at %s", line)
                return error_in(protocol, as_aws_error(error)).send(start_response)
            what = f"{service}'s {_action(environ, line, error)}"
            return error_in(protocol, NotImplementedHereError(what)).send(start_response)
        if response.status == 404 and response.body and _is_html(response):  # noqa: PLR2004 - moto has no such path
            return error_in(protocol, NotImplementedHereError(f"{service}'s {line}")).send(
                start_response
            )
        if document is not None and response.status < 300:  # noqa: PLR2004
            api_id = json.loads(response.body)["id"]
            keep_binary_types(self._account, _region(environ), api_id, document)
        if update and response.status < 300:  # noqa: PLR2004
            operations = json.loads(changes).get("patchOperations", [])
            keep_compression(self._account, _region(environ), update[1], operations)
        return response.send(start_response, head=environ["REQUEST_METHOD"] == "HEAD")

    def _change_rest_api(self, line: str, environ: WSGIEnvironment) -> Response | None:
        """Return the answer to a change that moto lacks, None for other requests.

        Raises:
            AwsError: AWS would refuse the update.
        """
        is_gateway = signed_service(environ) == "apigateway"
        tags = tagged_api(self._account, line) if is_gateway else None
        if tags is not None:
            tags.update(read_object(_peek_body(environ))["tags"])
            return Response(204, [], b"")
        if deleted := _DELETE_API.match(line):
            check_exists(self._account, _region(environ), deleted[1])
        method = _UPDATE_METHOD.match(line)
        if not method and not _UPDATE_STAGE.match(line):
            return None
        operations = read_object(_peek_body(environ)).get("patchOperations", [])
        if not method:
            check_stage_update(self._account, _region(environ), operations)
            return None
        place = (method[1], method[2], method[3])
        return json_response(update_method(self._account, _region(environ), place, operations))

    def has_access_key(self, access_key: str) -> bool:
        """Return whether IAM or STS here made this key id and it is still active."""
        return any(
            access_key in backend.access_keys
            and backend.access_keys[access_key].status == "Active"
            and not self._has_expired(access_key)
            for backend in list(iam_backends[self._account].values())
        )

    def _has_expired(self, access_key: str) -> bool:
        """Return whether the key belongs to an assumed role and has expired."""
        roles = [
            backend.get_assumed_role_from_access_key(access_key)
            for backend in list(sts_backends[self._account].values())
        ]
        return any(role is not None and role.expiration <= utcnow() for role in roles)

    def _send_to_moto(self, environ: WSGIEnvironment) -> Response:
        """Return moto's whole answer."""
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start(
            status: str,
            headers: list[tuple[str, str]],
            exc_info: Any = None,
            /,
        ) -> Callable[[bytes], object]:
            if exc_info:
                raise exc_info[1]
            started.append((status, headers))
            return lambda _: None

        parts = self._app(environ, start)
        try:
            body = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        status, headers = started[-1]
        return Response(int(status.split(" ", 1)[0]), headers, body)

    def _knows(self, environ: WSGIEnvironment) -> bool:
        """Return whether moto has a backend for the request's service."""
        host = self._app.infer_service_region_host(environ, environ.get("PATH_INFO", ""))
        return host is None or self._app.get_backend_for_host(host) is not None


def join_tag_search(account: str, tags: Callable[[str], TagStore]) -> Callable[[], None]:
    """Let the Resource Groups Tagging API find and tag local_aws's own SageMaker resources.

    Return a function that ends this.
    """

    class OwnSageMaker(BaseBackend, TaggableResourcesMixin):  # type: ignore[misc]
        """A moto backend that has only the tags of our resources."""

        SERVICE_NAMESPACE = "sagemaker"

        def iter_tagged_resources(self) -> Iterator[TaggedResource]:
            for arn, values in tags(self.region_name).all().items():
                kind = arn.split(":")[5].split("/")[0]
                yield TaggedResource(arn=arn, tags=values, resource_type=f"sagemaker:{kind}")

        def tag_resource(self, arn: str, values: dict[str, str]) -> None:
            pairs = [{"Key": key, "Value": value} for key, value in values.items()]
            tags(self.region_name).add({"ResourceArn": arn, "Tags": pairs})

        def untag_resource(self, arn: str, tag_keys: list[str]) -> None:
            tags(self.region_name).delete({"ResourceArn": arn, "TagKeys": tag_keys})

    backends = BackendDict(OwnSageMaker, "sagemaker")
    backends[account]["us-east-1"]  # moto searches only backends that have been used

    def leave() -> None:
        BackendDict._instances.remove(backends)  # noqa: SLF001 - moto has no public way to remove one

    return leave


def _peek_body(environ: WSGIEnvironment) -> bytes:
    """Return the request's body, and keep it readable."""
    raw: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(raw)
    return raw


def _replace_body(environ: WSGIEnvironment) -> JsonObject:
    """Convert the API document in an import's body for moto; return the original document.

    Raises:
        AwsError: BadRequestException, it is not a document in JSON.
    """
    document = read_object(_peek_body(environ))
    try:
        body = json.dumps(as_openapi3(document)).encode()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise AwsError("BadRequestException", "Failed to parse the API's definition") from error
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    return document


def _region(environ: WSGIEnvironment) -> str:
    return signed_region(str(environ.get("HTTP_AUTHORIZATION", "")))


def _action(environ: WSGIEnvironment, line: str, error: Exception) -> str:
    """Return the operation's name if the protocol or moto gives it, else the request line."""
    target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
    if target:
        return target.partition(".")[2]
    named = re.match(r"The (\w+) action has not been implemented", str(error))
    return "".join(word.title() for word in named[1].split("_")) if named else line


def _is_html(response: Response) -> bool:
    return any(
        name.lower() == "content-type" and value.startswith("text/html")
        for name, value in response.headers
    )
