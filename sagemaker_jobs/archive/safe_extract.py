"""Extraction of a gzipped tar of reviews that may be hostile.

Every member must be a plain file or folder under one known top folder. An archive with links,
devices, repeated names, paths that lead elsewhere or too much content is refused. Files are
extracted into a partial folder, which gets the final name once it is complete.
"""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Self

from sagemaker_jobs.errors import InvalidData, UnsafeArchive
from sagemaker_jobs.files import refused_as_setting
from sagemaker_jobs.terminal import Ui

GZIP = b"\x1f\x8b"
_TOP_FOLDER = "aclImdb"
_BLOCK_BYTES = 1 << 16
# The last three: tarfile reads some numbers in extended headers, and nested headers, unguarded.
_DAMAGED = (
    *(tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile),
    *(ValueError, OverflowError, RecursionError),
)
# longer than any file system accepts, and than any review's name
_MAX_NAME_BYTES = 255
_MAX_PATH_BYTES = 1_000
# An unfinished folder of an earlier version has no marker; these names identify it as ours.
_LAID_OUT = (
    *("README", "imdb.vocab", "imdbEr.txt", "train", "test", "t*/labeledBow.feat"),
    *("train/pos", "train/neg", "train/unsup", "test/pos", "test/neg", "train/unsupBow.feat"),
    *("t*/pos/[0-9]*_[0-9]*.txt", "t*/neg/[0-9]*_[0-9]*.txt", "train/unsup/[0-9]*_0.txt"),
    "t*/urls_*.txt",
)
# what other formats begin with, for the error message
_OTHER_FORMATS = (
    (0, b"PK\x03\x04", "a zip file"),
    (257, b"ustar", "a tar file without gzip compression"),
    (0, b"BZh", "a bzip2 file"),
    (0, b"\xfd7zXZ", "an xz file"),
    (0, b"7z\xbc\xaf", "a 7-Zip file"),
)
_TABLES = {".csv", ".tsv", ".txt", ".json"}


@dataclass(frozen=True)
class Limits:
    """Far above the original archive (100,000 files, 0.5 GB unpacked, 6 times its packed size)."""

    members: int = 300_000
    file_bytes: int = 256_000_000
    unpacked_bytes: int = 2_000_000_000
    ratio: int = 40  # unpacked to packed bytes ...
    ratio_from_bytes: int = 64_000_000  # ... once this much is unpacked


def extract(
    archive: Path,
    destination: Path,
    *,
    ui: Ui,
    finish: Callable[[Path, int], object] = lambda _folder, _n_files: None,
    limits: Limits | None = None,
) -> int:
    """Extract the archive's top folder as `destination` and return its number of files.

    `finish` may add to the folder before it gets its name.

    Raises:
        InvalidData: the archive is of another format, or the destination is not empty.
        InvalidSetting: a folder that is not ours has the partial folder's name.
        UnsafeArchive: a member does not belong in a review archive, or the archive is damaged.
    """
    from sentiment.safe_files import Kind, replacing

    _check_format(archive)
    if destination.is_dir() and any(destination.iterdir()):
        raise InvalidData(f"{destination} is not empty", hint="choose another --directory")
    laid_out = Kind("", _LAID_OUT)
    # anything may be in a finished archive folder, but only an empty one gets this far
    kind = Kind("archive", ("*",), lambda folder: laid_out.find_foreign(folder) is None)
    with (
        refused_as_setting("--directory"),
        replacing(destination, kind, {"the archive": archive}) as partial,
    ):
        n_files = _unpack(archive, partial, ui=ui, limits=limits or Limits())
        finish(partial, n_files)
    return n_files


def _check_format(archive: Path) -> None:
    """Raise InvalidData if the file is in a known other format, and so is not damaged."""
    with archive.open("rb") as stream:
        beginning = stream.read(1024)
    names = [name for start, magic, name in _OTHER_FORMATS if beginning[start:].startswith(magic)]
    if archive.suffix in _TABLES and not beginning.startswith(GZIP):
        names.append("a text file")
    if names:
        raise InvalidData(
            f"{archive} is {names[0]}, but the reviews come as a gzipped tar",
            hint="give aclImdb_v1.tar.gz, or leave out --archive to download it",
        )


def _unpack(archive: Path, folder: Path, *, ui: Ui, limits: Limits) -> int:
    """Extract into the folder and return the number of files."""
    n_members = n_files = 0

    def keep(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo:
        nonlocal n_members, n_files
        n_members += 1
        n_files += member.isreg()
        if n_members > limits.members:
            raise _unsafe(f"it holds more than {limits.members:,} members")
        inside = _check_member(member, limits)
        target = folder / inside
        if target.exists() and not (member.isdir() and target.is_dir()):
            raise _unsafe(f"{member.name!r} is in it twice", member.name)
        return tarfile.data_filter(member.replace(name=str(inside), deep=False), path)

    try:
        with (
            ui.progress("extract", archive.stat().st_size, "B") as advance,
            archive.open("rb") as packed,
            _Capped(packed, archive.stat().st_size, limits, advance) as stream,
            tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as tar,
        ):
            tar.extractall(folder, filter=keep)  # noqa: S202 - `keep` checks each member
            # the rest must be zeros; reading it makes gzip compare the checksum at its end
            while tar.fileobj and (rest := tar.fileobj.read(_BLOCK_BYTES)):
                if rest.strip(b"\0"):
                    raise tarfile.ReadError("there is content after its end")
    except _DAMAGED as error:
        raise UnsafeArchive(
            f"{archive.name} is damaged: {error}", hint="download it again"
        ) from error
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise _unsafe(f"{error.filename!r} is both a file and a folder in it") from error
    if not n_files:
        raise _unsafe(f"it holds no files under {_TOP_FOLDER}/")
    return n_files


def _check_member(member: tarfile.TarInfo, limits: Limits) -> PurePosixPath:
    """Return the member's path within the top folder, or raise UnsafeArchive."""
    name = member.name
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name:
        raise _unsafe(f"the path {name!r} leads out of the folder", name)
    sizes = [len(part.encode(errors="surrogateescape")) for part in ("", *path.parts)]
    if sum(sizes) + len(sizes) > _MAX_PATH_BYTES or max(sizes) > _MAX_NAME_BYTES:
        raise _unsafe(f"the path {name[:80]!r}... is too long", name)
    if not path.parts and member.isdir():  # the "./" that `tar -C folder .` begins with
        return path
    if path.parts[:1] != (_TOP_FOLDER,):
        raise _unsafe(f"{name!r} is not under {_TOP_FOLDER}/", name)
    if member.issym() or member.islnk():
        raise _unsafe(f"{name!r} is a link", name)
    if member.issparse() or not (member.isdir() or member.isreg()):
        raise _unsafe(f"{name!r} is neither a plain file nor a folder", name)
    if member.size > limits.file_bytes:
        raise _unsafe(f"{name!r} has {member.size:,} bytes", name)
    return path.relative_to(_TOP_FOLDER)


def _unsafe(what: str, member: str = "") -> UnsafeArchive:
    return UnsafeArchive(
        f"the archive is not safe to extract: {what}",
        hint="take the original archive; nothing was kept of this one",
        member=member,
    )


class _Header(tarfile.TarInfo):
    """A member's header. Unlike tarfile, it takes nothing but zeros for the archive's end."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if len(buf) == tarfile.BLOCKSIZE and not any(buf):
                raise
            raise tarfile.ReadError(str(error)) from error


class _Capped(gzip.GzipFile):
    """The unpacked stream, which ends with UnsafeArchive once it exceeds the limits."""

    def __init__(
        self, packed: BinaryIO, n_bytes: int, limits: Limits, advance: Callable[[int], object]
    ) -> None:
        super().__init__(fileobj=packed)
        self._packed, self._advance, self._shown = packed, advance, 0
        by_ratio = max(limits.ratio_from_bytes, limits.ratio * n_bytes)
        self._max_bytes = min(limits.unpacked_bytes, by_ratio)

    def read(self, size: int | None = -1) -> bytes:
        block = super().read(size)
        if self.tell() > self._max_bytes:
            raise _unsafe(f"it unpacks to more than {self._max_bytes:,} bytes")
        position = self._packed.tell()
        self._advance(position - self._shown)
        self._shown = position
        return block
