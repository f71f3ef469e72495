"""The model to deploy: a local file, a job's, or the newest job's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sagemaker_jobs.aws import bucket, inventory
from sagemaker_jobs.aws.names import MODELS
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none
from sagemaker_jobs.errors import InvalidSetting, NotThere
from sagemaker_jobs.terminal import Ui


@contextmanager
def as_archive(path: Path) -> Iterator[Path]:
    """Yield a model.tar.gz: the file given, or an artifact folder packed with today's code.

    Raises:
        InvalidSetting: the file does not exist, or not an artifact, or damaged.
    """
    from sentiment.artifact.packing import open_artifact, pack_artifact
    from sentiment.errors import InvalidArtifact

    if not path.exists():
        raise InvalidSetting(f"there is no model artifact {path}", hint="check the name")
    with TemporaryDirectory(prefix="movie-sentiment-") as folder:
        archive = path if path.is_file() else Path(folder) / "model.tar.gz"
        try:
            if path.is_file():
                with open_artifact(path):  # compares all files with the manifest
                    pass
            else:
                archive.write_bytes(pack_artifact(path))
        except InvalidArtifact as error:
            raise InvalidSetting(str(error), hint="name a model.tar.gz or its folder") from error
        yield archive


def uri_of_file(aws: Aws, path: Path) -> tuple[str, str]:
    """Return the S3 URI for the model at `path`, and its sha256, without uploading it.

    Raises:
        InvalidSetting: see `as_archive`.
    """
    from sentiment.safe_files import file_sha256

    with as_archive(path) as archive:
        sha256 = file_sha256(archive)
    return aws.names.uri(f"{MODELS}/{sha256[:16]}/model.tar.gz"), sha256


def send_file(aws: Aws, path: Path, uri: str, sha256: str, *, ui: Ui) -> None:
    """Upload the model to its URI, unless it is already there."""
    key = uri.removeprefix(aws.names.uri(""))
    if not bucket.holds(aws, key, sha256):
        with as_archive(path) as archive:  # the same bytes as when its URI was made
            bucket.send(aws, archive, key, {"sha256": sha256}, ui=ui)


def uri_of_job(aws: Aws, job: str | None) -> str:
    """Return the artifact of the job, or of the newest completed job that still has one.

    AWS keeps a job's record even after a teardown has deleted its artifact.

    Raises:
        NotThere: there is no such job, or it has no artifact.
    """
    if job is not None:
        return _artifact(aws, job)
    for candidate in inventory.jobs(aws):
        if candidate.status == "Completed":
            uri = inventory.describe_job(aws, candidate.name)["ModelArtifacts"]["S3ModelArtifacts"]
            if _exists(aws, uri):
                return uri
    raise NotThere(
        f"the stage {aws.stage} has no completed training job with a model",
        hint="run train first, or pass --artifact pretrained",
    )


def _artifact(aws: Aws, job: str) -> str:
    description = inventory.describe_job(aws, job)
    if description["TrainingJobStatus"] != "Completed":
        raise NotThere(
            f"training job {job} has no model: it is {description['TrainingJobStatus']}",
            hint=f"run train follow {job} to watch it, or choose another --job",
        )
    uri = description["ModelArtifacts"]["S3ModelArtifacts"]
    if not _exists(aws, uri):
        raise NotThere(f"the model of job {job} is gone: {uri}", hint="choose another --job")
    return uri


def _exists(aws: Aws, uri: str) -> bool:
    bucket_name, _, key = uri.removeprefix("s3://").partition("/")
    return or_none(lambda: aws.s3.head_object(Bucket=bucket_name, Key=key)) is not None
