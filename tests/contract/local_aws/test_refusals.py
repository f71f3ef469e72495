"""What local_aws's SageMaker API refuses, in AWS's words."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

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
        ("sagemaker", "search", {"Resource": "TrainingJob"}),
        ("sagemaker", "describe_auto_ml_job_v2", {"AutoMLJobName": "a"}),
        (
            "sagemaker",
            "start_pipeline_execution",
            {"PipelineName": "p", "ClientRequestToken": "x" * 32},
        ),
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
