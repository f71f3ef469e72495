"""The forms of an artifact: a folder without code, and a model.tar.gz with the code that serves it.

SageMaker gets the archive. The repository holds the folder, which is packed with today's code.
"""

from __future__ import annotations

import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from lzma import LZMAError
from pathlib import Path

import sentiment
from sentiment.errors import InvalidArtifact
from sentiment.safe_files import pack_files

DESCRIPTION_FILE = "model.json"
WEIGHTS_FILE = "model.safetensors"
VOCABULARY_FILE = "vocabulary.txt"
ARTIFACT_FILES = (WEIGHTS_FILE, VOCABULARY_FILE, DESCRIPTION_FILE)
_CODE = Path(sentiment.__file__).parents[1]  # model_pkg, or an artifact's code/
_PROGRAMS = ("predict.py", "serve.py", "requirements.txt")
_NOT_SERVED = {"__pycache__", "lessons"}  # lessons are to train from


def pack_artifact(folder: Path) -> bytes:
    """Return the folder's artifact with today's code as a model.tar.gz; the same bytes each time.

    Nothing is compressed: it takes ten times as long and saves 8 % of float16 weights.

    Raises:
        InvalidArtifact: the folder lacks a file of an artifact.
    """
    files = {name: folder / name for name in ARTIFACT_FILES}
    for name, path in files.items():
        if not path.is_file():
            raise InvalidArtifact(f"{folder} is not a model artifact: it has no {name}")
    code = {f"code/{name}": path for name, path in _code_files().items()}
    return pack_files({**files, **code}, compression=0)


def copy_code(folder: Path) -> None:
    """Copy today's serving code into the artifact's code/."""
    for name, path in _code_files().items():
        copy = folder / "code" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


@contextmanager
def open_artifact(path: Path) -> Iterator[Path]:
    """Yield an artifact's folder: the one given, or a temporary one with a model.tar.gz's files.

    Raises:
        InvalidArtifact: `path` is neither a folder nor an archive.
    """
    if path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            with tarfile.open(path) as members:
                members.extractall(folder, filter="data")
        except (OSError, tarfile.TarError, EOFError, ValueError, zlib.error, LZMAError) as error:
            why = str(error).partition(":\n")[0]  # without tarfile's list of what it tried
            raise InvalidArtifact(f"{path} is not a model.tar.gz: {why}") from error
        yield Path(folder)


def _code_files() -> dict[str, Path]:
    """Return the files that serve a model, by their names in code/."""
    package = [
        path
        for path in (_CODE / "sentiment").rglob("*")
        if path.is_file() and not _NOT_SERVED & set(path.parts)
    ]
    paths = [*(_CODE / name for name in _PROGRAMS), *package]
    return {path.relative_to(_CODE).as_posix(): path for path in paths}
