"""The stage's web app: deployed and deleted by Chalice, whose record is kept in the bucket."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

from sagemaker_jobs.aws import bucket
from sagemaker_jobs.aws.log_groups import ensure_log_group
from sagemaker_jobs.aws.names import WEB_APP_RECORD
from sagemaker_jobs.aws.role import remove_role
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none
from sagemaker_jobs.aws.urls import is_loopback, read_address
from sagemaker_jobs.errors import ChaliceFailed, NotThere
from sagemaker_jobs.paths import WEB_APP
from sagemaker_jobs.terminal import Ui

_GATEWAY_STAGE = "prod"  # api_gateway_stage in .chalice/config.json
_API = re.compile(r":execute-api:[\w-]+:\d+:(\w+)/")  # in an ARN


def exists(aws: Aws) -> bool:
    """Return whether the stage's web app is deployed."""
    return or_none(lambda: aws.functions.get_function(FunctionName=aws.names.web_app)) is not None


def is_own(aws: Aws) -> bool:
    """Return whether the function carries the stage's tags, and no CloudFormation stack owns it."""
    found = or_none(lambda: aws.functions.get_function(FunctionName=aws.names.web_app))
    tags = found.get("Tags", {}) if found else {}
    return aws.names.owns(tags) and "aws:cloudformation:stack-name" not in tags


def rest_apis(aws: Aws) -> list[str]:
    """Return the REST APIs that may call the web app."""
    answer = or_none(lambda: aws.functions.get_policy(FunctionName=aws.names.web_app))
    return sorted(set(_API.findall(answer["Policy"]))) if answer else []


def urls(aws: Aws) -> list[str]:
    """Return the addresses of the web app: one, unless it was deployed without its record."""
    service = aws.functions.meta.endpoint_url
    address = read_address(service)
    if address and is_loopback(address):
        form = service.rstrip("/") + f"/restapis/{{}}/{_GATEWAY_STAGE}/_user_request_/"
    else:
        suffix = "amazonaws.com.cn" if aws.names.partition == "aws-cn" else "amazonaws.com"
        form = f"https://{{}}.execute-api.{aws.region}.{suffix}/{_GATEWAY_STAGE}/"
    return [form.format(api) for api in rest_apis(aws)]


def has_record(aws: Aws) -> bool:
    """Return whether Chalice's record of the web app is in the bucket."""
    return bucket.exists(aws) and _read_record(aws) is not None


def deploy(aws: Aws, *, ui: Ui, project: Path = WEB_APP) -> list[str]:
    """Deploy or update the web app with Chalice, keep its record, and return its addresses.

    Raises:
        NotThere: the stage has no bucket, or the web app exists and nobody has its record.
        ChaliceFailed: Chalice failed; its output was shown.
    """
    bucket.require_bucket(aws)
    record = _fetch_record(aws, project)
    if not record.exists() and exists(aws):
        raise NotThere(
            f"the web app {aws.names.web_app} exists, but Chalice's record of it is neither in the "
            f"bucket nor here ({record})",
            hint="copy the record from where you deployed it, or delete the function and its REST "
            f"API {', '.join(rest_apis(aws))} in the console, and repeat",
        )
    ensure_log_group(aws, aws.names.web_app_log_group)
    try:
        _run_chalice(aws, "deploy", ui, project)
    finally:  # also of a deployment that failed in the middle
        if record.exists():
            aws.s3.put_object(Bucket=aws.names.bucket, Key=WEB_APP_RECORD, Body=record.read_bytes())
    _tag(aws)
    return urls(aws)


def delete(aws: Aws, *, ui: Ui, project: Path = WEB_APP) -> None:
    """Delete the web app with Chalice, and its record.

    Raises:
        NotThere: nobody has Chalice's record of the web app.
        ChaliceFailed: Chalice failed; its output was shown.
    """
    record = _fetch_record(aws, project)
    if not record.exists():
        raise NotThere(
            f"the stage's bucket holds no record of the web app {aws.names.web_app}",
            hint="run status to see whether it is deployed, or check --stage and --region",
        )
    _run_chalice(aws, "delete", ui, project)
    record.unlink(missing_ok=True)
    if bucket.exists(aws):
        aws.s3.delete_object(Bucket=aws.names.bucket, Key=WEB_APP_RECORD)


def delete_without_record(aws: Aws) -> None:
    """Delete the function, the REST APIs that may call it, and its role, without Chalice."""
    for api in rest_apis(aws):
        or_none(lambda api=api: aws.gateway.delete_rest_api(restApiId=api))  # type: ignore[misc]
    role = _role(aws)
    aws.functions.delete_function(FunctionName=aws.names.web_app)
    remove_role(aws, role)


def _role(aws: Aws) -> str:
    """Return the name of the function's role, which Chalice makes with it."""
    function = aws.functions.get_function_configuration(FunctionName=aws.names.web_app)
    return function["Role"].rpartition("/")[2]


def _tag(aws: Aws) -> None:
    """Tag what Chalice makes without tags: the REST API and the function's role."""
    for api in rest_apis(aws):
        arn = f"arn:{aws.names.partition}:apigateway:{aws.region}::/restapis/{api}"
        aws.gateway.tag_resource(resourceArn=arn, tags=aws.names.tags)
    aws.iam.tag_role(RoleName=_role(aws), Tags=cast("Any", aws.names.tag_list))


def _fetch_record(aws: Aws, project: Path) -> Path:
    """Write the bucket's record where Chalice reads it; return that place, empty or not.

    The record of another account or region is set aside.
    """
    place = project / ".chalice" / "deployed" / f"{aws.stage}.json"
    if place.exists() and not _is_of(aws, place):
        place.replace(place.with_suffix(".json.other"))
    kept = _read_record(aws) if bucket.exists(aws) else None
    if kept is not None:
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(kept)
    return place


def _read_record(aws: Aws) -> bytes | None:
    answer = or_none(lambda: aws.s3.get_object(Bucket=aws.names.bucket, Key=WEB_APP_RECORD))
    return answer and answer["Body"].read()


def _is_of(aws: Aws, place: Path) -> bool:
    """Return whether a record names functions of this account and region."""
    arn = f":lambda:{aws.region}:{aws.names.account}:"
    resources = json.loads(place.read_bytes()).get("resources", [])
    return all(arn in item.get("lambda_arn", arn) for item in resources)


def _run_chalice(aws: Aws, command: str, ui: Ui, project: Path) -> None:
    """Run Chalice's command in the project; show its output.

    Raises:
        ChaliceFailed: it failed.
    """
    program = "from chalice.cli import main; main()"
    with subprocess.Popen(  # noqa: S603 - Chalice, with arguments in a list
        [sys.executable, "-c", program, command, "--stage", aws.stage],
        cwd=project,
        env={**os.environ, "AWS_DEFAULT_REGION": aws.region},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        for line in process.stdout:
            ui.say(line.rstrip())
    if process.returncode != 0:
        raise ChaliceFailed(
            f"chalice {command} failed with code {process.returncode}",
            hint="read its output above, and repeat once the cause is gone",
        )
