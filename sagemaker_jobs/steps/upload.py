"""`upload`: upload a dataset folder to the bucket, under a prefix derived from its content."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path

from sagemaker_jobs.aws import bucket
from sagemaker_jobs.aws.names import DATASETS
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.errors import InvalidData
from sagemaker_jobs.step import Step, Toolbox, add_recipe_argument
from sagemaker_jobs.terminal import Ui

_ADDRESS_DIGITS = 16  # of the description's sha256


@dataclass(frozen=True)
class Upload:
    """An uploaded dataset."""

    uri: str
    recipe: str
    sent: tuple[str, ...]  # files
    sent_bytes: int
    already_there: tuple[str, ...]
    dry_run: bool = False

    def line(self) -> str:
        if not self.sent:
            return f"{self.uri} is up to date; nothing was sent"
        verb = "would send" if self.dry_run else "sent"
        return f"{verb} {len(self.sent)} files ({self.sent_bytes / 1e6:.1f} MB) to {self.uri}"


@translated()
def upload(aws: Aws, folder: Path, *, ui: Ui, dry_run: bool = False) -> Upload:
    """Upload the files of the dataset folder that the bucket does not hold yet.

    Test reviews are not uploaded, because training does not read them.

    Raises:
        InvalidData: the folder is not a dataset, or a file in it is damaged.
        NotThere: the stage has no bucket.
    """
    from sentiment.data import dataset
    from sentiment.errors import SentimentError
    from sentiment.safe_files import file_sha256

    try:
        description = dataset.DatasetDescription.read(folder)
        for name, digest in description.sha256.items():
            dataset.check_digest(folder / name, digest)
    except SentimentError as error:
        raise InvalidData(str(error), hint=f"run prepare, or check --data {folder}") from error
    bucket.require_bucket(aws)
    # the description names the digest of every other file, so its own stands for all of them
    address = file_sha256(folder / dataset.DESCRIPTION_FILE)
    prefix = f"{DATASETS}/{address[:_ADDRESS_DIGITS]}/"
    digests = {dataset.DESCRIPTION_FILE: address, **description.sha256}
    # the description goes last: where it is, the rest is
    names = [name for name in reversed(dataset.CHANNEL_FILES) if name in digests]
    missing = [name for name in names if not bucket.holds(aws, prefix + name, digests[name])]
    if not dry_run:
        for name in missing:
            metadata = {"sha256": digests[name], "recipe": description.recipe.name}
            bucket.send(aws, folder / name, prefix + name, metadata, ui=ui)
    return Upload(
        aws.names.uri(prefix),
        description.recipe.name,
        tuple(missing),
        sum((folder / name).stat().st_size for name in missing),
        tuple(name for name in names if name not in missing),
        dry_run,
    )


def add_arguments(parser: ArgumentParser) -> None:
    add_recipe_argument(parser)
    parser.add_argument(
        "--data",
        metavar="FOLDER",
        type=Path,
        help="dataset folder to upload (default: work/dataset-RECIPE)",
    )


def run(arguments: Namespace, tools: Toolbox) -> Upload:
    folder = arguments.data or Path(f"work/dataset-{arguments.recipe}")
    return upload(tools.connect(), folder, ui=tools.ui, dry_run=arguments.dry_run)


STEP = Step("upload", "upload a dataset folder to the stage's bucket", add_arguments, run)
