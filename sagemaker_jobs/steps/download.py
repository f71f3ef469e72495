"""`download`: download, check and extract the IMDB archive."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from sagemaker_jobs.archive.resumable_download import RemoteFile, fetch, md5_of
from sagemaker_jobs.archive.safe_extract import GZIP, extract
from sagemaker_jobs.aws.urls import read_address
from sagemaker_jobs.errors import InvalidData, InvalidSetting
from sagemaker_jobs.files import check_ours
from sagemaker_jobs.paths import ARCHIVE_FOLDER
from sagemaker_jobs.step import Step, Toolbox, at_least
from sagemaker_jobs.terminal import Ui

# Maas et al., "Learning Word Vectors for Sentiment Analysis", ACL 2011
ORIGINAL = RemoteFile(
    url="https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
    size_bytes=84_125_825,
    md5="7c2ac02c03563afcf9b574c7e56c153a",
)
_SAVED_AS = "aclImdb_v1.tar.gz"  # beside the folder, wherever it comes from
_ORIGIN_FILE = ".origin.json"  # inside the extracted folder: which archive it came from


@dataclass(frozen=True)
class Download:
    """The extracted archive."""

    directory: str
    n_files: int
    md5: str  # of the archive
    already_there: bool
    dry_run: bool = False

    def line(self) -> str:
        if self.dry_run:
            return f"would extract the archive to {self.directory}"
        verb = "already holds" if self.already_there else "now holds"
        return f"{self.directory} {verb} the archive: {self.n_files:,} files"


def download(
    directory: Path,
    *,
    remote: RemoteFile = ORIGINAL,
    archive: Path | None = None,
    ui: Ui,
    sleep: Callable[[float], None],
    dry_run: bool = False,
) -> Download:
    """Extract the archive to `directory`, from the local file or from the network.

    Raises:
        DownloadFailed: the archive did not arrive whole, or is a different file.
        UnsafeArchive: the archive holds what does not belong in a review archive.
        InvalidData: `directory`, or the file to download to, already holds something else.
    """
    if archive is not None and not archive.is_file():
        raise InvalidSetting(f"there is no file {archive}", hint="check --archive")
    origin = _Origin.read(directory)
    if origin:
        wanted = remote.md5 if archive is None else md5_of(archive)
        if origin.md5 != wanted:
            raise InvalidData(
                f"{directory} was extracted from another archive, {origin.archive}",
                hint="move it away, or choose another --directory",
            )
        return Download(str(directory), origin.n_files, origin.md5, already_there=True)
    if archive is None and directory.name in {"", _SAVED_AS}:
        raise InvalidSetting(
            f"{directory} cannot hold the reviews, because {_SAVED_AS} is saved next to them",
            hint=f"python -m sagemaker_jobs download --directory {ARCHIVE_FOLDER}",
        )
    if dry_run:
        return Download(str(directory), 0, "", already_there=False, dry_run=True)
    if archive is None:
        archive = directory.with_name(_SAVED_AS)
        if not _is_here(archive, remote.md5):
            # a beginning of the archive that an interrupted download left, or somebody's file
            check_ours(archive.with_name(f"{archive.name}.part"), GZIP, "--directory")
            fetch(remote, archive, ui=ui, sleep=sleep)
    md5 = md5_of(archive)
    name = archive.name
    n_files = extract(
        archive,
        directory,
        ui=ui,
        finish=lambda folder, n_files: _Origin(name, md5, n_files).write(folder),
    )
    return Download(str(directory), n_files, md5, already_there=False)


@dataclass(frozen=True)
class _Origin:
    """The archive that a folder was extracted from, recorded in the folder."""

    archive: str
    md5: str
    n_files: int

    def write(self, folder: Path) -> None:
        (folder / _ORIGIN_FILE).write_text(json.dumps(asdict(self)), "utf-8")

    @classmethod
    def read(cls, folder: Path) -> _Origin | None:
        """Return the folder's origin; None if it is missing or empty.

        Raises:
            InvalidData: the folder exists, but this step did not extract it.
        """
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return None
        try:
            return cls(**json.loads((folder / _ORIGIN_FILE).read_text("utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise InvalidData(
                f"{folder} exists and was not made by this step",
                hint="move it away, or choose another --directory",
            ) from error


def _is_here(archive: Path, md5: str) -> bool:
    """Return whether the archive was fetched before.

    Raises:
        InvalidData: another file has its name; fetching would overwrite it.
    """
    if not archive.exists():
        return False
    if archive.is_file() and md5_of(archive) == md5:
        return True
    raise InvalidData(
        f"{archive} exists and is not the archive",
        hint="move it away, or choose another --directory",
    )


def _check(archive: Path, size_bytes: int | None, md5: str | None) -> None:
    """Compare the archive with the size and MD5 given, if any.

    Raises:
        InvalidData: they differ.
    """
    hint = "check --archive, --size and --md5"
    found = archive.stat().st_size
    if size_bytes is not None and found != size_bytes:
        raise InvalidData(f"{archive} has {found:,} bytes instead of {size_bytes:,}", hint=hint)
    if md5 is not None and (found_md5 := md5_of(archive)) != md5:
        raise InvalidData(f"{archive} has MD5 {found_md5} instead of {md5}", hint=hint)


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--directory",
        metavar="FOLDER",
        type=Path,
        default=ARCHIVE_FOLDER,
        help="folder to extract the reviews to (default: %(default)s)",
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--archive",
        type=Path,
        metavar="FILE",
        help="use this local archive instead of downloading it",
    )
    source.add_argument(
        "--url",
        default=ORIGINAL.url,
        help="address of the archive or a mirror (default: the original's at Stanford)",
    )
    parser.add_argument(
        "--md5", help="expected MD5 of the archive (default: the original's; any with --archive)"
    )
    parser.add_argument(
        "--size",
        type=at_least(1),
        metavar="BYTES",
        help="expected size of the archive (default: the original's; any with --archive)",
    )


def run(arguments: Namespace, tools: Toolbox) -> Download:
    if read_address(arguments.url) is None:
        raise InvalidSetting(f"{arguments.url} is not an http address", hint="check --url")
    md5 = arguments.md5 and arguments.md5.lower()
    if arguments.archive is not None and arguments.archive.is_file():
        _check(arguments.archive, arguments.size, md5)
    return download(
        arguments.directory,
        remote=RemoteFile(
            arguments.url, arguments.size or ORIGINAL.size_bytes, md5 or ORIGINAL.md5
        ),
        archive=arguments.archive,
        ui=tools.ui,
        sleep=tools.sleep,
        dry_run=arguments.dry_run,
    )


STEP = Step("download", "download, check and extract the IMDB archive", add_arguments, run)
