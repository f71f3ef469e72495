"""A model for AWS is an archive, whether a file or a folder is named."""

from pathlib import Path

import pytest

from sagemaker_jobs.aws.model_artifacts import as_archive
from sagemaker_jobs.errors import InvalidSetting
from sentiment.artifact.packing import pack_artifact
from tests.support.paths import ROOT

MODEL = ROOT / "tests" / "golden" / "artifact-v4"


def test_a_folder_is_packed_and_a_file_is_not(tmp_path: Path) -> None:
    """The folder's archive is the same each time, and gone afterwards; a file is used as it is."""
    with as_archive(MODEL) as archive:
        assert archive.read_bytes() == pack_artifact(MODEL)
    assert not archive.exists()
    file = tmp_path / "model.tar.gz"
    file.write_bytes(pack_artifact(MODEL))
    with as_archive(file) as archive:
        assert archive == file
    assert file.read_bytes() == pack_artifact(MODEL)


def test_a_damaged_archive_is_not_deployed(tmp_path: Path) -> None:
    """A byte of its code is another: the endpoint would refuse it, or compute something else."""
    file = tmp_path / "model.tar.gz"
    packed = bytearray(pack_artifact(MODEL))
    packed[packed.index(b"def main")] ^= 1
    file.write_bytes(packed)
    with pytest.raises(InvalidSetting, match=r"model\.tar\.gz"), as_archive(file):
        pass


@pytest.mark.parametrize(
    ("name", "what"), [("nothing", "there is no model artifact"), (".", "is not a model artifact")]
)
def test_what_is_not_a_model_is_one_sentence(tmp_path: Path, name: str, what: str) -> None:
    """A name of nothing, and a folder without a model."""
    with pytest.raises(InvalidSetting, match=what), as_archive(tmp_path / name):
        pass
