"""What a half-failed run leaves: teardown finds it by its tags, in every region asked."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sagemaker_jobs.aws import web_app
from sagemaker_jobs.aws.log_groups import log_group_exists
from sagemaker_jobs.aws.names import WEB_APP_RECORD
from sagemaker_jobs.aws.session import Aws, connect
from sagemaker_jobs.steps.setup import setup
from sagemaker_jobs.steps.teardown import teardown
from sagemaker_jobs.terminal import Ui
from tests.support.chalice_project import copy_of_web_app
from tests.support.pipeline import call_step

REGIONS = ("sa-east-1", "ap-southeast-2")
pytestmark = pytest.mark.filterwarnings("ignore:S3 key was not disposed of in time:ResourceWarning")


@pytest.fixture
def environment(aws_environment: dict[str, str]) -> dict[str, str]:
    return {**aws_environment, "STAGE": "dev", "AWS_DEFAULT_REGION": REGIONS[0]}


@pytest.fixture
def aws(environment: dict[str, str], ui: Ui) -> Iterator[Aws]:
    """The stage dev in a region that no other test uses."""
    place = connect("dev", REGIONS[0], {**os.environ, **environment})
    yield place
    teardown(place, confirmed=True, ui=ui)
    gc.collect()  # moto warns when deleted objects are collected: let it do so here


def test_what_has_the_tags_and_another_name_is_removed(aws: Aws, ui: Ui) -> None:
    """A log group, an alarm and a REST API; what others made stays."""
    tags = aws.names.tag_list
    aws.logs.create_log_group(logGroupName="/theirs", tags={"project": "theirs"})
    aws.logs.create_log_group(logGroupName="/tried/by-hand", tags=aws.names.tags)
    aws.cloudwatch.put_metric_alarm(
        AlarmName="tried",
        Namespace="AWS/SageMaker",
        MetricName="Invocations",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Tags=tags,  # type: ignore[arg-type]
    )
    api = aws.gateway.create_rest_api(name="tried")["id"]
    arn = f"arn:aws:apigateway:{aws.region}::/restapis/{api}"
    aws.gateway.tag_resource(resourceArn=arn, tags=aws.names.tags)

    done = teardown(aws, confirmed=True, ui=ui)
    assert done.removed == (
        f"REST API {api}",
        "alarm tried",
        "log group /tried/by-hand",
    )
    assert (done.left, done.exit_code) == ((), 0)
    assert teardown(aws, confirmed=True, ui=ui).removed == ()
    assert log_group_exists(aws, "/theirs")
    aws.logs.delete_log_group(logGroupName="/theirs")


def test_a_web_app_whose_record_is_lost_is_removed(
    environment: dict[str, str], tmp_path: Path, aws: Aws, ui: Ui
) -> None:
    """Its function has the tags, and its policy names the REST API. CloudFormation's is left."""
    setup(aws, ui=ui)
    web_app.deploy(aws, ui=ui, project=copy_of_web_app(tmp_path))
    (api,) = web_app.rest_apis(aws)
    assert aws.gateway.get_rest_api(restApiId=api)["tags"] == aws.names.tags
    tags = aws.iam.get_role(RoleName=aws.names.web_app_role)["Role"]["Tags"]
    assert aws.names.owns({tag["Key"]: tag["Value"] for tag in tags})
    (group,) = aws.logs.describe_log_groups(logGroupNamePrefix=aws.names.web_app_log_group)[
        "logGroups"
    ]
    assert group["retentionInDays"] == 30
    aws.s3.delete_object(Bucket=aws.names.bucket, Key=WEB_APP_RECORD)

    function = aws.functions.get_function(FunctionName=aws.names.web_app)["Configuration"]
    stack = {"aws:cloudformation:stack-name": "movie-sentiment-dev"}
    aws.functions.tag_resource(Resource=function["FunctionArn"], Tags=stack)
    done = call_step("teardown", "--yes", "--keep-bucket", environment=environment)
    assert done.exit_code == 1
    assert "left, and billed: the web app: function movie-sentiment-dev" in done.out
    aws.functions.untag_resource(Resource=function["FunctionArn"], TagKeys=list(stack))

    removed = teardown(aws, confirmed=True, ui=ui).removed
    assert removed[:2] == (
        "web app movie-sentiment-dev",
        f"log group {aws.names.web_app_log_group}",
    )
    assert not web_app.exists(aws)
    assert aws.gateway.get_rest_apis()["items"] == []
    roles = [role["RoleName"] for role in aws.iam.list_roles()["Roles"]]
    assert aws.names.web_app_role not in roles


def test_every_region_asked_is_cleaned(environment: dict[str, str], aws: Aws, ui: Ui) -> None:
    """One command; each resource is named with its region."""
    far = connect("dev", REGIONS[1], {**os.environ, **environment})
    for place in (aws, far):
        setup(place, ui=ui)
    both = ("--region", REGIONS[0], "--region", REGIONS[1])
    planned = call_step("teardown", *both, "--dry-run", "--json", environment=environment).json
    done = call_step("teardown", *both, "--yes", "--json", environment=environment).json
    buckets = [f"bucket {place.names.bucket} and its content" for place in (aws, far)]
    for thing, region in zip(buckets, REGIONS, strict=True):
        assert f"{thing} ({region})" in planned["removed"]
        assert f"{thing} ({region})" in done["removed"]
    assert (
        call_step("teardown", *both, "--yes", "--json", environment=environment).json["removed"]
        == []
    )


def test_what_costs_and_is_left_fails_the_command(
    environment: dict[str, str], aws: Aws, ui: Ui
) -> None:
    """A bucket without our tags, and one of another name that has them: neither is emptied."""
    bucket = setup(aws, ui=ui).bucket
    tags = aws.s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
    aws.s3.delete_bucket_tagging(Bucket=bucket)
    place = {"LocationConstraint": REGIONS[0]}
    aws.s3.create_bucket(Bucket="another-bucket", CreateBucketConfiguration=place)  # type: ignore[arg-type]
    aws.s3.put_bucket_tagging(Bucket="another-bucket", Tagging={"TagSet": tags})

    done = call_step("teardown", "--yes", environment=environment)
    assert done.exit_code == 1
    assert f"left, and billed: bucket {bucket}, which does not carry the stage's tags" in done.out
    assert "left, and billed: s3 another-bucket, which no step created" in done.out
    assert call_step("teardown", "--dry-run", environment=environment).exit_code == 0
    aws.s3.delete_bucket(Bucket="another-bucket")
    aws.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})


def test_a_kept_bucket_is_not_a_failure(environment: dict[str, str], aws: Aws, ui: Ui) -> None:
    """It was asked for."""
    setup(aws, ui=ui)
    done = call_step("teardown", "--yes", "--keep-bucket", environment=environment)
    assert done.exit_code == 0
    assert "kept by --keep-bucket" in done.out
