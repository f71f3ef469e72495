"""Hosting by one choice: serverless or instances, their number fixed or scaled."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sagemaker_jobs.aws.images import context_tag
from sagemaker_jobs.aws.session import Aws, connect
from sagemaker_jobs.endpoint.autoscaling import Scaling, read_scaling
from sagemaker_jobs.endpoint.hosting import choose_hosting
from sagemaker_jobs.endpoint.revision import VARIANT, DeploySettings
from sagemaker_jobs.terminal import Ui
from tests.support.local_aws.toy_models import toy_model
from tests.support.pipeline import Answer, call_step

REGION = "eu-west-2"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
Do = Callable[..., Answer]


@pytest.fixture
def do(environment: dict[str, str]) -> Do:
    def run(*arguments: object) -> Answer:
        return call_step(*arguments, environment=environment)

    return run


def push_own_image(aws: Aws) -> str:
    """Push an image of today's code, and return its URI."""
    name = aws.names.repository
    aws.ecr.create_repository(repositoryName=name, tags=aws.names.tag_list)  # type: ignore[arg-type]
    config = {"mediaType": "x", "size": 1, "digest": f"sha256:{1:064}"}
    manifest = {"schemaVersion": 2, "mediaType": DOCKER, "config": config, "layers": []}
    answer = aws.ecr.put_image(
        repositoryName=name,
        imageTag=context_tag(),
        imageManifest=json.dumps(manifest),
        imageManifestMediaType=DOCKER,
    )
    return f"{aws.names.registry}/{name}@{answer['image']['imageId']['imageDigest']}"


def test_dev_is_serverless_where_our_image_is_in_ecr(aws: Aws, do: Do, tmp_path: Path) -> None:
    """Without it, deploy says what the image would save; an instance can still be chosen."""
    deploy = ("deploy", "--artifact", toy_model(tmp_path, "toy"), "--no-smoke-test", "--json")
    before = do(*deploy, "--dry-run")
    assert before.json["hosting"] == "1 x ml.m5.large"
    assert "Serverless hosting costs nothing then" in before.err
    assert "python -m sagemaker_jobs image" in before.err

    image = push_own_image(aws)
    made = do(*deploy)
    assert made.json["hosting"] == "serverless, 3072 MB"
    assert made.json["image"] == image
    assert do(*deploy, "--image", image, "--dry-run").json["action"] == "unchanged"
    chosen = do(*deploy, "--hosting", "instance", "--dry-run").json
    assert (chosen["action"], chosen["hosting"]) == ("update", "1 x ml.m5.large")
    assert do(*deploy, "--memory-mb", 1024, "--dry-run").json["hosting"] == "serverless, 1024 MB"


@pytest.mark.parametrize("stage", ["prod", "local"])
def test_other_stages_have_instances(environment: dict[str, str], ui: Ui, stage: str) -> None:
    """Unless you choose; an image is not looked for."""
    aws = connect(stage, REGION, {**os.environ, **environment})  # type: ignore[arg-type]
    assert choose_hosting(aws, None, None, ui=ui) == "instance"
    assert choose_hosting(aws, "serverless", None, ui=ui) == "serverless"


def test_instances_scale_with_requests_and_stop_with_the_stage(
    aws: Aws, do: Do, tmp_path: Path
) -> None:
    """The target follows each deployment, a failed one too; teardown removes it."""
    deploy = ("deploy", "--image", "any", "--no-smoke-test", "--artifact")
    first = toy_model(tmp_path, "first")
    made = do(*deploy, first, "--instances", 2, "--max-instances", 4, "--json").json
    assert made["hosting"] == "2 to 4 x ml.m5.large"
    scaling = read_scaling(aws)
    assert scaling == Scaling(2, 4, 3_600)
    again = do(*deploy, first, "--instances", 2, "--max-instances", 3, "--json").json
    assert again["action"] == "unchanged"
    assert read_scaling(aws) == Scaling(2, 3, 3_600)
    change = {"VariantName": VARIANT, "DesiredInstanceCount": 3}
    aws.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=aws.names.endpoint,
        DesiredWeightsAndCapacities=[change],  # type: ignore[list-item]
    )
    second = toy_model(tmp_path, "second")
    assert do(*deploy, second, "--instances", 2, "--max-instances", 3).exit_code == 0
    assert do("status", "--json").json["endpoint"]["hosting"] == "3 x ml.m5.large"
    failed = do(*deploy, toy_model(tmp_path, "broken"), "--instances", 2)
    assert failed.exit_code == 1
    assert read_scaling(aws) == Scaling(2, 3, 3_600)

    listed = do("teardown", "--dry-run", "--json").json["removed"]
    assert listed[0] == "autoscaling of the endpoint"
    assert do(*deploy, first, "--instances", 2).exit_code == 0
    assert read_scaling(aws) is None
    assert do(*deploy, first, "--max-instances", 2).exit_code == 0
    assert do("teardown", "--yes").exit_code == 0
    assert read_scaling(aws) is None


@pytest.mark.parametrize(
    ("settings", "scaling"),
    [
        (DeploySettings(instance_type="ml.m5.xlarge", max_instances=2), Scaling(1, 2, 7_200)),
        (DeploySettings(instance_count=2, max_instances=2), None),
        (DeploySettings(serverless=True, max_instances=2), None),
        (DeploySettings(), None),
    ],
)
def test_scaling_needs_room(settings: DeploySettings, scaling: Scaling | None) -> None:
    """The target load grows with the vCPUs of an instance."""
    assert Scaling.of(settings) == scaling
