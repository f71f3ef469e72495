"""Batch transform on local_aws: S3 objects go through the model's server and come back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.local_aws.toys import BUCKET, ToyAccount, new_name
from tests.support.timeouts import until


def start_transform(toys: ToyAccount, model: str, prefix: str, **changes: Any) -> str:
    """Return the name of a started job over PREFIX/in that writes to PREFIX/out."""
    name = new_name("transform")
    request: dict[str, Any] = {
        "TransformJobName": name,
        "ModelName": model,
        "TransformInput": {
            "DataSource": {
                "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{prefix}/in/"}
            },
            "ContentType": "text/plain",
            "SplitType": "Line",
        },
        "TransformOutput": {
            "S3OutputPath": f"s3://{BUCKET}/{prefix}/out",
            "AssembleWith": "Line",
        },
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **changes,
    }
    toys.sagemaker.create_transform_job(**request)
    return name


def test_every_object_is_transformed_line_by_line(toys: ToyAccount) -> None:
    """Objects come back as NAME.out, one answer a line, in order, whatever the BatchStrategy."""
    prefix = new_name("batch")
    lines = [f"review {n}" for n in range(7)]
    toys.put(f"{prefix}/in/a.txt", "\n".join(lines).encode())
    toys.put(f"{prefix}/in/deep/b.txt", b"last one\n")
    model = toys.model("batch")
    for strategy in ("SingleRecord", "MultiRecord"):
        name = start_transform(
            toys, model, prefix, BatchStrategy=strategy, MaxConcurrentTransforms=3
        )
        job = toys.finished_transform(name)
        assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
        assert toys.keys(f"{prefix}/out") == [
            f"{prefix}/out/a.txt.out",
            f"{prefix}/out/deep/b.txt.out",
        ]
        answers = toys.get(f"s3://{BUCKET}/{prefix}/out/a.txt.out").decode()
        assert answers == "".join(f"batch:{line}\n" for line in lines)
        assert toys.get(f"s3://{BUCKET}/{prefix}/out/deep/b.txt.out") == b"batch:last one\n"


def test_an_object_can_go_whole_with_the_jobs_types_and_environment(toys: ToyAccount) -> None:
    """Without SplitType one object is one request; Accept and Environment reach the server."""
    prefix = new_name("batch")
    toys.put(f"{prefix}/in/a.txt", b"one\ntwo")
    source = {
        "DataSource": {
            "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{prefix}/in/a.txt"}
        },
        "ContentType": "text/x-toy",
    }
    name = start_transform(
        toys,
        toys.model("batch"),
        prefix,
        BatchStrategy="SingleRecord",
        TransformInput=source,
        TransformOutput={
            "S3OutputPath": f"s3://{BUCKET}/{prefix}/out",
            "Accept": "application/json",
        },
        MaxConcurrentTransforms=2,
        Environment={"MY_SETTING": "from-the-job"},
    )
    assert toys.finished_transform(name)["TransformJobStatus"] == "Completed"
    seen = json.loads(toys.get(f"s3://{BUCKET}/{prefix}/out/a.txt.out"))
    assert (seen["content_type"], seen["setting"]) == ("text/x-toy", "from-the-job")
    assert seen["batch"] == {
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_BATCH_STRATEGY": "SINGLE_RECORD",
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "2",
    }


def test_a_refusing_model_fails_the_job_with_a_reason(toys: ToyAccount) -> None:
    """A 4xx from the model ends the job: Failed, naming the object and the answer."""
    prefix = new_name("batch")
    toys.put(f"{prefix}/in/a.txt", b"fine\nstatus 400\n")
    name = start_transform(toys, toys.model("batch"), prefix, BatchStrategy="SingleRecord")
    job = toys.finished_transform(name)
    assert job["TransformJobStatus"] == "Failed"
    assert "a.txt" in job["FailureReason"]
    assert "400" in job["FailureReason"]


def test_a_stopped_transform_job_is_stopped(toys: ToyAccount, tmp_path: Path) -> None:
    """StopTransformJob ends a running job before its input does."""
    prefix = new_name("batch")
    gate = tmp_path / "gate"
    toys.put(f"{prefix}/in/a.txt", f"first\nwait {gate}\nlast\n".encode())
    name = start_transform(toys, toys.model("batch"), prefix, BatchStrategy="SingleRecord")
    until(
        lambda: toys.log("/aws/sagemaker/TransformJobs", name),
        lambda lines: "request=answered" in lines,
        "the first request",
    )
    toys.sagemaker.stop_transform_job(TransformJobName=name)
    gate.touch()
    assert toys.finished_transform(name)["TransformJobStatus"] == "Stopped"
    assert toys.keys(f"{prefix}/out") == []
