"""Downloads a training job's input channels to its hosts, as SageMaker does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from local_aws.host.s3 import Location, StorageError, download_prefix
from local_aws.http import JsonObject
from local_aws.sagemaker.training.container import Host

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def download_channels(
    client: S3Client,
    region: str,
    job: JsonObject,
    hosts: Sequence[Host],
    position: int,
    *,
    stopping: Callable[[], bool],
) -> None:
    """Download the job's channels to the host at `position`; of a sharded one, its share.

    Raises:
        StorageError: a channel is empty or cannot be read.
        StoppedError: `stopping` became true.
    """
    for channel in job.get("InputDataConfig") or []:
        source = channel["DataSource"]["S3DataSource"]
        sharded = source.get("S3DataDistributionType") == "ShardedByS3Key"
        target = hosts[position].base / "input/data" / channel["ChannelName"]
        target.mkdir(parents=True)
        n_objects = download_prefix(
            client,
            Location.parse(source["S3Uri"]),
            target,
            shard=slice(position, None, len(hosts)) if sharded else slice(None),
            gunzip=channel.get("CompressionType") == "Gzip",
            stopping=stopping,
        )
        if not n_objects and not sharded:
            raise StorageError(_nothing_found(source["S3Uri"], region, job))


def _nothing_found(uri: str, region: str, job: JsonObject) -> str:
    bucket = Location.parse(uri).bucket
    return (
        f'ClientError: Data download failed:No S3 objects found under S3 URL "{uri}" given in '
        "input data source. Please ensure that the bucket exists in the selected region "
        f"({region}), that objects exist under that S3 prefix, and that the role "
        f'"{job["RoleArn"]}" has "s3:ListBucket" permissions on bucket "{bucket}".'
    )
