"""A small AWS account on local_aws with toy programs in it, used through the real boto3."""

from __future__ import annotations

import io
import json
import tarfile
import uuid
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from tests.support.timeouts import until

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import (
        DescribeEndpointOutputTypeDef,
        DescribeTrainingJobResponseTypeDef,
        DescribeTransformJobResponseTypeDef,
    )

PROGRAMS = Path(__file__).parent / "programs"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["sagemaker.amazonaws.com", "lambda.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}
PERMISSIONS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:*", "logs:*"], "Resource": "*"}],
}
BUCKET = "toy-bucket"


def new_name(kind: str) -> str:
    """Return a name that no other test uses."""
    return f"{kind}-{uuid.uuid4().hex[:8]}"


def tar(files: Mapping[str, bytes]) -> bytes:
    """Return a .tar.gz with these files, which all may be executed."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o755
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def zipped(files: Mapping[str, str]) -> bytes:
    """Return a zip with these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


class ToyAccount:
    """Clients, a bucket, a role, and short ways to say what most tests need."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.connect(environment)
        self.fill()

    def connect(self, environment: Mapping[str, str]) -> None:
        """Make the clients of the account that the variables point at."""
        self.environment = dict(environment)
        session = boto3.Session(
            environment["AWS_ACCESS_KEY_ID"],
            environment["AWS_SECRET_ACCESS_KEY"],
            region_name=environment["AWS_DEFAULT_REGION"],
        )
        url = environment["AWS_ENDPOINT_URL"]
        config = Config(retries={"total_max_attempts": 1}, proxies={})
        self.url = url
        self.s3 = session.client("s3", endpoint_url=url, config=config)
        self.iam = session.client("iam", endpoint_url=url, config=config)
        self.logs = session.client("logs", endpoint_url=url, config=config)
        self.functions = session.client("lambda", endpoint_url=url, config=config)
        self.sagemaker = session.client("sagemaker", endpoint_url=url, config=config)
        self.runtime = session.client("sagemaker-runtime", endpoint_url=url, config=config)
        self.other: Callable[[str], Any] = lambda service: session.client(  # type: ignore[call-overload]
            service, endpoint_url=url, config=config
        )

    def fill(self) -> None:
        """Make the bucket with its files, and the role."""
        self.s3.create_bucket(Bucket=BUCKET)
        role = self.iam.create_role(
            RoleName=new_name("toy-role"), AssumeRolePolicyDocument=json.dumps(TRUST)
        )
        self.role: str = role["Role"]["Arn"]
        self.iam.put_role_policy(
            RoleName=role["Role"]["RoleName"],
            PolicyName="all-that-toys-need",
            PolicyDocument=json.dumps(PERMISSIONS),
        )
        self.put("data/one.txt", b"a wonderful film")
        self.put("data/deeper/two.txt", b"an awful film")
        self.put("source.tar.gz", tar({"train.py": (PROGRAMS / "train.py").read_bytes()}))

    def put(self, key: str, content: bytes) -> str:
        """Return the new object's URI."""
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=content)
        return f"s3://{BUCKET}/{key}"

    def get(self, uri: str) -> bytes:
        """Return an object's content."""
        bucket, key = uri.removeprefix("s3://").split("/", 1)
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    def unpacked(self, uri: str) -> dict[str, bytes]:
        """Return the files of a .tar.gz in S3."""
        with tarfile.open(fileobj=io.BytesIO(self.get(uri)), mode="r:gz") as archive:
            return {
                member.name: opened.read()
                for member in archive
                if (opened := archive.extractfile(member)) is not None
            }

    def keys(self, prefix: str) -> list[str]:
        listed = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return [entry["Key"] for entry in listed.get("Contents", [])]

    # ------------------------------------------------------------------ training

    def train(self, settings: Mapping[str, str] | None = None, **changes: Any) -> str:
        """Return the name of a started job: train.py with `settings` as hyperparameters."""
        name = new_name("job")
        request: dict[str, Any] = {
            "TrainingJobName": name,
            "RoleArn": self.role,
            "AlgorithmSpecification": {
                "TrainingImage": "an-image",
                "TrainingInputMode": "File",
                "MetricDefinitions": [
                    {"Name": "accuracy", "Regex": "validation_accuracy=([0-9.]+)"},
                    {"Name": "loss", "Regex": "train_loss=([0-9.]+)"},
                ],
            },
            "HyperParameters": {
                "sagemaker_program": json.dumps("train.py"),
                "sagemaker_submit_directory": json.dumps(f"s3://{BUCKET}/source.tar.gz"),
                "sagemaker_region": json.dumps("us-east-1"),
                **(settings or {}),
            },
            "InputDataConfig": [
                {
                    "ChannelName": "training",
                    "DataSource": {
                        "S3DataSource": {
                            "S3DataType": "S3Prefix",
                            "S3Uri": f"s3://{BUCKET}/data",
                        }
                    },
                }
            ],
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/output"},
            "ResourceConfig": {
                "InstanceType": "ml.m7i.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 30,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            **changes,
        }
        self.sagemaker.create_training_job(**request)
        return name

    def job(self, name: str) -> DescribeTrainingJobResponseTypeDef:
        return self.sagemaker.describe_training_job(TrainingJobName=name)

    def finished_job(self, name: str) -> DescribeTrainingJobResponseTypeDef:
        """Return the job's description once it has ended."""
        return until(
            lambda: self.job(name),
            lambda job: job["TrainingJobStatus"] in {"Completed", "Failed", "Stopped"},
            f"the job {name}",
        )

    def job_log(self, name: str) -> list[str]:
        """Return the job's log lines, over all its streams."""
        return self.log("/aws/sagemaker/TrainingJobs", f"{name}/")

    def log(self, group: str, prefix: str = "") -> list[str]:
        """Return the lines of a log group's streams whose names begin with `prefix`.

        A group that nothing has been written to yet has none.
        """
        lines: list[str] = []
        if not self.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            return lines
        for page in self.logs.get_paginator("describe_log_streams").paginate(logGroupName=group):
            for stream in page["logStreams"]:
                if not stream["logStreamName"].startswith(prefix):
                    continue
                events = self.logs.get_log_events(
                    logGroupName=group,
                    logStreamName=stream["logStreamName"],
                    startFromHead=True,
                )
                lines += [event["message"] for event in events["events"]]
        return lines

    # ------------------------------------------------------------------ serving

    def model(
        self,
        answer_name: str,
        files: Mapping[str, bytes] | None = None,
        gate: Path | None = None,
        role: str | None = None,
        **changes: Any,
    ) -> str:
        """Return the name of a model whose server answers with `answer_name`.

        The server starts once the file `gate` is there.
        """
        name = new_name("model")
        content = {
            "code/serve.py": (PROGRAMS / "serve.py").read_bytes(),
            "name.txt": answer_name.encode(),
            **({"gate.txt": str(gate).encode()} if gate else {}),
        }
        uri = self.put(f"models/{name}/model.tar.gz", tar(content if files is None else files))
        container = {"Image": "an-image", "ModelDataUrl": uri, **changes}
        self.sagemaker.create_model(
            ModelName=name,
            ExecutionRoleArn=role or self.role,
            PrimaryContainer=container,  # type: ignore[arg-type]
        )
        return name

    def config(self, model: str, **changes: Any) -> str:
        """Return the name of an endpoint configuration with one instance of `model`."""
        name = new_name("config")
        variant = changes or {"InstanceType": "ml.m7i.large", "InitialInstanceCount": 1}
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[{"VariantName": "AllTraffic", "ModelName": model, **variant}],  # type: ignore[list-item]
        )
        return name

    def endpoint(self, config: str) -> str:
        """Return the name of an endpoint that is being created."""
        name = new_name("endpoint")
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
        return name

    def settled_endpoint(self, name: str) -> DescribeEndpointOutputTypeDef:
        """Return the endpoint's description once nothing is under way."""
        return until(
            lambda: self.sagemaker.describe_endpoint(EndpointName=name),
            lambda endpoint: endpoint["EndpointStatus"] in {"InService", "Failed"},
            f"the endpoint {name}",
        )

    def ask(self, endpoint: str, body: bytes, **given: Any) -> bytes:
        answer = self.runtime.invoke_endpoint(EndpointName=endpoint, Body=body, **given)
        return answer["Body"].read()

    def finished_transform(self, name: str) -> DescribeTransformJobResponseTypeDef:
        """Return the transform job's description once it has ended."""
        return until(
            lambda: self.sagemaker.describe_transform_job(TransformJobName=name),
            lambda job: job["TransformJobStatus"] in {"Completed", "Failed", "Stopped"},
            f"the transform job {name}",
        )
