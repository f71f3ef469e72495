"""The steps in six regions of three partitions: AWS, China and GovCloud."""

import os
from pathlib import Path

import pytest

from sagemaker_jobs.aws.images import training_image
from sagemaker_jobs.aws.session import connect
from sagemaker_jobs.steps.teardown import teardown
from sagemaker_jobs.terminal import Ui
from sagemaker_jobs.training.job_request import TrainingSettings, job_request
from tests.support.local_aws.legal_requests import find_faults
from tests.support.local_aws.toy_models import toy_model
from tests.support.pipeline import call_step

PARTITIONS = {
    "us-east-2": "aws",
    "eu-central-2": "aws",
    "ap-south-2": "aws",
    "af-south-1": "aws",
    "cn-north-1": "aws-cn",
    "us-gov-west-1": "aws-us-gov",
}


@pytest.mark.parametrize("region", PARTITIONS)
def test_the_steps_requests_are_legal_there(
    region: str, aws_environment: dict[str, str], dataset: Path, tmp_path: Path, ui: Ui
) -> None:
    """The account's ARNs too: they begin with the partition."""
    environment = {**aws_environment, "STAGE": "dev", "AWS_DEFAULT_REGION": region}
    aws = connect("dev", region, {**os.environ, **environment})
    artifact = toy_model(tmp_path, "toy")
    try:
        for command in (
            ("setup",),
            ("upload", "--data", dataset),
            *(
                ("deploy", "--artifact", artifact, "--no-smoke-test", "--image", "any", *more)
                for more in (("--expires", "8h"), ("--max-instances", 2))
            ),
            ("watch", "apply"),
            ("costs",),
            ("status",),
        ):
            answer = call_step(*command, environment=environment)
            assert answer.exit_code == 0, answer.err
        image = training_image(region, "ml.m5.2xlarge", ui=ui)
        settings = TrainingSettings(image, aws.names.uri("datasets/a"), aws.names.arn_of_role("a"))
        request = job_request(aws, "job", settings, aws.names.uri("code/a"))
        shape = aws.sagemaker.meta.service_model.operation_model("CreateTrainingJob").input_shape
        assert shape is not None
        assert [*find_faults(shape, request)] == []
        (model,) = aws.sagemaker.list_models(NameContains="movie-sentiment-dev")["Models"]
        assert model["ModelArn"].split(":")[1:4] == [PARTITIONS[region], "sagemaker", region]
    finally:
        removed = teardown(aws, confirmed=True, ui=ui).removed
    assert f"bucket {aws.names.bucket} and its content" in removed
