"""What the flow tests share: a quiet terminal, the small archive, a dataset of it."""

import io
from pathlib import Path

import pytest

from sagemaker_jobs.extraction import extract
from sagemaker_jobs.prepare import prepare
from sagemaker_jobs.ui import Ui
from tests.flow.small_archive import write_small_archive


@pytest.fixture
def ui() -> Ui:
    """A terminal that nobody sits at."""
    return Ui(io.StringIO(), io.StringIO())


@pytest.fixture(scope="session")
def small_archive_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small archive, extracted; to be read only."""
    folder = tmp_path_factory.mktemp("small-archive")
    archive = write_small_archive(folder / "small.tar.gz")
    extract(archive, folder / "aclImdb", ui=Ui(io.StringIO()))
    return folder / "aclImdb"


@pytest.fixture(scope="session")
def dataset(small_archive_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small archive, prepared by the classic recipe; to be read only."""
    folder = tmp_path_factory.mktemp("classic") / "dataset"
    quiet = Ui(io.StringIO())
    prepare(small_archive_folder, folder, recipe="classic", any_counts=True, n_workers=1, ui=quiet)
    return folder
