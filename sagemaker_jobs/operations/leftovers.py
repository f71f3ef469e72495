"""What carries the stage's tags, whatever its name: found by AWS's tag search."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none, translated
from sagemaker_jobs.errors import AccessDenied
from sagemaker_jobs.operations.removal import Left, Thing

_Call = Callable[[Aws, str], Any]


@dataclass(frozen=True)
class _Kind:
    """How to see that a resource exists (the tag search also finds deleted ones), and remove it."""

    word: str
    describe: _Call
    remove: _Call


# in the order of removal, the costly ones first
_KINDS: dict[str, _Kind] = {
    "sagemaker:endpoint": _Kind(
        "endpoint",
        lambda aws, name: aws.sagemaker.describe_endpoint(EndpointName=name),
        lambda aws, name: aws.sagemaker.delete_endpoint(EndpointName=name),
    ),
    "sagemaker:endpoint-config": _Kind(
        "endpoint configuration",
        lambda aws, name: aws.sagemaker.describe_endpoint_config(EndpointConfigName=name),
        lambda aws, name: aws.sagemaker.delete_endpoint_config(EndpointConfigName=name),
    ),
    "sagemaker:model": _Kind(
        "model",
        lambda aws, name: aws.sagemaker.describe_model(ModelName=name),
        lambda aws, name: aws.sagemaker.delete_model(ModelName=name),
    ),
    "apigateway:restapis": _Kind(
        "REST API",
        lambda aws, name: aws.gateway.get_rest_api(restApiId=name),
        lambda aws, name: aws.gateway.delete_rest_api(restApiId=name),
    ),
    "lambda:function": _Kind(
        "function",
        lambda aws, name: aws.functions.get_function(FunctionName=name),
        lambda aws, name: aws.functions.delete_function(FunctionName=name),
    ),
    "ecr:repository": _Kind(
        "image repository",
        lambda aws, name: aws.ecr.describe_repositories(repositoryNames=[name]),
        lambda aws, name: aws.ecr.delete_repository(repositoryName=name, force=True),
    ),
    "cloudwatch:alarm": _Kind(
        "alarm",
        lambda aws, name: aws.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"],
        lambda aws, name: aws.cloudwatch.delete_alarms(AlarmNames=[name]),
    ),
    "logs:log-group": _Kind(
        "log group",
        lambda aws, name: aws.logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"],
        lambda aws, name: aws.logs.delete_log_group(logGroupName=name),
    ),
}
# what AWS keeps as records, at no charge, and what `teardown` asks about before it removes it
_FREE = (
    "algorithm",
    "experiment",
    "iam:",
    "job",
    "model-card",
    "model-package",
    "pipeline",
    "project",
)
_BY_NAME = ("s3:", "dynamodb:table")


def find_leftovers(aws: Aws, web_app_apis: Collection[str]) -> Iterator[Thing | Left]:
    """Yield what the tags find: things to remove, and what only a person can remove.

    The web app's function, its log and `web_app_apis`, the REST APIs that may call it, are left
    out.
    """
    web_app = {
        "lambda:function": [aws.names.web_app],
        "logs:log-group": [aws.names.web_app_log_group],
        "apigateway:restapis": web_app_apis,
    }
    order = [*_KINDS]
    try:
        with translated():
            arns = list(_search(aws))
    except AccessDenied as error:
        yield Left(f"what only its tags would find: {error.what}; try: {error.hint}", costs=True)
        return
    for arn in sorted(arns, key=lambda arn: [*order, _kind(arn)].index(_kind(arn))):
        kind, name = _kind(arn), _name(arn)
        known = _KINDS.get(kind)
        if known is not None:
            if name not in web_app.get(kind, ()) and or_none(partial(known.describe, aws, name)):
                yield Thing(f"{known.word} {name}", partial(_remove, aws, known, name))
        elif kind.startswith(_BY_NAME):
            if aws.names.base not in name:
                yield Left(f"{kind.partition(':')[0]} {name}, which no step created", costs=True)
        elif not any(word in kind for word in _FREE):
            yield Left(f"{arn}, which no step created", costs=True)


def _remove(aws: Aws, kind: _Kind, name: str) -> None:
    or_none(lambda: kind.remove(aws, name))  # another thing's removal may have included it


def _search(aws: Aws) -> Iterator[str]:
    """Yield the ARNs of the region's resources with the stage's tags."""
    pages = aws.tagging.get_paginator("get_resources").paginate(
        TagFilters=[{"Key": key, "Values": [value]} for key, value in aws.names.tags.items()]
    )
    for page in pages:
        yield from (item["ResourceARN"] for item in page["ResourceTagMappingList"])


def _kind(arn: str) -> str:
    """Return an ARN's service and kind of resource.

    >>> _kind("arn:aws:sagemaker:eu-west-1:123456789012:endpoint/x"), _kind("arn:aws:s3:::bucket")
    ('sagemaker:endpoint', 's3:')
    >>> _kind("arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/x:*")
    'logs:log-group'
    """
    service, resource = _parts(arn)
    kind, name = _split(resource)
    return f"{service}:{kind if name else ''}"


def _name(arn: str) -> str:
    """Return the name of an ARN's resource.

    >>> _name("arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/x:*")
    '/aws/lambda/x'
    >>> _name("arn:aws:apigateway:eu-west-1::/restapis/abc"), _name("arn:aws:s3:::bucket")
    ('abc', 'bucket')
    """
    kind, name = _split(_parts(arn)[1])
    return (name or kind).removesuffix(":*")


def _parts(arn: str) -> tuple[str, str]:
    _, _, service, _, _, resource = arn.split(":", 5)
    return service, resource.lstrip("/")


def _split(resource: str) -> tuple[str, str]:
    """Return the kind and the name, whichever of '/' and ':' comes first between them."""
    place = min((resource.find(sign) for sign in "/:" if sign in resource), default=-1)
    return (resource, "") if place < 0 else (resource[:place], resource[place + 1 :])
