"""AWS WAF's rule: how many requests one address may send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import retried
from sagemaker_jobs.aws.web_app import rest_apis
from sagemaker_jobs.errors import JobError, NameTaken
from sagemaker_jobs.hardening.throttling import ApiStage, find_stages

if TYPE_CHECKING:
    from mypy_boto3_wafv2.type_defs import RuleUnionTypeDef, VisibilityConfigTypeDef

LEAST_REQUESTS = 10  # AWS's, in five minutes
_DELAYS_S = (2.0, 4.0, 8.0, 16.0)
_SCOPE: Any = "REGIONAL"


def limit_addresses(
    aws: Aws, stages: list[ApiStage], requests: int, sleep: Callable[[float], None]
) -> None:
    """Block an address while it has sent more than `requests` in five minutes; read that back.

    Raises:
        NameTaken: another web ACL protects a stage.
        JobError: AWS reports another limit.
    """
    taken = {stage: _arn_at(aws, stage) for stage in stages}
    acl = _find(aws)
    ours = acl and acl["ARN"]
    for stage, arn in taken.items():
        if arn is not None and arn != ours:
            raise NameTaken(
                f"REST API {stage.api} has another web ACL, {arn}",
                hint="add a rate rule to it, and run harden without --requests-per-address",
            )
    arn = _write(aws, acl, requests)
    for stage in stages:
        if taken[stage] is None:
            associate = partial(
                aws.firewall.associate_web_acl, WebACLArn=arn, ResourceArn=stage.arn(aws)
            )
            retried(associate, "retry your request", _DELAYS_S, sleep)
    found = _find(aws)
    limit = found and _read(aws, found)["WebACL"]["Rules"][0]["Statement"]["RateBasedStatement"]
    if (
        not limit
        or limit["Limit"] != requests
        or {_arn_at(aws, stage) for stage in stages} != {arn}
    ):
        raise JobError(f"web ACL {aws.names.base} is not as it was set", hint="run harden again")


def leftovers(aws: Aws) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what to delete before the web app: its name, and the call that deletes it."""
    acl = _find(aws)
    if acl:
        yield f"web ACL {aws.names.base}", partial(_remove, aws, acl)


def _write(aws: Aws, acl: Any, requests: int) -> str:
    """Create or update the web ACL; return its ARN."""
    seen: VisibilityConfigTypeDef = {
        "SampledRequestsEnabled": True,
        "CloudWatchMetricsEnabled": True,
        "MetricName": aws.names.base,
    }
    rule: RuleUnionTypeDef = {
        "Name": "requests-per-address",
        "Priority": 0,
        "Statement": {"RateBasedStatement": {"Limit": requests, "AggregateKeyType": "IP"}},
        "Action": {"Block": {}},
        "VisibilityConfig": seen,
    }
    content: dict[str, Any] = {
        "Name": aws.names.base,
        "Scope": _SCOPE,
        "DefaultAction": {"Allow": {}},
        "Rules": [rule],
        "VisibilityConfig": seen,
    }
    if acl is None:
        made = aws.firewall.create_web_acl(**content, Tags=aws.names.tag_list)  # type: ignore[arg-type]
        return made["Summary"]["ARN"]
    token = _read(aws, acl)["LockToken"]
    aws.firewall.update_web_acl(**content, Id=acl["Id"], LockToken=token)
    arn: str = acl["ARN"]
    return arn


def _find(aws: Aws) -> Any:
    """Return the stage's web ACL in AWS's list, None if there is none."""
    marker: dict[str, str] = {}
    while True:
        page = aws.firewall.list_web_acls(Scope=_SCOPE, **marker)  # type: ignore[arg-type]
        for item in page["WebACLs"]:
            if item["Name"] == aws.names.base:
                return item
        if not page.get("NextMarker"):
            return None
        marker = {"NextMarker": page["NextMarker"]}


def _read(aws: Aws, acl: Any) -> Any:
    return aws.firewall.get_web_acl(Name=acl["Name"], Scope=_SCOPE, Id=acl["Id"])


def _arn_at(aws: Aws, stage: ApiStage) -> str | None:
    found = aws.firewall.get_web_acl_for_resource(ResourceArn=stage.arn(aws)).get("WebACL")
    return found["ARN"] if found else None


def _remove(aws: Aws, acl: Any) -> None:
    for stage in (stage for api in rest_apis(aws) for stage in find_stages(aws, api)):
        if _arn_at(aws, stage) == acl["ARN"]:
            aws.firewall.disassociate_web_acl(ResourceArn=stage.arn(aws))
    token = _read(aws, acl)["LockToken"]
    aws.firewall.delete_web_acl(Name=acl["Name"], Scope=_SCOPE, Id=acl["Id"], LockToken=token)
