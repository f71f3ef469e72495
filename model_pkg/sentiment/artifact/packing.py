"""The forms of an artifact: a folder without code, and a model.tar.gz with the code that serves it.

SageMaker gets the archive. The repository holds the folder, which is packed with today's code.
With the code comes a manifest, `manifest.sha256`, of every file in the artifact.
"""

from __future__ import annotations

import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from lzma import LZMAError
from pathlib import Path

import sentiment
from sentiment.artifact.description import (
    DESCRIPTION_FILE,
    VOCABULARY_FILE,
    WEIGHTS_FILE,
    read_checked,
    read_description,
)
from sentiment.artifact.profile import PROFILE_FILE
from sentiment.errors import InvalidArtifact
from sentiment.safe_files import file_sha256, pack_files, write_atomically

MANIFEST_FILE = "manifest.sha256"
ARTIFACT_FILES = (WEIGHTS_FILE, VOCABULARY_FILE, DESCRIPTION_FILE)
_CODE = Path(sentiment.__file__).parents[1]  # model_pkg, or an artifact's code/
_PROGRAMS = ("predict.py", "serve.py", "requirements.txt")
_BLOCK_BYTES = 1 << 20
_NOT_SERVED = {"__pycache__", "lessons"}  # lessons are to train from


def pack_artifact(folder: Path) -> bytes:
    """Return the folder's artifact with today's code as a model.tar.gz; the same bytes each time.

    Nothing is compressed: it takes ten times as long and saves 8 % of float16 weights.

    Raises:
        InvalidArtifact: the folder lacks a file of an artifact, or has one that was changed.
    """
    files = {name: folder / name for name in ARTIFACT_FILES}
    for name, path in files.items():
        if not path.is_file():
            raise InvalidArtifact(f"{folder} is not a model artifact: it has no {name}")
    check_files(folder)
    files |= _profile(folder)
    files |= {f"code/{name}": path for name, path in _code_files().items()}
    with tempfile.NamedTemporaryFile() as manifest:
        manifest.write(_list_digests(files))
        manifest.flush()
        return pack_files({**files, MANIFEST_FILE: Path(manifest.name)}, compression=0)


def add_code(folder: Path) -> None:
    """Copy today's serving code into the artifact's code/, and write the manifest."""
    files = {name: folder / name for name in ARTIFACT_FILES} | _profile(folder)
    for name, path in _code_files().items():
        copy = files[f"code/{name}"] = folder / "code" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    write_atomically(_list_digests(files), folder / MANIFEST_FILE)


def check_files(folder: Path) -> None:
    """Raise InvalidArtifact unless the folder's model.json is valid, and its other files fit it."""
    description = read_description(folder)
    for name in (WEIGHTS_FILE, VOCABULARY_FILE):
        read_checked(folder, name, description)


def check_manifest(folder: Path) -> None:
    """Raise InvalidArtifact unless each file of the manifest is in the folder, unchanged.

    An artifact without code has no manifest, nor has one of an earlier version.
    """
    path = folder / MANIFEST_FILE
    if not path.exists():
        return
    try:
        lines = path.read_text("ascii").splitlines()
        for line in lines:
            sha256, _, name = line.partition("  ")
            if not (folder / name).resolve().is_relative_to(folder.resolve()):
                raise InvalidArtifact(f"{MANIFEST_FILE} of the model names {name!r}")
            if file_sha256(folder / name) != sha256:
                raise InvalidArtifact(f"{name} of the model is truncated or was changed")
    except (OSError, ValueError) as error:
        raise InvalidArtifact(f"{MANIFEST_FILE} of the model does not fit it: {error}") from error
    if not lines:
        raise InvalidArtifact(f"{MANIFEST_FILE} of the model is empty")


@contextmanager
def open_artifact(path: Path) -> Iterator[Path]:
    """Yield an artifact's folder: the one given, or a temporary one with a model.tar.gz's files.

    Raises:
        InvalidArtifact: `path` is neither a folder nor an archive, or a file in it was changed.
    """
    if path.is_dir():
        check_manifest(path)
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            with tarfile.open(path) as members:
                members.extractall(folder, filter="data")
                while members.fileobj and members.fileobj.read(_BLOCK_BYTES):
                    pass  # at its end, gzip compares the content with its checksum
        except (OSError, tarfile.TarError, EOFError, ValueError, zlib.error, LZMAError) as error:
            why = str(error).partition(":\n")[0]  # without tarfile's list of what it tried
            raise InvalidArtifact(f"{path} is not a model.tar.gz: {why}") from error
        check_manifest(Path(folder))
        yield Path(folder)


def _profile(folder: Path) -> dict[str, Path]:
    """Return the profile by its name; nothing for a model without one."""
    path = folder / PROFILE_FILE
    return {PROFILE_FILE: path} if path.is_file() else {}


def _list_digests(files: Mapping[str, Path]) -> bytes:
    """Return the manifest of the files, by their names in the artifact."""
    return "".join(
        f"{file_sha256(path)}  {name}\n" for name, path in sorted(files.items())
    ).encode()


def _code_files() -> dict[str, Path]:
    """Return the files that serve a model, by their names in code/."""
    package = [
        path
        for path in (_CODE / "sentiment").rglob("*")
        if path.is_file() and not _NOT_SERVED & set(path.parts)
    ]
    paths = [*(_CODE / name for name in _PROGRAMS), *package]
    return {path.relative_to(_CODE).as_posix(): path for path in paths}
