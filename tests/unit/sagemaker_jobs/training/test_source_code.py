"""What SageMaker's containers get."""

import io
import os
import tarfile
from pathlib import Path

from sagemaker_jobs.paths import MODEL_PACKAGE
from sagemaker_jobs.training.training_job import pack_source


def names_in(packed: bytes) -> set[str]:
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        return set(tar.getnames())


def test_the_containers_get_the_model_package_and_no_more() -> None:
    """Entry points, requirements and the package at the top; no cache, nothing of our image."""
    names = names_in(pack_source(MODEL_PACKAGE))
    assert {"train.py", "predict.py", "serve.py", "requirements.txt"} <= names
    assert "sentiment/__init__.py" in names
    assert not {"Dockerfile", "requirements.lock"} & names
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_the_same_files_make_the_same_bytes(tmp_path: Path) -> None:
    """Neither times nor the order of the disk change the content's address."""
    for place in ("a", "b"):
        (tmp_path / place / "package").mkdir(parents=True)
    for name in ("x.py", "package/y.py"):
        (tmp_path / "a" / name).write_text(name)
    for name in ("package/y.py", "x.py"):
        (tmp_path / "b" / name).write_text(name)
        os.utime(tmp_path / "b" / name, (1, 1))
    assert pack_source(tmp_path / "a") == pack_source(tmp_path / "b")


def test_another_file_makes_other_bytes(tmp_path: Path) -> None:
    """A change of one letter is another address."""
    (tmp_path / "x.py").write_text("1")
    before = pack_source(tmp_path)
    (tmp_path / "x.py").write_text("2")
    assert pack_source(tmp_path) != before
