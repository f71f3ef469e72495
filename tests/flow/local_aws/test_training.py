"""Training jobs on local_aws: AWS's toolkit runs a real program, and AWS's statuses show it."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from local_aws.host import s3
from local_aws.host.mounts import private_mounts
from local_aws.sagemaker.training.job import TrainingJob
from tests.support.local_aws.program import running
from tests.support.local_aws.toys import BUCKET, ToyAccount, new_name, tar
from tests.support.timeouts import HANG_S, advance_clock, until

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

NEVER = json.dumps("/nonexistent/gate")


def test_a_job_trains_uploads_and_reports_like_on_aws(toys: ToyAccount) -> None:
    """Statuses, artifact, metrics, log, environment and times are those of a SageMaker job."""
    name = toys.train({"epochs": "3"}, Environment={"MY_SETTING": "kept"})
    job = toys.finished_job(name)

    steps = [step["Status"] for step in job["SecondaryStatusTransitions"]]
    assert steps == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert all("EndTime" in step for step in job["SecondaryStatusTransitions"])
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Completed"
    artifact = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert artifact == f"s3://{BUCKET}/output/{name}/output/model.tar.gz"
    files = toys.unpacked(artifact)
    assert files["words.txt"].split() == [b"an", b"awful", b"film", b"a", b"wonderful", b"film"]
    assert files["args.txt"] == b"--epochs 3"
    metrics = {entry["MetricName"]: entry["Value"] for entry in job["FinalMetricDataList"]}
    assert metrics == pytest.approx({"accuracy": 0.8, "loss": 0.25})
    assert job["Environment"] == {"MY_SETTING": "kept"}
    assert job["BillableTimeInSeconds"] >= 1
    lines = toys.job_log(name)
    assert "first_epoch=0 setting=kept" in lines
    assert [line for line in lines if line.startswith("epoch=")] == [
        "epoch=1 train_loss=0.5000 validation_accuracy=0.60",
        "epoch=2 train_loss=0.3333 validation_accuracy=0.70",
        "epoch=3 train_loss=0.2500 validation_accuracy=0.80",
    ]
    streams = toys.logs.describe_log_streams(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{name}/"
    )["logStreams"]
    assert len(streams) == 1
    assert streams[0]["logStreamName"].startswith(f"{name}/algo-1-")
    assert toys.keys(f"output/{name}/") == [f"output/{name}/output/model.tar.gz"]


def test_failures_say_why_while_another_job_runs(toys: ToyAccount) -> None:
    """Three jobs at once: the failure file, a crash and a missing channel each give a reason."""
    explained = toys.train({"fail": json.dumps("The channel holds no reviews.")})
    crashed = toys.train({"crash": "true"})
    empty = toys.train(
        InputDataConfig=[
            {
                "ChannelName": "training",
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": f"s3://{BUCKET}/nothing-here",
                    }
                },
            }
        ]
    )
    reasons: dict[str, str] = {}
    for name in (explained, crashed, empty):
        job = toys.finished_job(name)
        assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Failed"
        assert "ModelArtifacts" not in job
        reasons[name] = job["FailureReason"]
    assert reasons[explained] == "AlgorithmError: The channel holds no reviews., exit code: 1"
    assert "RuntimeError" in reasons[crashed]
    assert "the toy crashed" in reasons[crashed]
    assert reasons[crashed].endswith(", exit code: 1")
    assert "No S3 objects found under S3 URL" in reasons[empty]


def test_stopping_a_job_lets_it_save_and_keeps_its_artifact(toys: ToyAccount) -> None:
    """StopTrainingJob sends SIGTERM, the program saves, the job is Stopped with an artifact."""
    name = toys.train({"wait-for": NEVER, "on-sigterm": "save"})
    until(lambda: toys.job(name)["SecondaryStatus"], lambda now: now == "Training", "training")
    until(
        lambda: toys.job_log(name),
        lambda lines: any(line.startswith("epoch=1") for line in lines),
        "log",
    )
    toys.sagemaker.stop_training_job(TrainingJobName=name)
    assert toys.job(name)["TrainingJobStatus"] in {"Stopping", "Stopped"}

    job = toys.finished_job(name)
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Stopped"
    assert "Stopping" in [step["Status"] for step in job["SecondaryStatusTransitions"]]
    assert toys.unpacked(job["ModelArtifacts"]["S3ModelArtifacts"]) == {
        "stopped.txt": b"saved on SIGTERM"
    }
    with pytest.raises(ClientError, match="training job is in status Stopped"):
        toys.sagemaker.stop_training_job(TrainingJobName=name)


def test_a_job_stopped_while_it_downloads_starts_no_program(
    toys: ToyAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends as Stopped, between two objects, without a start of training."""
    downloading, gate = threading.Event(), threading.Event()
    read_object = s3.read_object

    def read_held(client: S3Client, location: s3.Location) -> bytes:
        downloading.set()
        gate.wait()
        return read_object(client, location)

    monkeypatch.setattr(s3, "read_object", read_held)
    name = toys.train()
    assert downloading.wait(HANG_S)
    toys.sagemaker.stop_training_job(TrainingJobName=name)
    gate.set()
    job = toys.finished_job(name)
    steps = [step["Status"] for step in job["SecondaryStatusTransitions"]]
    assert steps == ["Starting", "Downloading", "Stopping", "Stopped"]
    assert "TrainingStartTime" not in job


def test_a_metric_that_is_not_a_regular_expression_is_refused(toys: ToyAccount) -> None:
    """Before anything starts."""
    algorithm = {
        "TrainingImage": "toy",
        "TrainingInputMode": "File",
        "ContainerEntrypoint": ["sleep", "300"],
        "MetricDefinitions": [{"Name": "loss", "Regex": "loss=(["}],
    }
    with pytest.raises(ClientError, match="expression of the metric loss is invalid"):
        toys.train(AlgorithmSpecification=algorithm)


def test_a_job_ends_at_its_maximum_runtime(
    toys: ToyAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MaxRuntimeInSeconds stops the job: Stopped, with MaxRuntimeExceeded as secondary status."""
    name = toys.train({"wait-for": NEVER}, StoppingCondition={"MaxRuntimeInSeconds": 3600})
    until(
        lambda: toys.job_log(name),
        lambda lines: any(line.startswith("epoch=1") for line in lines),
        "the first epoch",
    )
    advance_clock(monkeypatch, TrainingJob, 3600)
    job = toys.finished_job(name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_an_interrupted_spot_job_resumes_from_its_checkpoint(toys: ToyAccount) -> None:
    """A stopped job's checkpoints are in S3; a job with the same CheckpointConfig finds them."""
    prefix = new_name("checkpoints")
    spot = {
        "CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/{prefix}"},
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 600},
    }
    first = toys.train({"epochs": "2", "wait-for": NEVER}, **spot)
    until(lambda: toys.keys(prefix), bool, "the first checkpoint")
    toys.sagemaker.stop_training_job(TrainingJobName=first)
    assert toys.finished_job(first)["TrainingJobStatus"] == "Stopped"
    assert toys.get(f"s3://{BUCKET}/{prefix}/epochs.txt") == b"2"

    second = toys.train({"epochs": "4"}, **spot)
    assert toys.finished_job(second)["TrainingJobStatus"] == "Completed"
    lines = toys.job_log(second)
    assert "first_epoch=2 setting=none" in lines
    assert [line[:7] for line in lines if line.startswith("epoch=")] == ["epoch=3", "epoch=4"]
    assert toys.get(f"s3://{BUCKET}/{prefix}/epochs.txt") == b"4"


def test_two_hosts_train_together_one_such_job_at_a_time(toys: ToyAccount, tmp_path: Path) -> None:
    """Torchrun joins two instances and sharded input is split; the next such job waits."""
    gate = tmp_path / "gate"
    program = f"""
import json, os, pathlib, time
import torch.distributed
torch.distributed.init_process_group("gloo")
total = torch.tensor([torch.distributed.get_rank() + 1.0])
torch.distributed.all_reduce(total)
files = sorted(p.name for p in pathlib.Path(os.environ["SM_CHANNEL_TRAINING"]).rglob("*.txt"))
seen = {{"files": files, "host": os.environ["SM_CURRENT_HOST"], "sum": total.item()}}
name = f"rank-{{torch.distributed.get_rank()}}.json"
pathlib.Path(os.environ["SM_MODEL_DIR"], name).write_text(json.dumps(seen))
torch.distributed.destroy_process_group()
while not os.path.exists({str(gate)!r}):
    time.sleep(0.02)
"""
    source = toys.put("two-hosts.tar.gz", tar({"train.py": program.encode()}))
    torchrun = {
        "sagemaker_submit_directory": json.dumps(source),
        "sagemaker_torch_distributed_enabled": "true",
        "sagemaker_instance_type": json.dumps("ml.m7i.large"),
    }
    hosts = {"InstanceType": "ml.m7i.large", "InstanceCount": 2, "VolumeSizeInGB": 30}
    sharded = {
        "S3DataType": "S3Prefix",
        "S3Uri": f"s3://{BUCKET}/data",
        "S3DataDistributionType": "ShardedByS3Key",
    }
    channels = [{"ChannelName": "training", "DataSource": {"S3DataSource": sharded}}]
    first = toys.train(torchrun, ResourceConfig=hosts, InputDataConfig=channels)
    until(lambda: toys.job(first)["SecondaryStatus"], lambda now: now == "Training", "training")
    second = toys.train(ResourceConfig=hosts)
    third = toys.train(ResourceConfig=hosts)
    toys.sagemaker.stop_training_job(TrainingJobName=third)
    assert toys.finished_job(third)["TrainingJobStatus"] == "Stopped"
    gate.touch()

    job = toys.finished_job(first)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    files = toys.unpacked(job["ModelArtifacts"]["S3ModelArtifacts"])
    seen = [json.loads(files[f"rank-{n}.json"]) for n in range(2)]
    assert [entry["host"] for entry in seen] == (
        ["algo-1", "algo-2"] if private_mounts() else ["127.0.0.1", "127.0.0.2"]
    )
    assert [entry["sum"] for entry in seen] == [3.0, 3.0]
    assert sorted(seen[0]["files"] + seen[1]["files"]) == ["one.txt", "two.txt"]
    streams = toys.logs.describe_log_streams(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{first}/algo-"
    )["logStreams"]
    assert len(streams) == 2
    waited = toys.finished_job(second)
    assert waited["TrainingJobStatus"] == "Completed"
    assert waited["TrainingStartTime"] >= job["TrainingEndTime"]


def test_jobs_of_several_hosts_take_turns_on_a_machine(toys: ToyAccount, tmp_path: Path) -> None:
    """All need port 7777: one waits for that of another local_aws, whose killing ends the wait."""
    hosts = {"InstanceType": "ml.m7i.large", "InstanceCount": 2, "VolumeSizeInGB": 30}
    with running(tmp_path) as (_, printed):
        other = ToyAccount(printed)
        endless = other.train({"wait-for": NEVER}, ResourceConfig=hosts)
        until(lambda: other.job(endless)["SecondaryStatus"], lambda now: now == "Training", "it")
        waiting = toys.train(ResourceConfig=hosts)
        alone = toys.train()
        assert toys.finished_job(alone)["TrainingJobStatus"] == "Completed"
        assert toys.job(waiting)["SecondaryStatus"] == "Starting"
    assert toys.finished_job(waiting)["TrainingJobStatus"] == "Completed"


def test_requirements_are_checked_without_an_index(toys: ToyAccount) -> None:
    """An installed requirement is satisfied; one that is not fails the job, with no download."""
    program = b"import numpy; print('numpy=' + numpy.__version__)"
    jobs = {}
    for wanted in ("numpy", "surely-not-a-package-anyone-has"):
        source = toys.put(
            f"{wanted}.tar.gz", tar({"train.py": program, "requirements.txt": wanted.encode()})
        )
        jobs[wanted] = toys.train({"sagemaker_submit_directory": json.dumps(source)})
    assert toys.finished_job(jobs.pop("numpy"))["TrainingJobStatus"] == "Completed"
    (name,) = jobs.values()
    failed = toys.finished_job(name)
    assert failed["TrainingJobStatus"] == "Failed"
    assert "InstallRequirementsError" in failed["FailureReason"]


def test_a_container_entrypoint_finds_its_opt_ml(toys: ToyAccount) -> None:
    """The SDK's driver scripts, with /opt/ml written in them, run where /opt/ml really is."""
    prefix = new_name("drivers")
    uri = toys.put(f"{prefix}/run.sh", b"echo driver=$1 > /opt/ml/model/driver.txt")
    name = toys.train(
        AlgorithmSpecification={
            "TrainingImage": "an-image",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["/bin/bash", "/opt/ml/input/data/sm_drivers/run.sh"],
            "ContainerArguments": ["seen"],
        },
        InputDataConfig=[
            {
                "ChannelName": "sm_drivers",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}},
            }
        ],
    )
    job = toys.finished_job(name)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    files = toys.unpacked(job["ModelArtifacts"]["S3ModelArtifacts"])
    assert files == {"driver.txt": b"driver=seen\n"}


def test_a_missing_toolkit_is_named(toys: ToyAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without AWS's training toolkit the job fails and says what to install."""
    monkeypatch.setitem(sys.modules, "sagemaker_training", None)
    job = toys.finished_job(toys.train())
    assert job["TrainingJobStatus"] == "Failed"
    assert "pip install sagemaker-training" in job["FailureReason"]
