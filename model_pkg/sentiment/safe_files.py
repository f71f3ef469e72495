"""Write files and folders whole, and replace only those that this program made.

A folder of ours holds the file `.movie-sentiment`, which says what the folder is. It is the first
file written and the last one deleted. So an interruption never leaves a folder of ours unmarked.
Folders that earlier versions made have no marker: the caller says how to recognize them.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import secrets
import shutil
import tarfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from sentiment.errors import NotOurs

MARKER = ".movie-sentiment"
FORMAT_VERSION = 1
_PROGRAM = "movie-sentiment"
_ANOTHER_FOLDER = "another folder, new or empty"


def write_atomically(content: bytes, path: Path) -> None:
    """Write the file so that readers see the old content or the new one, even after a crash.

    Every user may read it: a container may run as another user than the writer.
    """
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")  # one a run
    try:
        with partial.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def file_sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of the file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def pack_files(files: Mapping[str, Path], compression: int = 9) -> bytes:
    """Return a gzipped tar of the files, in order of their names in it.

    The same names and contents give the same bytes: times, owners and modes are left out.
    `compression` is gzip's level in [0, 9]; 0 only stores.
    """
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=compression, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for name, path in sorted(files.items()):
            content = path.read_bytes()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mode = 0o644
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@dataclass(frozen=True)
class Kind:
    """A kind of folder that this program makes, and every file that it writes there.

    `written` are patterns of paths within the folder, where `*` also matches a slash.
    `is_earlier` recognizes a folder from before there were markers, whose files all match.
    """

    name: str
    written: Collection[str]
    is_earlier: Callable[[Path], bool] = lambda _folder: False

    def find_foreign(self, folder: Path) -> Path | None:
        """Return a file, link or empty folder in there that this program does not write."""
        for place, folders, files in os.walk(folder, onerror=_raise):
            inside = Path(place)
            links = [name for name in folders if (inside / name).is_symlink()]
            leaves = [inside / name for name in (*files, *links)]
            if not (files or folders) and inside != folder:
                leaves.append(inside)
            for path in sorted(leaves):
                name = path.relative_to(folder).as_posix()
                if name != MARKER and not any(fnmatchcase(name, one) for one in self.written):
                    return path
        return None


def check_folder(folder: Path, kind: Kind) -> None:
    """Raise NotOurs unless the folder is missing, empty, or one of this kind that we made."""
    if folder.is_symlink() and not folder.exists():
        raise NotOurs(f"{folder} is a symbolic link to nothing", hint=_ANOTHER_FOLDER)
    if not folder.exists():
        return
    if not folder.is_dir():
        raise NotOurs(f"{folder} is a file, not a folder", hint=_ANOTHER_FOLDER)
    if not any(folder.iterdir()):
        return
    found = _read_kind(folder)
    if found is None:
        foreign = kind.find_foreign(folder)
        if foreign is not None or not kind.is_earlier(folder):
            example = foreign or next(folder.iterdir())
            raise NotOurs(
                f"{folder} exists and was not made by this program: "
                f"it holds {example.relative_to(folder)}",
                hint=_ANOTHER_FOLDER,
            )
    elif found != kind.name:
        raise NotOurs(
            f"{folder} holds this program's {found}, not its {kind.name}", hint=_ANOTHER_FOLDER
        )


def check_replaceable(folder: Path, kind: Kind, keep: Mapping[str, Path] | None = None) -> None:
    """Raise NotOurs unless everything in the folder may be deleted.

    `keep` are places that must not lie in the folder, by what they are called. The current folder,
    the home folder and this program are always among them.
    """
    if folder.is_symlink():
        raise NotOurs(f"{folder} is a symbolic link, which is never replaced", hint=_ANOTHER_FOLDER)
    for name, place in {**_places_to_keep(), **(keep or {})}.items():
        if place.resolve().is_relative_to(folder.resolve()):
            raise NotOurs(f"{folder} is or contains {name}", hint=_ANOTHER_FOLDER)
    check_folder(folder, kind)
    if folder.is_dir() and (foreign := kind.find_foreign(folder)):
        raise NotOurs(
            f"{folder} holds {foreign.relative_to(folder)}, which this program did not write",
            hint=f"move it away, or {_ANOTHER_FOLDER}",
        )


def mark(folder: Path, kind: Kind) -> None:
    """Make the folder if it is missing, and mark it as ours.

    Raises:
        NotOurs: it exists, and this program did not make it.
    """
    check_folder(folder, kind)
    folder.mkdir(parents=True, exist_ok=True)
    if _read_kind(folder) == kind.name:
        return
    content = {"program": _PROGRAM, "kind": kind.name, "format_version": FORMAT_VERSION}
    write_atomically(json.dumps(content).encode() + b"\n", folder / MARKER)


@contextmanager
def replacing(folder: Path, kind: Kind, keep: Mapping[str, Path] | None = None) -> Iterator[Path]:
    """Give a new folder to fill, which takes the folder's place when all went well.

    Until then the old folder stays as it is. If the program is killed in the middle of the swap,
    the old folder lies beside its place and comes back with the next call.

    Raises:
        NotOurs: the folder holds what this program did not write.
    """
    check_replaceable(folder, kind, keep)
    old = folder.with_name(f".{folder.name}.old")
    new = folder.with_name(f".{folder.name}.partial")
    for left_over in (old, new):  # of a run that was killed
        check_replaceable(left_over, kind)
    if old.exists() and not folder.exists():
        old.rename(folder)
    for left_over in (old, new):
        remove(left_over, kind)
    mark(new, kind)
    try:
        yield new
        check_replaceable(folder, kind, keep)  # again: it may have changed meanwhile
        _swap(new, folder, old, kind)
    finally:
        if new.exists():
            shutil.rmtree(new, ignore_errors=True)


def remove(folder: Path, kind: Kind) -> None:
    """Delete the folder, if there is one; its marker last.

    Raises:
        NotOurs: it holds what this program did not write.
    """
    check_replaceable(folder, kind)
    if not folder.exists():
        return
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != MARKER:
            path.unlink()
    (folder / MARKER).unlink(missing_ok=True)
    folder.rmdir()


def check_file(path: Path, beginning: bytes) -> None:
    """Raise NotOurs unless the file is missing, empty, or begins as this program's files do."""
    hint = "another file name, or move that file away"
    if path.is_dir():
        raise NotOurs(f"{path} is a folder, not a file", hint=hint)
    if not path.exists():
        return
    if not path.is_file():
        raise NotOurs(f"{path} is not a plain file", hint=hint)
    with path.open("rb") as stream:
        found = stream.read(len(beginning))
    if found and found != beginning:
        raise NotOurs(f"{path} exists and was not written by this program", hint=hint)


def _raise(error: OSError) -> None:
    raise error  # what cannot be seen may be somebody's


def _read_kind(folder: Path) -> str | None:
    """Return the kind that the folder's marker names; None without a marker of ours."""
    try:
        content = json.loads((folder / MARKER).read_text("utf-8"))
        if (content["program"], content["format_version"]) == (_PROGRAM, FORMAT_VERSION):
            return str(content["kind"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # missing, or somebody else's file of that name
    return None


def _places_to_keep() -> dict[str, Path]:
    places = {"the current folder": Path.cwd(), "this program": Path(__file__).parent}
    home = Path("~").expanduser()  # stays '~' where a system knows of no home folder
    return places if home == Path("~") else {**places, "your home folder": home}


def _swap(new: Path, folder: Path, old: Path, kind: Kind) -> None:
    if not folder.exists():
        new.rename(folder)
        return
    mark(folder, kind)  # one of an earlier version has no marker yet
    folder.rename(old)
    try:
        new.rename(folder)
    except BaseException:
        old.rename(folder)
        raise
    remove(old, kind)
