"""What all tests share: a network of loopback alone, local_aws, and an environment kept clean."""

import functools
import gc
import os
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import hypothesis
import pytest

from local_aws import LocalAws
from tests.support.local_aws.toys import ToyAccount
from tests.support.loopback import enter_loopback_network
from tests.support.paths import MODEL_PACKAGE

LOOPBACK_NETWORK = pytest.StashKey[bool]()
# Programs that ignore the fixtures end at a closed loopback port, not at AWS or on the Internet.
NOWHERE = "http://127.0.0.1:9"
GUARDED = {
    "AWS_ENDPOINT_URL": NOWHERE,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "HTTP_PROXY": NOWHERE,
    "HTTPS_PROXY": NOWHERE,
    "http_proxy": NOWHERE,
    "https_proxy": NOWHERE,
    "NO_PROXY": "127.0.0.1,127.0.0.2,localhost",
    "no_proxy": "127.0.0.1,127.0.0.2,localhost",
    # programs import this checkout's sentiment, even where another checkout's is installed
    "PYTHONPATH": str(MODEL_PACKAGE),
}


def pytest_configure(config: pytest.Config) -> None:
    """Leave the machine's network before the first test; judge no property by the clock."""
    hypothesis.settings.register_profile(
        "steady", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("steady")
    n_workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if n_workers > 1:  # each computes on its share of the cores
        os.environ.setdefault("OMP_NUM_THREADS", str(max(1, _count_cores() // n_workers)))
    # botocore reads its models of AWS's services again for each session: much of what tests do
    botocore.session.create_loader = functools.cache(botocore.session.create_loader)
    config.stash[LOOPBACK_NETWORK] = enter_loopback_network()
    os.environ.pop("AWS_PROFILE", None)
    os.environ.update(GUARDED)


def pytest_collection_finish() -> None:
    """Spare the garbage collector all that is there before the first test: PyTorch, moto, tests."""
    gc.collect()
    gc.freeze()


def pytest_xdist_auto_num_workers() -> int:
    """`pytest -n auto`: one worker more than cores, since some wait for programs; at most four.

    Each has its own local_aws and browser.
    """
    return min(4, _count_cores() + 1)


def _count_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object]) -> Iterator[None]:
    """Fail where a fixture that tests share leaves AWS variables: other tests' programs read them.

    The browser's stand-in for the endpoint once answered the flow tests that came after it.
    """
    before = _aws_variables()
    value = yield
    changed = before ^ _aws_variables()
    assert fixturedef.scope == "function" or not changed, f"{fixturedef.argname} leaves {changed}"
    return value


def _aws_variables() -> set[tuple[str, str]]:
    # Chalice lengthens that one by its name each time that it makes a session
    names = {name for name in os.environ if name.startswith("AWS_")} - {"AWS_EXECUTION_ENV"}
    return {(name, os.environ[name]) for name in names}


def pytest_report_header(config: pytest.Config) -> str:
    kept_in = config.stash[LOOPBACK_NETWORK]
    return (
        f"network: {'loopback only, kept by the kernel' if kept_in else 'guarded by pytest-socket'}"
    )


@pytest.fixture(scope="session")
def loopback_network(pytestconfig: pytest.Config) -> bool:
    """Whether the kernel keeps the tests and their programs on loopback."""
    return pytestconfig.stash[LOOPBACK_NETWORK]


@pytest.fixture(scope="session")
def local_aws_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tests' local_aws keeps its files."""
    return tmp_path_factory.mktemp("local_aws")


@pytest.fixture(scope="session")
def local_aws_server(local_aws_folder: Path) -> Iterator[LocalAws]:
    """One local_aws for all tests; each test uses names of its own."""
    with LocalAws(data_dir=local_aws_folder) as running:
        yield running


@pytest.fixture(scope="session")
def toys(local_aws_server: LocalAws) -> ToyAccount:
    """An account with a bucket, a role and toy programs, for the tests of local_aws itself."""
    return ToyAccount(local_aws_server.environment)


@pytest.fixture
def aws_environment(local_aws_server: LocalAws, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables that point AWS clients at local_aws, set for one test."""
    for name, value in local_aws_server.environment.items():
        monkeypatch.setenv(name, value)
    return local_aws_server.environment
