"""The names and tags of AWS resources, all derived from the stage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

Stage = Literal["local", "dev", "prod"]
STAGES: tuple[Stage, ...] = get_args(Stage)
Action = Literal["create", "update", "unchanged"]  # what a step does to a resource
PROJECT = "movie-sentiment"

# prefixes in the bucket
DATASETS = "datasets"
CODE = "code"
JOBS = "jobs"
CHECKPOINTS = "checkpoints"
MODELS = "models"
IMAGE_SOURCES = "image-sources"
BULK = "bulk"  # what batch transform and processing jobs read and write
WEB_APP_RECORD = "web/deployed.json"  # by which Chalice knows what it deployed

TRAINING_LOG_GROUP = "/aws/sagemaker/TrainingJobs"
TRANSFORM_LOG_GROUP = "/aws/sagemaker/TransformJobs"
PROCESSING_LOG_GROUP = "/aws/sagemaker/ProcessingJobs"


@dataclass(frozen=True)
class Names:
    """The names of one stage's resources in one account and region.

    >>> names = Names("dev", account="123456789012", region="eu-west-1")
    >>> names.bucket
    'movie-sentiment-dev-123456789012-eu-west-1'
    >>> names.role, names.endpoint
    ('movie-sentiment-dev-sagemaker', 'movie-sentiment-dev')
    """

    stage: Stage
    account: str
    region: str
    partition: str = "aws"

    @property
    def base(self) -> str:
        return f"{PROJECT}-{self.stage}"

    @property
    def bucket(self) -> str:
        return f"{self.base}-{self.account}-{self.region}"

    @property
    def role(self) -> str:
        return f"{self.base}-sagemaker"

    @property
    def endpoint(self) -> str:
        return self.base

    @property
    def web_app(self) -> str:
        """The Lambda function that `chalice deploy --stage STAGE` creates."""
        return self.base

    @property
    def web_app_role(self) -> str:
        """The role that Chalice creates for the function."""
        return f"{self.web_app}-api_handler"

    @property
    def web_app_log_group(self) -> str:
        return f"/aws/lambda/{self.web_app}"

    @property
    def access_log_group(self) -> str:
        """API Gateway's log of the web app's requests."""
        return f"/aws/apigateway/{self.web_app}"

    @property
    def feedback_table(self) -> str:
        return f"{self.base}-feedback"

    @property
    def endpoint_log_group(self) -> str:
        return f"/aws/sagemaker/Endpoints/{self.endpoint}"

    @property
    def error_alarm(self) -> str:
        """The alarm that rolls back an update of the endpoint."""
        return f"{self.endpoint}-errors"

    @property
    def model_group(self) -> str:
        """The model registry's group of this stage's models."""
        return self.base

    @property
    def expiry(self) -> str:
        """The schedule that deletes the endpoint, and the role that it has."""
        return f"{self.base}-expiry"

    @property
    def bucket_arn(self) -> str:
        return f"arn:{self.partition}:s3:::{self.bucket}"

    @property
    def role_arn(self) -> str:
        return self.arn_of_role(self.role)

    def arn_of_role(self, role: str) -> str:
        """Return the ARN of a role of this account by its name."""
        return f"arn:{self.partition}:iam::{self.account}:role/{role}"

    @property
    def repository(self) -> str:
        """The ECR repository of our serving image."""
        return f"{self.base}-serving"

    @property
    def image_project(self) -> str:
        """The CodeBuild project that builds our serving image."""
        return f"{self.base}-image"

    @property
    def image_log_group(self) -> str:
        return f"/aws/codebuild/{self.image_project}"

    @property
    def image_role(self) -> str:
        return f"{self.base}-image-build"

    @property
    def github_role(self) -> str:
        """The role of the workflow that releases to the stage."""
        return f"{self.base}-github"

    @property
    def registry(self) -> str:
        """The account's ECR registry."""
        suffix = "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"
        return f"{self.account}.dkr.ecr.{self.region}.{suffix}"

    @property
    def tags(self) -> dict[str, str]:
        return {"project": PROJECT, "stage": self.stage}

    @property
    def tag_list(self) -> list[dict[str, str]]:
        """The tags in the form of AWS's requests."""
        return [{"Key": key, "Value": value} for key, value in self.tags.items()]

    def uri(self, key: str) -> str:
        """Return the S3 URI of a key in the bucket."""
        return f"s3://{self.bucket}/{key}"

    def job(self, started_at: float, nonce: str) -> str:
        """Return a training job's name: its start (seconds since 1970) and four hex digits.

        >>> Names("dev", "123456789012", "eu-west-1").job(0, "beef")
        'movie-sentiment-dev-19700101-000000-beef'
        """
        moment = datetime.fromtimestamp(started_at, UTC)
        return f"{self.base}-{moment:%Y%m%d-%H%M%S}-{nonce}"

    def revision(self, fingerprint: str) -> str:
        """Return the name of a revision's model and endpoint configuration."""
        return f"{self.endpoint}-{fingerprint}"

    def owns(self, tags: dict[str, str]) -> bool:
        """Return whether a resource with these tags belongs to this stage."""
        return self.tags.items() <= tags.items()
