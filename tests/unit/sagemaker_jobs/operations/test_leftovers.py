"""The tag search, as it answers and as it refuses."""

from types import SimpleNamespace
from typing import Any, cast

from botocore.exceptions import ClientError

from sagemaker_jobs.aws.names import Names
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.operations.leftovers import find_leftovers
from sagemaker_jobs.operations.removal import Left

NAMES = Names("dev", "123456789012", "eu-west-1")
PLACE = "eu-west-1:123456789012"


def found(*arns: str, error: str | None = None) -> list[Any]:
    """Return what is left over if the tag search finds these ARNs, or refuses."""

    def paginate(**_: object) -> list[dict[str, Any]]:
        if error:
            what: Any = {"Error": {"Code": error, "Message": "not allowed"}}
            raise ClientError(what, "GetResources")
        return [{"ResourceTagMappingList": [{"ResourceARN": arn} for arn in arns]}]

    tagging = SimpleNamespace(get_paginator=lambda _: SimpleNamespace(paginate=paginate))
    return list(find_leftovers(cast("Aws", SimpleNamespace(names=NAMES, tagging=tagging)), ()))


def test_records_that_cost_nothing_are_not_left() -> None:
    """AWS keeps jobs and model packages; names find the bucket, the table and the web app."""
    names = (
        "sagemaker:{}:training-job/x",
        "sagemaker:{}:model-package/x/1",
        "codebuild:{}:project/movie-sentiment-dev-image",
        "dynamodb:{}:table/movie-sentiment-dev-feedback",
        "lambda:{}:function:movie-sentiment-dev",
        "logs:{}:log-group:/aws/lambda/movie-sentiment-dev",
    )
    arns = [f"arn:aws:{name.format(PLACE)}" for name in names]
    assert found(*arns, f"arn:aws:s3:::{NAMES.bucket}") == []


def test_what_no_step_creates_is_reported_as_billed() -> None:
    """A notebook has the tags, say: only a person knows what it is for."""
    arn = f"arn:aws:sagemaker:{PLACE}:notebook-instance/mine"
    assert found(arn) == [Left(f"{arn}, which no step created", costs=True)]


def test_a_search_that_is_denied_does_not_stop_a_teardown() -> None:
    """Names find the rest; the exit code says that something may be left."""
    (left,) = found(error="AccessDeniedException")
    assert left.costs
    assert "AWS denied GetResources" in left.what
