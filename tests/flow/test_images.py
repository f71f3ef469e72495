"""Which container image an endpoint is to run, by what the account's ECR holds."""

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from sagemaker_jobs.aws.bucket import keys_ending
from sagemaker_jobs.aws.images import (
    context_files,
    context_tag,
    own_image,
    pinned,
    serving_image,
    warn_of_slow_start,
)
from sagemaker_jobs.aws.session import Aws, connect
from sagemaker_jobs.errors import ImageFailed, InvalidSetting, MissingLibrary, NotThere
from sagemaker_jobs.steps.image import build_image
from sagemaker_jobs.steps.setup import setup
from sagemaker_jobs.steps.teardown import teardown
from sagemaker_jobs.terminal import Ui
from tests.support.paths import ROOT
from tests.support.timeouts import HANG_S, until

MODEL = ROOT / "pretrained"
SERVING_REPOSITORY = "movie-sentiment-dev-serving"
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
    layers: dict[str, list[str]] = {"layers": []} if kind == DOCKER else {"manifests": []}
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
    warn_of_slow_start(aws, choose(aws, said), ui=Ui(said, said))
    assert "warning" not in said.getvalue()


def test_serverless_on_awss_image_is_warned_of(aws: Aws, said: io.StringIO) -> None:
    """It starts after each pause, longer than the web app waits; one gigabyte is too small."""
    image = choose(aws, said, serverless_mb=3072)
    assert "/pytorch-inference:" in image
    warn_of_slow_start(aws, image, ui=Ui(said, said))
    assert "504" in said.getvalue()
    assert "python -m sagemaker_jobs image --stage dev" in said.getvalue()
    with pytest.raises(InvalidSetting, match="does not fit into 1024 MB"):
        choose(aws, said, serverless_mb=1024)


@pytest.fixture
def empty(aws: Aws, ui: Ui) -> Iterator[Aws]:
    """The stage after setup, without a repository."""
    aws.ecr.delete_repository(repositoryName=SERVING_REPOSITORY, force=True)
    setup(aws, ui=ui)
    yield aws
    removed = teardown(aws, confirmed=True, ui=ui).removed
    assert f"image repository {SERVING_REPOSITORY} and its images" in removed
    assert teardown(aws, confirmed=True, ui=ui).removed == ()
    aws.ecr.create_repository(repositoryName=SERVING_REPOSITORY)


def test_codebuild_builds_our_image_without_any_docker(empty: Aws, said: io.StringIO) -> None:
    """The source goes to the bucket, the build gets the image's name, and its push is the end."""
    aws = empty

    def push_meanwhile(_seconds: float) -> None:
        push(aws, context_tag(), "6")

    assert build_image(aws, ui=Ui(said, said), dry_run=True).action == "create"
    built = build_image(aws, ui=Ui(said, said), sleep=push_meanwhile)
    assert built.uri == own_image(aws)
    assert build_image(aws, ui=Ui(said, said)).action == "unchanged"

    project = aws.codebuild.batch_get_projects(names=["movie-sentiment-dev-image"])["projects"][0]
    assert project["environment"]["privilegedMode"] is True
    assert project["serviceRole"].endswith(":role/movie-sentiment-dev-image-build")
    assert "--platform linux/amd64 --provenance=false" in project["source"]["buildspec"]
    (key,) = keys_ending(aws, "image-sources/", ".zip")
    source = aws.s3.get_object(Bucket=aws.names.bucket, Key=key)["Body"].read()
    with zipfile.ZipFile(io.BytesIO(source)) as archive:
        assert set(archive.namelist()) == set(context_files())
    assert choose(aws, said) == built.uri
    assert "movie-sentiment-dev-image-build" in " ".join(
        teardown(aws, confirmed=True, ui=Ui(said, said), dry_run=True).removed
    )


def test_a_build_that_pushes_nothing_is_an_error(empty: Aws, said: io.StringIO) -> None:
    """What counts is the image in ECR."""
    with pytest.raises(ImageFailed, match="ECR has no image"):
        build_image(empty, ui=Ui(said, said), sleep=lambda _seconds: None)


def test_this_machines_docker_builds_it_if_you_prefer(
    empty: Aws, said: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Docker signs in, builds for SageMaker's processor from the context on stdin, and pushes."""
    docker = tmp_path / "docker"
    docker.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/commands\ncat > {tmp_path}/$1\n[ $1 != "$FAILS" ]\n'
    )
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("FAILS", "push")
    with pytest.raises(ImageFailed, match=r"docker push .* failed with code 1"):
        build_image(empty, docker=True, ui=Ui(said, said))
    login, build, pushed = (tmp_path / "commands").read_text().splitlines()
    assert login == f"login --username AWS --password-stdin {REGISTRY}"
    image = f"{REGISTRY}/{SERVING_REPOSITORY}:{context_tag()}"
    assert build.startswith("buildx build --platform linux/amd64 --provenance=false --output")
    assert build.endswith(f"--tag {image} -")
    assert pushed == f"push {image}"
    with tarfile.open(tmp_path / "buildx") as context:
        assert set(context.getnames()) == set(context_files())
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    with pytest.raises(MissingLibrary, match="Docker cannot be started"):
        build_image(empty, docker=True, ui=Ui(said, said))


def test_the_build_context_is_what_serving_needs() -> None:
    """No training code: a change there leaves the image as it is."""
    names = context_files()
    assert {"Dockerfile", "requirements.lock", "predict.py", "serve.py"} <= names.keys()
    assert "sentiment/serving/predictor.py" in names
    assert not [name for name in names if "training" in name or "__pycache__" in name]
    assert "train.py" not in names


def test_the_dockerfiles_steps_make_a_server(tmp_path: Path) -> None:
    """What it copies and starts answers without any other file of ours, and ends at SIGTERM."""
    for name, path in context_files().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, tmp_path / name)
    lines = (tmp_path / "Dockerfile").read_text().splitlines()
    copied = {word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]}
    assert copied == {"requirements.lock", "predict.py", "serve.py", "sentiment"}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["serve", "--host", "127.0.0.1", "--port", str(port), "--model-dir", str(MODEL)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with subprocess.Popen(
        [sys.executable, tmp_path / "serve.py", *words], cwd=tmp_path, env=environment
    ) as server:
        until(lambda: ping(port) or server.poll() is not None, bool, "the server's start")
        assert ping(port)
        request = Request(
            f"http://127.0.0.1:{port}/invocations",
            b'{"review": "A superb film.", "explain": true}',
            {"Content-Type": "application/json"},
        )
        with urlopen(request) as answer:
            assert json.load(answer)["words"]
        server.send_signal(signal.SIGTERM)
        assert server.wait(HANG_S) == -signal.SIGTERM  # uvicorn finishes, then ends by the signal


def ping(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/ping") as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
