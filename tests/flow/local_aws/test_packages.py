"""requirements.txt of jobs and endpoints: installed with --allow-pip, else named in the log."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path

import pytest

from local_aws import LocalAws
from local_aws.host.packages import NOT_INSTALLED
from tests.support.local_aws.toys import ToyAccount, new_name, tar
from tests.support.timeouts import until

PROGRAM = b"""
import house_prices, os, pathlib
pathlib.Path(os.environ["SM_MODEL_DIR"], "found.txt").write_text(house_prices.__file__)
"""
SCRIPT = b"""
import house_prices
def model_fn(folder): return house_prices.UNIT
def transform_fn(model, body, content_type, accept): return model
"""
REQUIREMENTS = b"house-prices==1.0\n"


@pytest.fixture
def allowed_pip(
    local_aws_server: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """local_aws with --allow-pip, an index of one package, and an empty cache; the cache's path."""
    wheel = tmp_path / "house_prices-1.0-py3-none-any.whl"
    about = "house_prices-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("house_prices/__init__.py", "UNIT = 'thousand'\n")
        archive.writestr(
            f"{about}/METADATA", "Metadata-Version: 2.1\nName: house-prices\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{about}/RECORD", "")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(local_aws_server._context.packages, "allowed", True)
    return tmp_path / "cache" / "local_aws"


def train(toys: ToyAccount, requirements: bytes) -> str:
    """Return the name of a started job that imports what its requirements.txt names."""
    files = {"train.py": PROGRAM, "requirements.txt": requirements}
    source = toys.put(f"{new_name('packages')}.tar.gz", tar(files))
    return toys.train({"sagemaker_submit_directory": json.dumps(source)})


def serve(toys: ToyAccount) -> str:
    """Return the name of a settled endpoint whose script needs its requirements.txt."""
    files = {"code/inference.py": SCRIPT, "code/requirements.txt": REQUIREMENTS}
    name = toys.endpoint(toys.config(toys.model("x", files=files)))
    toys.settled_endpoint(name)
    return name


def test_requirements_are_installed_once_for_all(toys: ToyAccount, allowed_pip: Path) -> None:
    """A job and an endpoint with the same file share a folder; local_aws's packages stay."""
    job = toys.finished_job(train(toys, REQUIREMENTS))
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    found = toys.unpacked(job["ModelArtifacts"]["S3ModelArtifacts"])["found.txt"].decode()
    (folder,) = allowed_pip.iterdir()
    assert Path(found) == folder / "house_prices" / "__init__.py"
    made = folder.stat().st_mtime_ns
    name = serve(toys)
    assert toys.ask(name, b"[]", ContentType="application/json") == b"thousand"
    assert [entry.stat().st_mtime_ns for entry in allowed_pip.iterdir()] == [made]


def test_what_pip_cannot_install_fails_with_its_last_line(
    toys: ToyAccount, allowed_pip: Path
) -> None:
    """FailureReason has pip's error; nothing half installed is left."""
    job = toys.finished_job(train(toys, b"surely-not-a-package-anyone-has"))
    assert job["TrainingJobStatus"] == "Failed"
    assert "requirements.txt cannot be installed" in job["FailureReason"]
    assert "surely-not-a-package-anyone-has" in job["FailureReason"]
    assert list(allowed_pip.iterdir()) == []


def test_without_the_option_the_log_says_so(toys: ToyAccount) -> None:
    """The log names the image that was asked for, the Python that runs, and the option."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    runs = f"local_aws: Python {version} ({sys.executable}) runs in place of the image an-image"
    name = train(toys, REQUIREMENTS)
    assert toys.finished_job(name)["TrainingJobStatus"] == "Failed"
    assert {runs, f"local_aws: {NOT_INSTALLED}"} <= set(toys.job_log(name))
    endpoint = serve(toys)
    until(
        lambda: toys.log(f"/aws/sagemaker/Endpoints/{endpoint}"),
        lambda lines: {runs, f"local_aws: {NOT_INSTALLED}"} <= set(lines),
        "both lines",
    )
    assert toys.settled_endpoint(endpoint)["EndpointStatus"] == "Failed"
