"""A model that cannot be served is refused before it is sent."""

import io
import tarfile
from pathlib import Path

import pytest

from sagemaker_jobs.endpoint.artifact_check import check_artifact
from sagemaker_jobs.errors import InvalidSetting
from sentiment.artifact.packing import pack_artifact
from tests.support.paths import ROOT

MODEL = ROOT / "tests" / "golden" / "artifact-v5"


def changed(path: Path, name: str, content: bytes | None) -> Path:
    """Write the packed model to `path` with another content of a file, or without it."""
    with (
        tarfile.open(fileobj=io.BytesIO(pack_artifact(MODEL))) as model,
        tarfile.open(path, "w:gz") as copy,
    ):
        for member in model:
            file = model.extractfile(member)
            inside = file.read() if file else b""
            if member.name == name:
                if content is None:
                    continue
                inside = content
            member.size = len(inside)
            copy.addfile(member, io.BytesIO(inside))
    return path


def test_a_packed_model_passes(tmp_path: Path) -> None:
    """Every file is there and is what model.json says."""
    check_artifact(changed(tmp_path / "model.tar.gz", "", None))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("code/serve.py", None, "it has no code/serve.py"),
        ("vocabulary.txt", None, "it has no vocabulary.txt"),
        ("vocabulary.txt", b"other\n", "vocabulary.txt is damaged"),
        ("model.json", b"{", "its model.json cannot be read"),
        ("model.json", b"[]", "its model.json cannot be read"),
    ],
)
def test_a_model_that_cannot_be_served_is_refused(
    tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    """A file is missing or changed: one sentence names it."""
    with pytest.raises(InvalidSetting, match=said):
        check_artifact(changed(tmp_path / "model.tar.gz", name, content))


def test_a_truncated_archive_is_refused(tmp_path: Path) -> None:
    """As an interrupted download leaves it."""
    path = changed(tmp_path / "model.tar.gz", "", None)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(InvalidSetting, match=r"not a complete \.tar\.gz"):
        check_artifact(path)
    path.write_bytes(b"any archive")
    with pytest.raises(InvalidSetting, match=r"not a complete \.tar\.gz"):
        check_artifact(path)
