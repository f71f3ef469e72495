"""What the flow tests share: a quiet terminal, the small archive, a dataset of it."""

import io
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sagemaker_jobs.archive.safe_extract import extract
from sagemaker_jobs.steps.prepare import prepare
from sagemaker_jobs.terminal import Ui
from tests.support.local_aws.toys import ToyAccount
from tests.support.pipeline import ENDINGS
from tests.support.small_archive import small_archive


@pytest.fixture
def ui() -> Ui:
    """A terminal that nobody sits at."""
    return Ui(io.StringIO(), io.StringIO())


@pytest.fixture(scope="session")
def small_archive_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small archive, extracted; to be read only."""
    return _extracted(small_archive(), tmp_path_factory)


def _extracted(archive: bytes, factory: pytest.TempPathFactory) -> Path:
    folder = factory.mktemp("archive")
    (folder / "small.tar.gz").write_bytes(archive)
    extract(folder / "small.tar.gz", folder / "aclImdb", ui=Ui(io.StringIO()))
    return folder / "aclImdb"


@pytest.fixture(scope="session")
def dataset(small_archive_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small archive, prepared by the classic recipe; to be read only."""
    return _prepared("classic", small_archive_folder, tmp_path_factory)


@pytest.fixture(scope="session")
def default_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of half the size, prepared by the default recipe; to be read only."""
    archive = _extracted(small_archive(train=75, test=20, unlabelled=30), tmp_path_factory)
    return _prepared("default", archive, tmp_path_factory)


def _prepared(recipe: str, archive: Path, factory: pytest.TempPathFactory) -> Path:
    folder = factory.mktemp(recipe) / "dataset"
    prepare(archive, folder, recipe=recipe, any_counts=True, n_workers=1, ui=Ui(io.StringIO()))
    return folder


@pytest.fixture
def heeded_endings() -> Iterator[None]:
    """Programs started meanwhile ignore none of them, though these tests may (nohup, '&')."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in ENDINGS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="module")
def no_function_stays(toys: ToyAccount) -> Iterator[None]:
    """Delete the module's toy functions: other tests look at all functions of the account."""
    yield
    for page in toys.functions.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            if function["FunctionName"].startswith("function-"):
                toys.functions.delete_function(FunctionName=function["FunctionName"])
