"""Which container image an endpoint is to run, by what the account's ECR holds."""

import io
import json
import os
from collections.abc import Iterator

import pytest

from sagemaker_jobs.aws.images import context_files, context_tag, pinned, serving_image
from sagemaker_jobs.aws.names import SERVING_REPOSITORY
from sagemaker_jobs.aws.session import Aws, connect
from sagemaker_jobs.errors import InvalidSetting, NotThere
from sagemaker_jobs.terminal import Ui

DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
OCI = "application/vnd.oci.image.index.v1+json"
REGISTRY = "123456789012.dkr.ecr.eu-west-3.amazonaws.com"


@pytest.fixture
def aws(aws_environment: dict[str, str]) -> Iterator[Aws]:
    """The stage dev in a region whose ECR no other test uses, with an empty repository."""
    place = connect("dev", "eu-west-3", {**os.environ, **aws_environment})
    place.ecr.create_repository(repositoryName=SERVING_REPOSITORY)
    yield place
    place.ecr.delete_repository(repositoryName=SERVING_REPOSITORY, force=True)


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


def push(aws: Aws, tag: str, content: str, kind: str = DOCKER) -> str:
    """Push an image with some content; return its digest."""
    layers = {"layers": []} if kind == DOCKER else {"manifests": []}
    config = {"mediaType": "x", "size": len(content), "digest": f"sha256:{content:0>64}"}
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": config, **layers}
    answer = aws.ecr.put_image(
        repositoryName=SERVING_REPOSITORY,
        imageTag=tag,
        imageManifest=json.dumps(manifest),
        imageManifestMediaType=kind,
        imageDigest=f"sha256:{content:0>64}",
    )
    return answer["image"]["imageId"]["imageDigest"]


def choose(
    aws: Aws, said: io.StringIO, given: str | None = None, serverless_mb: int | None = None
) -> str:
    return serving_image(
        aws, given, instance_type="ml.m5.large", serverless_mb=serverless_mb, ui=Ui(said, said)
    )


def test_a_rebuilt_image_of_the_same_name_is_another_one(aws: Aws) -> None:
    """A tag is resolved to its digest, so that the revision changes with the image."""
    name = f"{REGISTRY}/{SERVING_REPOSITORY}"
    first = push(aws, "mine", "1")
    assert pinned(aws, f"{name}:mine") == f"{name}@{first}"
    assert pinned(aws, f"{name}@{first}") == f"{name}@{first}"
    second = push(aws, "mine", "2")
    assert second != first
    assert pinned(aws, f"{name}:mine") == f"{name}@{second}"
    with pytest.raises(NotThere, match="there is no image"):
        pinned(aws, f"{name}:other")
    with pytest.raises(NotThere, match="there is no image"):
        pinned(aws, f"{REGISTRY}/nothing")


@pytest.mark.parametrize(
    "uri",
    [
        "763104351884.dkr.ecr.eu-west-3.amazonaws.com/pytorch-inference:2.6-cpu-py312",
        "movie-sentiment:test",
    ],
)
def test_images_of_others_keep_their_names(aws: Aws, uri: str) -> None:
    """The account can only look into its own registry."""
    assert pinned(aws, uri) == uri


def test_an_image_that_sagemaker_refuses_is_refused_first(aws: Aws) -> None:
    """A plain `docker build` makes an OCI manifest; the error says how to build another."""
    push(aws, "plain", "3", OCI)
    with pytest.raises(InvalidSetting, match=OCI.replace("+", r"\+")) as caught:
        pinned(aws, f"{REGISTRY}/{SERVING_REPOSITORY}:plain")
    assert "--provenance=false" in caught.value.hint


def test_our_image_of_todays_code_is_taken_and_no_older_one(aws: Aws, said: io.StringIO) -> None:
    """The tag is a digest of the build context."""
    push(aws, "0123456789ab", "4")
    assert "/pytorch-inference:2.6-cpu-py312" in choose(aws, said)
    own = push(aws, context_tag(), "5")
    assert choose(aws, said) == f"{REGISTRY}/{SERVING_REPOSITORY}@{own}"
    assert choose(aws, said, serverless_mb=1024).endswith(own)
    assert "using our own image" in said.getvalue()
    assert "warning" not in said.getvalue()


def test_serverless_on_awss_image_is_warned_of(aws: Aws, said: io.StringIO) -> None:
    """It starts after each pause, longer than the web app waits; one gigabyte is too small."""
    assert "/pytorch-inference:" in choose(aws, said, serverless_mb=3072)
    assert "504" in said.getvalue()
    assert "python -m sagemaker_jobs image --stage dev" in said.getvalue()
    with pytest.raises(InvalidSetting, match="does not fit into 1024 MB"):
        choose(aws, said, serverless_mb=1024)


def test_the_build_context_is_what_serving_needs() -> None:
    """No training code: a change there leaves the image as it is."""
    names = context_files()
    assert {"Dockerfile", "requirements.txt", "predict.py", "serve.py"} <= names.keys()
    assert "sentiment/serving/predictor.py" in names
    assert not [name for name in names if "training" in name or "__pycache__" in name]
    assert "train.py" not in names
