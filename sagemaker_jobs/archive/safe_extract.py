"""A gzipped tar of reviews onto the disk, written as if its author meant us harm.

Every member is a plain file or folder under one known top folder; links, devices, sparse files,
repeated names and paths that lead elsewhere are refused, and so is what unpacks to more than a
review archive could hold. Nothing appears under the final name before all of it is there.
"""

from __future__ import annotations

import gzip
import io
import shutil
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sagemaker_jobs.errors import InvalidData, UnsafeArchive
from sagemaker_jobs.files import refused_as_setting
from sagemaker_jobs.terminal import Ui

TOP_FOLDER = "aclImdb"
_COPY_BYTES = 1 << 16
_DAMAGED = (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile)
# longer than any file system takes, and than any review's name
_MOST_PART_BYTES = 255
_MOST_PATH_BYTES = 1_000
# By these an unfinished folder of an earlier version, which has no marker, is known as ours.
_LAID_OUT = (
    *("README", "imdb.vocab", "imdbEr.txt", "train", "test", "t*/labeledBow.feat"),
    *("train/pos", "train/neg", "train/unsup", "test/pos", "test/neg", "train/unsupBow.feat"),
    *("t*/pos/[0-9]*_[0-9]*.txt", "t*/neg/[0-9]*_[0-9]*.txt", "train/unsup/[0-9]*_0.txt"),
    "t*/urls_*.txt",
)
# what such files begin with, so that the error can say what was given instead
_OTHER_FORMATS = (
    (0, b"PK\x03\x04", "a zip file"),
    (257, b"ustar", "a tar file without gzip compression"),
    (0, b"BZh", "a bzip2 file"),
    (0, b"\xfd7zXZ", "an xz file"),
    (0, b"7z\xbc\xaf", "a 7-Zip file"),
)
_TABLES = {".csv", ".tsv", ".txt", ".json"}
GZIP = b"\x1f\x8b"


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
    """Unpack the archive's top folder as `destination` and return the number of files in it.

    `finish` may add to the folder before it gets its name.

    Raises:
        InvalidData: the archive is of another format, or the destination is not empty.
        InvalidSetting: the folder's temporary name is taken by somebody else's folder.
        UnsafeArchive: a member is not what a review archive holds, or the archive is damaged.
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
    """Raise InvalidData where the file is known to be of another format, and so is not damaged."""
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
    n_members = n_files = 0
    packed_bytes = archive.stat().st_size
    try:
        with (
            ui.progress("extract", packed_bytes, "B") as advance,
            archive.open("rb") as packed,
            gzip.open(packed) as unpacked,
        ):
            stream = _Bounded(unpacked, packed.tell, packed_bytes, limits, advance)
            with tarfile.open(fileobj=stream, mode="r|") as tar:
                for member in tar:
                    n_members += 1
                    if n_members > limits.members:
                        raise _unsafe(f"it holds more than {limits.members:,} members")
                    _write(tar, member, _target(member, folder, limits))
                    n_files += member.isreg()
                end = tar.offset  # of the last member, or where a header is none
            while stream.read(_COPY_BYTES):
                pass  # gzip's checksum stands behind the last member
            if not stream.is_zero_from(end):  # tarfile takes any other end for one as well
                raise tarfile.ReadError(f"it breaks off, or goes wrong, at byte {end:,}")
    # tarfile reads some numbers of extended headers unguarded, and headers of headers in depth
    except (*_DAMAGED, ValueError, OverflowError, RecursionError) as error:
        raise UnsafeArchive(
            f"{archive.name} is damaged: {error}", hint="download it again"
        ) from error
    if not n_files:
        raise _unsafe(f"it holds no files under {TOP_FOLDER}/")
    return n_files


def _target(member: tarfile.TarInfo, folder: Path, limits: Limits) -> Path:
    """Where the member goes, once it is known to be harmless."""
    name = member.name
    parts = [part for part in PurePosixPath(name).parts if part != "."]
    if name.startswith("/") or ".." in parts or "\\" in name or "\0" in name:
        raise _unsafe(f"the path {name!r} leads out of the folder", name)
    sizes = [len(part.encode(errors="surrogateescape")) for part in (name, *parts)]
    if sizes[0] > _MOST_PATH_BYTES or max(sizes[1:], default=0) > _MOST_PART_BYTES:
        raise _unsafe(f"the path {name[:80]!r}... is too long", name)
    if not parts and member.isdir():  # the "./" that `tar -C folder .` begins with
        return folder
    if not parts or parts[0] != TOP_FOLDER:
        raise _unsafe(f"{name!r} is not under {TOP_FOLDER}/", name)
    if member.issym() or member.islnk():
        raise _unsafe(f"{name!r} is a link", name)
    if member.issparse() or not (member.isdir() or member.isreg()):
        raise _unsafe(f"{name!r} is neither a plain file nor a folder", name)
    if member.size > limits.file_bytes:
        raise _unsafe(f"{name!r} has {member.size:,} bytes", name)
    return folder.joinpath(*parts[1:])


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    try:
        if member.isdir():
            target.mkdir(parents=True, exist_ok=True)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            source = tar.extractfile(member)
            if source is None:
                raise _unsafe(f"{member.name!r} has no content", member.name)
            shutil.copyfileobj(source, file, _COPY_BYTES)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise _unsafe(f"{member.name!r} stands in it twice", member.name) from error


def _unsafe(what: str, member: str = "") -> UnsafeArchive:
    return UnsafeArchive(
        f"the archive is not safe to extract: {what}",
        hint="take the original archive; nothing was kept of this one",
        member=member,
    )


class _Bounded(io.RawIOBase):
    """The unpacked stream, stopped when it grows past what the packed bytes can honestly hold."""

    def __init__(
        self,
        stream: gzip.GzipFile,
        packed_position: Callable[[], int],
        packed_bytes: int,
        limits: Limits,
        advance: Callable[[int], object],
    ) -> None:
        self._stream = stream
        self._packed_position = packed_position
        self._limits = limits
        self._advance = advance
        self._unpacked = 0
        self._shown = 0
        self._zero_from = 0  # nothing but zeros since this byte
        self._most = min(
            limits.unpacked_bytes, max(limits.ratio_from_bytes, limits.ratio * packed_bytes)
        )

    def readable(self) -> bool:
        return True

    def is_zero_from(self, place: int) -> bool:
        """Whether what was read has a block of zeros at that byte, and zeros alone behind it."""
        return self._zero_from <= place <= self._unpacked - tarfile.BLOCKSIZE

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        if content := block.rstrip(b"\0"):
            self._zero_from = self._unpacked + len(content)
        self._unpacked += len(block)
        if self._unpacked > self._most:
            raise _unsafe(f"it unpacks to more than {self._most:,} bytes")
        position = self._packed_position()
        self._advance(position - self._shown)
        self._shown = position
        return block
