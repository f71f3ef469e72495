"""What clients rely on in local_aws's SageMaker API: refusals in AWS's words, tags, pages."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import LocalAws
from tests.support.local_aws.toys import BUCKET, ToyAccount, new_name


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]


@pytest.mark.parametrize(
    ("operation", "arguments", "message"),
    [
        ("describe_training_job", {"TrainingJobName": "no"}, "Requested resource not found."),
        ("stop_training_job", {"TrainingJobName": "no"}, "Requested resource not found."),
        ("describe_transform_job", {"TransformJobName": "no"}, "Requested resource not found."),
        ("describe_endpoint", {"EndpointName": "no"}, "Could not find endpoint"),
        ("delete_endpoint", {"EndpointName": "no"}, "Could not find endpoint"),
        ("describe_model", {"ModelName": "no"}, "Could not find model"),
        ("delete_model", {"ModelName": "no"}, "Could not find model"),
        (
            "describe_endpoint_config",
            {"EndpointConfigName": "no"},
            "Could not find endpoint configuration",
        ),
        ("create_endpoint", {"EndpointName": "e", "EndpointConfigName": "no"}, "Could not find"),
        (
            "list_tags",
            {"ResourceArn": "arn:aws:sagemaker:us-east-1:123456789012:model/no"},
            "Could not find resource",
        ),
    ],
)
def test_unknown_names_fail_as_on_aws(
    toys: ToyAccount, operation: str, arguments: dict[str, Any], message: str
) -> None:
    """A name that nothing has is a ValidationException with AWS's sentence."""
    with pytest.raises(ClientError, match=message) as refused:
        getattr(toys.sagemaker, operation)(**arguments)
    assert code_of(refused) == "ValidationException"


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("sagemaker", "list_hyper_parameter_tuning_jobs", {}),
        ("sagemaker", "describe_auto_ml_job_v2", {"AutoMLJobName": "a"}),
        ("sagemaker", "list_pipelines", {}),
        (
            "sagemaker-runtime",
            "invoke_endpoint_async",
            {"EndpointName": "e", "InputLocation": "s3://b/k"},
        ),
        ("iam", "get_organizations_access_report", {"JobId": "x" * 36}),
        ("logs", "list_integrations", {}),
        ("lambda", "get_account_settings", {}),
        ("apigateway", "get_sdk_types", {}),
        ("service-quotas", "list_service_quotas", {"ServiceCode": "sagemaker"}),
        ("qbusiness", "list_applications", {}),
    ],
)
def test_what_is_not_implemented_says_so(
    toys: ToyAccount, service: str, operation: str, arguments: dict[str, Any]
) -> None:
    """No silent success and no traceback: an AWS-shaped error with the words of a refusal."""
    with pytest.raises(ClientError, match="local_aws does not implement") as refused:
        getattr(toys.other(service), operation)(**arguments)
    assert code_of(refused) == "NotImplemented"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        (
            {
                "ResourceConfig": {
                    "InstanceType": "ml.m9z.huge",
                    "InstanceCount": 1,
                    "VolumeSizeInGB": 1,
                }
            },
            "ValidationException",
            "Value 'ml.m9z.huge' at 'resourceConfig.instanceType' failed to satisfy constraint",
        ),
        (
            {
                "ResourceConfig": {
                    "InstanceType": "ml.p5.48xlarge",
                    "InstanceCount": 1,
                    "VolumeSizeInGB": 1,
                }
            },
            "ResourceLimitExceeded",
            "The account-level service limit 'ml.p5.48xlarge for training job usage' is 0",
        ),
        (
            {"TrainingJobName": "under_score"},
            "ValidationException",
            "at 'trainingJobName' failed to satisfy constraint: Member must satisfy regular",
        ),
        (
            {"RoleArn": "arn:aws:iam::123456789012:role/nobody"},
            "ValidationException",
            "Could not assume role arn:aws:iam::123456789012:role/nobody",
        ),
        (
            {"HyperParameters": {"epochs": "1"}},
            "NotImplemented",
            "training images without script mode",
        ),
        (
            {"EnableManagedSpotTraining": True},
            "ValidationException",
            "MaxWaitTimeInSeconds must be specified",
        ),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60}},
            "ValidationException",
            "only when EnableManagedSpotTraining",
        ),
        (
            {"OutputDataConfig": {"S3OutputPath": "https://bucket/path"}},
            "ValidationException",
            "https://bucket/path is not an S3 URI",
        ),
        (
            {
                "DebugRuleConfigurations": [
                    {"RuleConfigurationName": "r", "RuleEvaluatorImage": "i"}
                ]
            },
            "NotImplemented",
            "training jobs with DebugRuleConfigurations",
        ),
    ],
)
def test_a_bad_training_request_is_refused_before_it_starts(
    toys: ToyAccount, changes: dict[str, Any], code: str, message: str
) -> None:
    """Names, instance types, quotas, roles and unsupported features are checked at once."""
    before = newest_jobs(toys)
    with pytest.raises(ClientError, match=message) as refused:
        toys.train(**changes)
    assert code_of(refused) == code
    assert newest_jobs(toys) == before


def newest_jobs(toys: ToyAccount) -> list[str]:
    """Names of at most ten."""
    listed = toys.sagemaker.list_training_jobs(MaxResults=10)["TrainingJobSummaries"]
    return [job["TrainingJobName"] for job in listed]


def test_names_are_taken_once(toys: ToyAccount) -> None:
    """A second job, model or configuration of a name is refused with AWS's code for it."""
    job = toys.train(
        {"sagemaker_submit_directory": '"s3://toy-bucket/missing.tar.gz"'},
    )
    with pytest.raises(ClientError, match="Training job names must be unique") as refused:
        toys.train(TrainingJobName=job)
    assert code_of(refused) == "ResourceInUse"
    model = toys.model("one")
    container = {"Image": "i", "ModelDataUrl": f"s3://{BUCKET}/models/{model}/model.tar.gz"}
    with pytest.raises(ClientError, match="Cannot create already existing model"):
        toys.sagemaker.create_model(
            ModelName=model,
            ExecutionRoleArn=toys.role,
            PrimaryContainer=container,  # type: ignore[arg-type]
        )
    with pytest.raises(ClientError, match="Could not find model data at s3://"):
        toys.model("one", ModelDataUrl=f"s3://{BUCKET}/never/uploaded.tar.gz")
    assert toys.finished_job(job)["TrainingJobStatus"] == "Failed"


def test_a_role_that_iam_does_not_know_is_refused_in_each_operations_words(
    toys: ToyAccount,
) -> None:
    """CreateModel says it otherwise than CreateTrainingJob."""
    nobody = "arn:aws:iam::123456789012:role/nobody"
    with pytest.raises(ClientError) as refused:
        toys.sagemaker.create_model(
            ModelName=new_name("model"),
            ExecutionRoleArn=nobody,
            PrimaryContainer={"Image": "i", "ModelDataUrl": f"s3://{BUCKET}/source.tar.gz"},
        )
    assert code_of(refused) == "ValidationException"
    assert refused.value.response["Error"]["Message"] == (
        f'The execution role ARN "{nobody}" is invalid. Please ensure that the role exists and '
        'that its trust relationship policy allows the action "sts:AssumeRole" for the service '
        'principal "sagemaker.amazonaws.com".'
    )


@pytest.mark.parametrize(
    ("variant", "message"),
    [
        ({"InstanceType": "ml.nonsense", "InitialInstanceCount": 1}, "productionVariants.1.member"),
        ({"ServerlessConfig": {"MemorySizeInMB": 1500, "MaxConcurrency": 1}}, "MemorySizeInMB"),
        ({"InstanceType": "ml.p5.48xlarge", "InitialInstanceCount": 1}, "for endpoint usage"),
        ({"InitialInstanceCount": 1}, "exactly one of InstanceType and ServerlessConfig"),
    ],
)
def test_a_bad_variant_is_refused(toys: ToyAccount, variant: dict[str, Any], message: str) -> None:
    """Endpoint configurations check instance types, serverless sizes and quotas."""
    with pytest.raises(ClientError, match=message):
        toys.config(toys.model("one"), **variant)


def test_descriptions_hold_no_empty_structures(toys: ToyAccount) -> None:
    """Readers with strict models (the SageMaker SDK's) choke on {}: none is ever sent."""
    model = toys.model("one", Environment={})
    config = toys.config(model)
    for answer in (
        toys.sagemaker.describe_model(ModelName=model),
        toys.sagemaker.describe_endpoint_config(EndpointConfigName=config),
    ):
        members = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
        assert [name for name, value in members.items() if value in ({}, [], None)] == []


def test_the_sagemaker_sdk_reads_what_it_created(
    toys: ToyAccount, aws_environment: dict[str, str]
) -> None:
    """sagemaker-core's resource classes create and read a model through AWS_ENDPOINT_URL alone."""
    from sagemaker.core.resources import Model
    from sagemaker.core.shapes import ContainerDefinition

    assert aws_environment["AWS_ENDPOINT_URL"] == toys.url
    stored = toys.model("one")
    name = new_name("sdk-model")
    Model.create(
        model_name=name,
        primary_container=ContainerDefinition(
            image="an-image", model_data_url=f"s3://{BUCKET}/models/{stored}/model.tar.gz"
        ),
        execution_role_arn=toys.role,
    )
    found = Model.get(model_name=name)
    assert found.primary_container.image == "an-image"
    found.delete()
    with pytest.raises(ClientError, match="Could not find model"):
        toys.sagemaker.describe_model(ModelName=name)


def test_lists_come_in_pages_and_filtered(toys: ToyAccount) -> None:
    """NameContains filters, MaxResults cuts, the paginator finds all, newest first."""
    stem = new_name("paged")
    model = toys.model("one")
    names = [f"{stem}-{n}" for n in range(12)]
    for name in names:
        toys.sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[
                {
                    "VariantName": "v",
                    "ModelName": model,
                    "InstanceType": "ml.m5.large",
                    "InitialInstanceCount": 1,
                }
            ],
        )
    first = toys.sagemaker.list_endpoint_configs(NameContains=stem)
    assert len(first["EndpointConfigs"]) == 10
    pages = toys.sagemaker.get_paginator("list_endpoint_configs").paginate(NameContains=stem)
    found = [entry["EndpointConfigName"] for page in pages for entry in page["EndpointConfigs"]]
    assert found == names[::-1]


def test_tags_are_kept_and_found_by_the_tagging_api(toys: ToyAccount) -> None:
    """Model, bucket and role tags can be listed, changed, and searched across services."""
    stage = new_name("stage")
    tags = [{"Key": "project", "Value": "toy"}, {"Key": "stage", "Value": stage}]
    model = toys.model("one")
    arn = toys.sagemaker.describe_model(ModelName=model)["ModelArn"]
    toys.sagemaker.add_tags(ResourceArn=arn, Tags=tags)  # type: ignore[arg-type]
    toys.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "owner", "Value": "me"}])
    toys.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["owner"])
    assert toys.sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags
    bucket = new_name("tagged")
    toys.s3.create_bucket(Bucket=bucket)
    toys.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})  # type: ignore[typeddict-item]
    role = toys.iam.create_role(RoleName=new_name("r"), AssumeRolePolicyDocument="{}", Tags=tags)  # type: ignore[arg-type]
    assert toys.iam.list_role_tags(RoleName=role["Role"]["RoleName"])["Tags"] == tags

    search = toys.other("resourcegroupstaggingapi")
    found = search.get_resources(TagFilters=[{"Key": "stage", "Values": [stage]}])
    arns = {entry["ResourceARN"] for entry in found["ResourceTagMappingList"]}
    assert {arn, f"arn:aws:s3:::{bucket}"} <= arns
    search.untag_resources(ResourceARNList=[arn], TagKeys=["stage"])
    assert toys.sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags[:1]
    toys.sagemaker.delete_model(ModelName=model)
    with pytest.raises(ClientError, match="Could not find resource"):
        toys.sagemaker.list_tags(ResourceArn=arn)


def test_the_environment_redirects_any_client(
    local_aws_server: LocalAws, aws_environment: dict[str, str]
) -> None:
    """The variables name the URL, test credentials and a region; nothing else is needed."""
    assert aws_environment == local_aws_server.environment
    assert aws_environment["AWS_ENDPOINT_URL"] == local_aws_server.url
    assert aws_environment["AWS_DEFAULT_REGION"] == aws_environment["AWS_REGION"] == "us-east-1"
