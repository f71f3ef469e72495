"""A stage in AWS: its names, and clients that are created on first use."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from sagemaker_jobs.aws.names import Names, Stage
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.aws.urls import is_loopback, read_address
from sagemaker_jobs.errors import InvalidSetting, NoRegion

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient
    from mypy_boto3_budgets import BudgetsClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_codebuild import CodeBuildClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_resourcegroupstaggingapi import ResourceGroupsTaggingAPIClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_wafv2 import WAFV2Client

_INVOKE_TIMEOUT_S = 70  # SageMaker itself gives a model 60
_CONNECTIONS = 16


def connect(stage: Stage, region: str | None, environ: Mapping[str, str]) -> Aws:
    """Return the stage in the region given or configured, without calling AWS.

    Raises:
        NoRegion: no region is given or configured.
        InvalidSetting: AWS_ENDPOINT_URL is malformed, or unset for the stage `local`.
    """
    import boto3

    if stage == "local" and not environ.get("AWS_ENDPOINT_URL"):
        raise InvalidSetting(
            "the stage local needs local_aws, but AWS_ENDPOINT_URL is not set",
            hint="start python -m local_aws and paste its export lines, or choose --stage dev",
        )
    bypass_proxies = _is_local(environ.get("AWS_ENDPOINT_URL", ""))
    with translated():
        # boto3, and so Chalice, reads AWS_DEFAULT_REGION only; Lambda and other SDKs AWS_REGION
        named = environ.get("AWS_DEFAULT_REGION") or environ.get("AWS_REGION")
        session = boto3.Session(region_name=region or named or None)
    if not session.region_name:
        raise NoRegion("no AWS region is chosen", hint="pass --region, or set AWS_DEFAULT_REGION")
    options = f"--stage {stage}"
    if region and region != named:
        options += f" --region {region}"
    return Aws(session, stage, options=options, bypass_proxies=bypass_proxies)


def _is_local(endpoint_url: str) -> bool:
    """Return whether there is an address and it leads to this machine.

    Raises:
        InvalidSetting: botocore does not accept the address.
    """
    from botocore.utils import is_valid_endpoint_url, is_valid_ipv6_endpoint_url

    if not endpoint_url:
        return False
    address = read_address(endpoint_url)
    if address and (
        is_valid_endpoint_url(endpoint_url) or is_valid_ipv6_endpoint_url(endpoint_url)
    ):
        return is_loopback(address)
    meant = "http://127.0.0.1:4566" if "://" in endpoint_url else f"http://{endpoint_url}"
    raise InvalidSetting(
        f"AWS_ENDPOINT_URL={endpoint_url} is not an http address",
        hint=f"export AWS_ENDPOINT_URL={meant}, or unset it to use AWS",
    )


class Aws:
    """Clients of one session, the names of one stage, and the options that select it."""

    def __init__(
        self,
        session: boto3.Session,
        stage: Stage,
        *,
        options: str = "",
        bypass_proxies: bool = False,
    ) -> None:
        self.session = session
        self.options = options or f"--stage {stage}"
        self._bypass_proxies = bypass_proxies
        self.stage: Stage = stage
        self.region: str = session.region_name

    @cached_property
    def names(self) -> Names:
        """Return the stage's names; the first call asks AWS for the account."""
        account = self.session.client("sts", config=self._config).get_caller_identity()["Account"]
        partition = self.session.get_partition_for_region(self.region)
        return Names(self.stage, account, self.region, partition)

    @cached_property
    def s3(self) -> S3Client:
        return self.session.client("s3", config=self._config)

    @cached_property
    def ecr(self) -> ECRClient:
        return self.session.client("ecr", config=self._config)

    @cached_property
    def codebuild(self) -> CodeBuildClient:
        return self.session.client("codebuild", config=self._config)

    @cached_property
    def cloudwatch(self) -> CloudWatchClient:
        return self.session.client("cloudwatch", config=self._config)

    @cached_property
    def iam(self) -> IAMClient:
        return self.session.client("iam", config=self._config)

    @cached_property
    def kms(self) -> KMSClient:
        return self.session.client("kms", config=self._config)

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        return self.session.client("logs", config=self._config)

    @cached_property
    def billing_cloudwatch(self) -> CloudWatchClient:
        """The client of the one region that has metrics of the account's bill."""
        return self.session.client("cloudwatch", region_name="us-east-1", config=self._config)

    @cached_property
    def scheduler(self) -> EventBridgeSchedulerClient:
        return self.session.client("scheduler", config=self._config)

    @cached_property
    def tagging(self) -> ResourceGroupsTaggingAPIClient:
        return self.session.client("resourcegroupstaggingapi", config=self._config)

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        return self.session.client("dynamodb", config=self._config)

    @cached_property
    def scaling(self) -> ApplicationAutoScalingClient:
        return self.session.client("application-autoscaling", config=self._config)

    @cached_property
    def functions(self) -> LambdaClient:
        return self.session.client("lambda", config=self._config)

    @cached_property
    def gateway(self) -> APIGatewayClient:
        return self.session.client("apigateway", config=self._config)

    @cached_property
    def firewall(self) -> WAFV2Client:
        return self.session.client("wafv2", config=self._config)

    @cached_property
    def budgets(self) -> BudgetsClient:
        return self.session.client("budgets", config=self._config)

    @cached_property
    def sagemaker(self) -> SageMakerClient:
        return self.session.client("sagemaker", config=self._config)

    @cached_property
    def runtime(self) -> SageMakerRuntimeClient:
        return self.session.client("sagemaker-runtime", config=self._config)

    @property
    def _config(self) -> Config:
        from botocore.config import Config

        return Config(
            retries={"mode": "standard", "total_max_attempts": 4},
            connect_timeout=10,
            read_timeout=_INVOKE_TIMEOUT_S,
            max_pool_connections=_CONNECTIONS,
            # botocore sends even requests to this machine through HTTP_PROXY
            proxies={} if self._bypass_proxies else None,
        )
