"""Copies S3 prefixes into folders, and folders and archives into S3, as for containers."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from local_aws.errors import LocalAwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_s3 import S3Client


class StorageError(LocalAwsError):
    """An S3 object is missing or malformed, or a file cannot be written."""


class StoppedError(LocalAwsError):
    """The job was requested to stop."""


@dataclass(frozen=True)
class Location:
    """An S3 bucket and a key or prefix in it.

    >>> Location.parse("s3://bucket/some/key")
    Location(bucket='bucket', key='some/key')
    >>> Location.parse("s3://bucket/prefix/") / "x.out"
    Location(bucket='bucket', key='prefix/x.out')
    """

    bucket: str
    key: str

    @classmethod
    def parse(cls, uri: str) -> Location:
        """Return the location of an S3 URI.

        Raises:
            StorageError: `uri` is not an S3 URI.
        """
        scheme, _, rest = uri.partition("://")
        bucket, _, key = rest.partition("/")
        if scheme != "s3" or not bucket:
            raise StorageError(f"{uri} is not an S3 URI")
        return cls(bucket, key)

    def __truediv__(self, name: str) -> Location:
        return Location(self.bucket, f"{self.key.rstrip('/')}/{name}".lstrip("/"))

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def read_object(client: S3Client, location: Location) -> bytes:
    """Return an object's content.

    Raises:
        StorageError: the object or its bucket does not exist.
    """
    try:
        return client.get_object(Bucket=location.bucket, Key=location.key)["Body"].read()
    except ClientError as error:
        raise StorageError(f"no object {location}: {_reason(error)}") from error


def write_object(client: S3Client, location: Location, content: bytes) -> None:
    """Store `content`.

    Raises:
        StorageError: the bucket does not exist or refuses.
    """
    try:
        client.put_object(Bucket=location.bucket, Key=location.key, Body=content)
    except ClientError as error:
        raise StorageError(f"cannot write {location}: {_reason(error)}") from error


def _reason(error: ClientError) -> str:
    """Return the error's code, with the missing permission if that is the reason."""
    details = error.response["Error"]
    code = details["Code"]
    return f"{code}: {details['Message']}" if code == "AccessDenied" else code


def has_object(client: S3Client, location: Location) -> bool:
    """Return whether the object exists."""
    try:
        client.head_object(Bucket=location.bucket, Key=location.key)
    except ClientError:
        return False
    return True


def list_keys(client: S3Client, prefix: Location) -> list[str]:
    """Return the sorted keys that begin with the location's key, [] without the bucket.

    Raises:
        StorageError: access is denied.
    """
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=prefix.bucket, Prefix=prefix.key
    )
    try:
        return sorted(entry["Key"] for page in pages for entry in page.get("Contents", []))
    except ClientError as error:
        if error.response["Error"]["Code"] == "AccessDenied":
            raise StorageError(f"cannot list {prefix}: {error}") from error
        return []


def download_prefix(
    client: S3Client,
    prefix: Location,
    target: Path,
    *,
    shard: slice = slice(None),
    gunzip: bool = False,
    stopping: Callable[[], bool],
) -> int:
    """Write the objects under `prefix` below `target`, as File mode does; return their number.

    Raises:
        StorageError: a key leads out of `target`, an object is not gzip as announced, or a file
            cannot be written.
        StoppedError: `stopping` became true between two objects.
    """
    keys = [key for key in list_keys(client, prefix) if not key.endswith("/")][shard]
    folder = prefix.key if prefix.key.endswith("/") or not prefix.key else f"{prefix.key}/"
    for key in keys:
        if stopping():
            raise StoppedError("stopped on request")
        relative = PurePosixPath(key.removeprefix(folder) if key != prefix.key else Path(key).name)
        if relative.is_absolute() or ".." in relative.parts:
            raise StorageError(f"the key {key} leaves its folder")
        content = read_object(client, Location(prefix.bucket, key))
        if gunzip:
            try:
                content = gzip.decompress(content)
            except (OSError, EOFError) as error:
                raise StorageError(f"{key} is not a gzip file") from error
            relative = relative.with_suffix("") if relative.suffix == ".gz" else relative
        path = target / relative
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            raise StorageError(f"cannot write {key}: {error.strerror}") from error
    return len(keys)


def pack(directories: Iterator[Path] | list[Path]) -> bytes:
    """Return a .tar.gz with the contents of all directories at its root."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=6) as archive:
        for directory in directories:
            for path in sorted(directory.iterdir()):
                archive.add(path, arcname=path.name)
    return buffer.getvalue()


def unpack(content: bytes, target: Path) -> None:
    """Extract a .tar.gz below `target`.

    Raises:
        StorageError: the content is not a gzipped tar, or a member leads out of `target` or cannot
            be written.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            archive.extractall(target, filter="data")
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise StorageError(f"not a gzipped tar archive: {error}") from error
    except OSError as error:
        raise StorageError(f"cannot write its files: {error.strerror}") from error


class FolderMirror:
    """Copies a folder's new and changed files to S3, as for checkpoints; never deletes there."""

    def __init__(self, client: S3Client, folder: Path, target: Location) -> None:
        self._client = client
        self._folder = folder
        self._target = target
        self._seen: dict[Path, tuple[int, int]] = self._scan()

    def _scan(self) -> dict[Path, tuple[int, int]]:
        """Return (size, modification time) of each file."""
        found = {}
        for path in self._folder.rglob("*"):
            try:
                status = path.stat()
            except FileNotFoundError:  # replaced in the meantime
                continue
            if path.is_file():
                found[path] = (status.st_size, status.st_mtime_ns)
        return found

    def upload_changes(self) -> None:
        """Upload the files that changed since the last call.

        Raises:
            StorageError: S3 refuses a file.
        """
        for path, stamp in self._scan().items():
            if self._seen.get(path) == stamp:
                continue
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue
            relative = path.relative_to(self._folder).as_posix()
            write_object(self._client, self._target / relative, content)
            self._seen[path] = stamp
