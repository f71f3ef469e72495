"""/opt/ml and the hosts' names, as programs find them in a container."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local_aws.host import mounts
from local_aws.sagemaker.training import container, job
from tests.support.local_aws.toys import ToyAccount, new_name, tar

needs_mounts = pytest.mark.skipif(
    not mounts.private_mounts(), reason="this machine allows no mount namespaces"
)
LITERAL = b"""
import pathlib, socket
names = [path.name for path in pathlib.Path("/opt/ml/input/data").iterdir()]
print(f"input={names[0]} address={socket.gethostbyname('algo-1')}")
pathlib.Path("/opt/ml/model/weights.txt").write_text("learned")
"""
NAMED_ONLY = b"print('a model would be in /opt/ml/model')"


def train(toys: ToyAccount, program: bytes) -> str:
    """Return the name of a started job that runs `program`."""
    source = toys.put(f"{new_name('literal')}.tar.gz", tar({"train.py": program}))
    return toys.train({"sagemaker_submit_directory": json.dumps(source)})


@needs_mounts
def test_a_script_finds_opt_ml_itself(toys: ToyAccount) -> None:
    """A literal /opt/ml is the job's own, and the machine's /opt stays as it was."""
    before = sorted(Path("/opt").iterdir())
    done = toys.finished_job(name := train(toys, LITERAL))
    assert done["TrainingJobStatus"] == "Completed", done.get("FailureReason")
    files = toys.unpacked(done["ModelArtifacts"]["S3ModelArtifacts"])
    assert files == {"weights.txt": b"learned"}
    assert "input=training address=127.0.0.1" in toys.job_log(name)
    assert sorted(Path("/opt").iterdir()) == before


@needs_mounts
def test_a_model_server_finds_opt_ml_itself(toys: ToyAccount) -> None:
    """A literal /opt/ml/model is the endpoint's own model."""
    script = b"""
def model_fn(folder): return open("/opt/ml/model/name.txt").read()
def transform_fn(model, body, content_type, accept): return model
"""
    files = {"code/inference.py": script, "name.txt": b"found"}
    name = toys.endpoint(toys.config(toys.model("x", files=files)))
    assert toys.settled_endpoint(name)["EndpointStatus"] == "InService"
    assert toys.ask(name, b"[]", ContentType="application/json") == b"found"


def test_a_model_written_past_the_job_fails_it(
    toys: ToyAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where mounts are not allowed: a warning, and no empty model passes for one."""
    for module in (mounts, container, job):
        monkeypatch.setattr(module, "private_mounts", tuple)
    done = toys.finished_job(name := train(toys, NAMED_ONLY))
    assert done["TrainingJobStatus"] == "Failed"
    assert "SM_MODEL_DIR holds no model, and train.py names /opt/ml" in done["FailureReason"]
    assert any("/opt/ml is /" in line for line in toys.job_log(name))
    assert not toys.keys(f"output/{name}/output/model")
    # a script that wrote a model, or that does not name the path, is as good as ever
    assert toys.finished_job(toys.train())["TrainingJobStatus"] == "Completed"
    assert toys.finished_job(train(toys, b""))["TrainingJobStatus"] == "Completed"
