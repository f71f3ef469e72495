"""The datasets in the bucket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sagemaker_jobs.aws.bucket import keys_ending
from sagemaker_jobs.aws.names import DATASETS
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.errors import NotThere

_MARK = "/dataset.json"  # uploaded last, so it marks a complete dataset


@dataclass(frozen=True)
class UploadedDataset:
    """A complete dataset in the bucket."""

    uri: str
    recipe: str
    uploaded_at: datetime


def uploaded_datasets(aws: Aws) -> Iterator[UploadedDataset]:
    """Yield the bucket's complete datasets."""
    for key in keys_ending(aws, f"{DATASETS}/", _MARK):
        head = aws.s3.head_object(Bucket=aws.names.bucket, Key=key)
        prefix = key.removesuffix(_MARK) + "/"
        recipe = head["Metadata"].get("recipe", "unknown")
        yield UploadedDataset(aws.names.uri(prefix), recipe, head["LastModified"])


def newest_dataset(aws: Aws, recipe: str) -> str:
    """Return the URI of the recipe's latest upload.

    Raises:
        NotThere: the bucket has no dataset of the recipe.
    """
    found = [dataset for dataset in uploaded_datasets(aws) if dataset.recipe == recipe]
    if not found:
        raise NotThere(
            f"the bucket holds no dataset of the recipe {recipe}",
            hint=f"run prepare --recipe {recipe}, then upload --recipe {recipe}",
        )
    return max(found, key=lambda dataset: dataset.uploaded_at).uri
