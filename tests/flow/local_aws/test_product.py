"""local_aws as a product of its own: its installation, and a fixture for other projects."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

from tests.support.paths import ROOT
from tests.support.timeouts import HANG_S

OTHER_TESTS = """
import boto3
from local_aws import LocalAws

def test_one(local_aws: LocalAws) -> None:
    s3 = boto3.client("s3")
    assert s3.list_buckets()["Buckets"] == []
    s3.create_bucket(Bucket="prices")
    assert s3.meta.endpoint_url == local_aws.url

test_each_is_empty = test_one
"""


def test_other_projects_tests_get_an_empty_aws_each(tmp_path: Path) -> None:
    """The fixture points boto3 at a fresh local_aws, for one test after another."""
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["local_aws.pytest_plugin"]\n')
    (tmp_path / "test_prices.py").write_text(OTHER_TESTS)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir=."],
        cwd=tmp_path,
        env={"PATH": "", "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
        timeout=HANG_S,
    )
    assert "2 passed" in done.stdout, done.stdout


def test_the_extra_brings_what_it_imports_and_a_command() -> None:
    """`pip install .[local-aws]` names local_aws's packages, and `local-aws` is its program."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    module, _, function = project["scripts"]["local-aws"].partition(":")
    assert callable(getattr(import_module(module), function))
    names = {
        re.split(r"[\[>=<]", line)[0] for line in project["optional-dependencies"]["local-aws"]
    }
    pinned = (ROOT / "requirements-run.txt").read_text()
    own = {line.split("==")[0] for line in pinned.splitlines() if "# local_aws: " in line}
    assert {name.split("[")[0] for name in own} <= names
