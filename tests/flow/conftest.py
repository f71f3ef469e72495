"""What the flow tests share: a quiet terminal, a stage, the small archive, a dataset of it."""

import gc
import io
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from sagemaker_jobs.archive.safe_extract import extract
from sagemaker_jobs.aws.session import Aws, connect
from sagemaker_jobs.steps.prepare import prepare
from sagemaker_jobs.steps.setup import setup
from sagemaker_jobs.steps.teardown import teardown
from sagemaker_jobs.terminal import Ui
from tests.support.local_aws import legal_requests
from tests.support.local_aws.toys import ToyAccount
from tests.support.paths import ROOT
from tests.support.pipeline import ENDINGS
from tests.support.small_archive import small_archive


@pytest.fixture
def ui() -> Ui:
    """A terminal that nobody sits at."""
    return Ui(io.StringIO(), io.StringIO())


@pytest.fixture(autouse=True)
def requests_are_legal(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each request of a step is one that AWS's descriptions allow; local_aws gets others too."""
    if request.path.is_relative_to(ROOT / "tests/flow/local_aws"):
        yield
    else:
        with legal_requests.checked():
            yield


Once = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Return the folder of a name, which a function fills once for all workers of this run."""
    mine = tmp_path_factory.getbasetemp()
    all_workers = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine

    def find_or_make(name: str, make: Callable[[Path], object]) -> Path:
        folder = all_workers / f"once-{name}"
        with FileLock(f"{folder}.lock"):
            if not folder.exists():
                making = Path(tempfile.mkdtemp(prefix="making-", dir=all_workers))
                make(making)
                making.rename(folder)
        return folder

    return find_or_make


@pytest.fixture(scope="session")
def small_archive_folder(once: Once) -> Path:
    """The small archive, extracted; to be read only."""
    return _extracted(once, "archive", small_archive())


def _extracted(once: Once, name: str, archive: bytes) -> Path:
    def make(folder: Path) -> None:
        (folder / "small.tar.gz").write_bytes(archive)
        extract(folder / "small.tar.gz", folder / "aclImdb", ui=Ui(io.StringIO()))

    return once(name, make) / "aclImdb"


@pytest.fixture(scope="session")
def dataset(small_archive_folder: Path, once: Once) -> Path:
    """The small archive, prepared by the classic recipe; to be read only."""
    return _prepared(once, "classic", small_archive_folder)


@pytest.fixture(scope="session")
def default_dataset(once: Once) -> Path:
    """An archive of half the size, prepared by the default recipe; to be read only."""
    archive = _extracted(once, "half", small_archive(train=75, test=20, unlabelled=30))
    return _prepared(once, "default", archive)


def _prepared(once: Once, recipe: str, archive: Path) -> Path:
    def make(folder: Path) -> None:
        quiet = Ui(io.StringIO())
        prepare(archive, folder / "dataset", recipe=recipe, any_counts=True, n_workers=1, ui=quiet)

    return once(recipe, make) / "dataset"


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


@pytest.fixture
def environment(
    aws_environment: dict[str, str], request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The variables of the stage dev, in the region that the test's module names."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return {**aws_environment, "STAGE": "dev", "AWS_DEFAULT_REGION": request.module.REGION}


@pytest.fixture
def aws(environment: dict[str, str], ui: Ui) -> Iterator[Aws]:
    """The stage dev after setup; it is torn down at the end."""
    place = connect("dev", environment["AWS_DEFAULT_REGION"], {**os.environ, **environment})
    setup(place, ui=ui)
    yield place
    teardown(place, confirmed=True, ui=ui)
    gc.collect()  # moto warns when deleted objects are collected: let it do so here
