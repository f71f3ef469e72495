"""Processing jobs on local_aws: real programs between S3 and S3, on one host and on several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.support.local_aws.toys import BUCKET, ToyAccount, new_name
from tests.support.timeouts import until

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import DescribeProcessingJobResponseTypeDef

SCRIPT = b"""
import json, pathlib, sys
hosts = json.loads(pathlib.Path("/opt/ml/config/resourceconfig.json").read_text())
names = sorted(path.name for path in pathlib.Path("/opt/ml/processing/in").iterdir())
print(f"host={hosts['current_host']} files={len(names)} argument={sys.argv[1]}")
for name in names:
    pathlib.Path("/opt/ml/processing/out", f"{name}.done").write_text(hosts["current_host"])
pathlib.Path("/opt/ml/output/message").write_text("all counted")
sys.exit(int(sys.argv[1]))
"""


def process(toys: ToyAccount, script: bytes, *, hosts: int = 1, argument: str = "0") -> str:
    """Return the name of a started job, shaped as the SDK's ScriptProcessor shapes it."""
    name = new_name("processing")
    for key in ("one", "two", "three"):
        toys.put(f"{name}/in/{key}.txt", key.encode())
    code = toys.put(f"{name}/code/count.py", script)

    def given(kind: str, uri: str, folder: str, distribution: str) -> dict[str, Any]:
        place = {
            "S3Uri": uri,
            "LocalPath": f"/opt/ml/processing/{folder}",
            "S3DataType": "S3Prefix",
        }
        options = {"S3InputMode": "File", "S3DataDistributionType": distribution}
        return {"InputName": kind, "S3Input": {**place, **options}}

    toys.sagemaker.create_processing_job(
        ProcessingJobName=name,
        RoleArn=toys.role,
        AppSpecification={
            "ImageUri": "an-image",
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/count.py"],
            "ContainerArguments": [argument],
        },
        ProcessingResources={
            "ClusterConfig": {
                "InstanceCount": hosts,
                "InstanceType": "ml.m5.large",
                "VolumeSizeInGB": 1,
            }
        },
        ProcessingInputs=[
            given("films", f"s3://{BUCKET}/{name}/in", "in", "ShardedByS3Key"),  # type: ignore[list-item]
            given("code", code, "input/code", "FullyReplicated"),  # type: ignore[list-item]
        ],
        ProcessingOutputConfig={
            "Outputs": [
                {
                    "OutputName": "done",
                    "S3Output": {
                        "S3Uri": f"s3://{BUCKET}/{name}/out",
                        "LocalPath": "/opt/ml/processing/out",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
    )
    return name


def finished(toys: ToyAccount, name: str) -> DescribeProcessingJobResponseTypeDef:
    """Return the job's description once it has ended."""
    return until(
        lambda: toys.sagemaker.describe_processing_job(ProcessingJobName=name),
        lambda job: job["ProcessingJobStatus"] in {"Completed", "Failed", "Stopped"},
        f"the processing job {name}",
    )


def test_two_hosts_share_the_input(toys: ToyAccount) -> None:
    """Each host gets its keys, and all outputs end in one place; the log has both."""
    job = finished(toys, name := process(toys, SCRIPT, hosts=2))
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["ExitMessage"] == "all counted"
    out = {key.rsplit("/", 1)[-1] for key in toys.keys(f"{name}/out")}
    assert out == {"one.txt.done", "two.txt.done", "three.txt.done"}
    makers = {toys.get(f"s3://{BUCKET}/{key}") for key in toys.keys(f"{name}/out")}
    assert len(makers) == 2
    lines = toys.log("/aws/sagemaker/ProcessingJobs", f"{name}/")
    assert sorted(line.split()[1] for line in lines if line.startswith("host=")) == [
        "files=1",
        "files=2",
    ]
    listed = toys.sagemaker.list_processing_jobs(NameContains=name)["ProcessingJobSummaries"]
    assert [entry["ProcessingJobStatus"] for entry in listed] == ["Completed"]


def test_a_failure_has_its_exit_code(toys: ToyAccount) -> None:
    """A program that ends with a status fails the job, as AWS words it."""
    job = finished(toys, process(toys, SCRIPT, argument="3"))
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].endswith("exit code: 3")
    assert job["ExitMessage"] == "all counted"


def test_a_running_job_can_be_stopped(toys: ToyAccount) -> None:
    """StopProcessingJob ends the program; a second stop is refused."""
    name = process(toys, b"import time\nwhile True: time.sleep(0.1)")
    until(
        lambda: toys.sagemaker.describe_processing_job(ProcessingJobName=name),
        lambda job: "ProcessingStartTime" in job,
        "its start",
    )
    toys.sagemaker.stop_processing_job(ProcessingJobName=name)
    assert finished(toys, name)["ProcessingJobStatus"] == "Stopped"
    with pytest.raises(ClientError, match="in status Stopped"):
        toys.sagemaker.stop_processing_job(ProcessingJobName=name)


def test_what_cannot_run_here_is_refused(toys: ToyAccount) -> None:
    """An image's own entry point has no engine here."""
    with pytest.raises(ClientError, match="without ContainerEntrypoint"):
        toys.sagemaker.create_processing_job(
            ProcessingJobName=new_name("processing"),
            RoleArn=toys.role,
            AppSpecification={"ImageUri": "an-image"},
            ProcessingResources={
                "ClusterConfig": {
                    "InstanceCount": 1,
                    "InstanceType": "ml.m5.large",
                    "VolumeSizeInGB": 1,
                }
            },
        )
