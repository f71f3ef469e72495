"""Finds the requirements.txt of a training job's source code."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

from local_aws.host.s3 import Location, StorageError, read_object
from local_aws.http import JsonObject, parse_json
from local_aws.sagemaker.training.container import Host

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_NAME = "requirements.txt"


def find_requirements(client: S3Client, host: Host, job: JsonObject) -> bytes | None:
    """Return the file's content, None without one.

    It is in the channel `code`, as the SDK's ModelTrainer sends it, or in the archive that the
    hyperparameter sagemaker_submit_directory names. The toolkit reports an archive that is broken.
    """
    sent = host.base / "input/data/code" / _NAME
    if sent.is_file():
        return sent.read_bytes()
    try:
        uri = parse_json((job.get("HyperParameters") or {})["sagemaker_submit_directory"])
        archive = read_object(client, Location.parse(str(uri)))
        with tarfile.open(fileobj=io.BytesIO(archive)) as members:
            for member in members:
                if member.name.removeprefix("./") == _NAME:
                    content = members.extractfile(member)
                    return content.read() if content else None
    except (KeyError, ValueError, StorageError, tarfile.TarError, EOFError, OSError):
        return None
    return None
