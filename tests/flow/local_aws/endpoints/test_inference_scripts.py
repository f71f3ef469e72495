"""Artifacts with an inference script: AWS's toolkit calls its functions, without a container."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any

import pytest

from sentiment.artifact.packing import pack_artifact
from tests.support.local_aws.toys import PROGRAMS, ToyAccount, new_name
from tests.support.paths import ROOT
from tests.support.timeouts import until

GOLDEN = ROOT / "tests" / "golden" / "artifact-v5"
SCRIPT = (PROGRAMS / "prices" / "inference.py").read_bytes()
PRICES: Mapping[str, bytes] = {
    "line.json": b'{"base": 10, "each": 2}',
    "code/inference.py": SCRIPT,
    "code/price_list.py": b"UNIT = 'thousand'",
}


def in_service(toys: ToyAccount, files: Mapping[str, bytes], **variables: str) -> str:
    """Return the name of an endpoint that serves the archive."""
    model = toys.model("prices", files=files, Environment=variables)
    name = toys.endpoint(toys.config(model))
    endpoint = toys.settled_endpoint(name)
    assert endpoint["EndpointStatus"] == "InService", endpoint
    return name


def refusal(toys: ToyAccount, endpoint: str, body: bytes, content_type: str) -> tuple[int, str]:
    """Return the original status and message of the ModelError."""
    with pytest.raises(toys.runtime.exceptions.ModelError) as refused:
        toys.ask(endpoint, body, ContentType=content_type)
    error: dict[str, Any] = {**refused.value.response}
    return error["OriginalStatusCode"], error["OriginalMessage"]


@pytest.fixture(scope="module")
def prices(toys: ToyAccount) -> str:
    """An endpoint with a foreign project's code/inference.py."""
    return in_service(toys, PRICES)


def test_a_script_answers_in_each_type_that_it_knows(toys: ToyAccount, prices: str) -> None:
    """input_fn gets the body and its type; output_fn gets Accept, JSON without one."""
    answer = toys.runtime.invoke_endpoint(
        EndpointName=prices, Body=b"[1, 2.5]", ContentType="application/json"
    )
    assert answer["ContentType"] == "application/json"
    assert json.loads(answer["Body"].read()) == {
        "prices": [12, 15],
        "unit": "thousand",
        "program": "inference.py",
    }
    assert toys.ask(prices, b"1,2", ContentType="text/csv", Accept="text/csv") == b"12.0,14.0"
    group = f"/aws/sagemaker/Endpoints/{prices}"
    line = "loaded=['base', 'each']"
    until(lambda: toys.log(group), lambda lines: line in lines, "the script's own log")


def test_a_scripts_errors_arrive_as_model_errors(toys: ToyAccount, prices: str) -> None:
    """An exception is a 500 with its message; a status that the script sets is kept."""
    status, message = refusal(toys, prices, b"x", "image/png")
    assert status == 500
    assert "no prices from image/png" in message
    assert refusal(toys, prices, b"-100", "text/csv") == (422, "a price below nothing")


def test_the_script_may_have_another_name(toys: ToyAccount) -> None:
    """SAGEMAKER_PROGRAM names it; a container's path for its folder is understood."""
    files = {**PRICES, "code/prices.py": SCRIPT}
    del files["code/inference.py"]
    name = in_service(
        toys,
        files,
        SAGEMAKER_PROGRAM="prices.py",
        SAGEMAKER_SUBMIT_DIRECTORY="/opt/ml/model/code",
    )
    answer = json.loads(toys.ask(name, b"[1]", ContentType="application/json"))
    assert answer["program"] == "prices.py"


def test_a_script_transforms_in_bulk(toys: ToyAccount) -> None:
    """Batch transform runs the same script."""
    job = new_name("transform")
    toys.put(f"{job}/in/areas.csv", b"1\n2\n")
    toys.sagemaker.create_transform_job(
        TransformJobName=job,
        ModelName=toys.model("prices", files=PRICES),
        TransformInput={
            "ContentType": "text/csv",
            "SplitType": "Line",
            "DataSource": {
                "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://toy-bucket/{job}/in"}
            },
        },
        TransformOutput={
            "S3OutputPath": f"s3://toy-bucket/{job}/out",
            "Accept": "text/csv",
            "AssembleWith": "Line",
        },
        TransformResources={"InstanceType": "ml.m7i.large", "InstanceCount": 1},
        BatchStrategy="SingleRecord",
    )
    assert toys.finished_transform(job)["TransformJobStatus"] == "Completed"
    assert toys.get(f"s3://toy-bucket/{job}/out/areas.csv.out") == b"12.0\n14.0\n"


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (
            {"code/inference.py": b"def model_fn(folder):\n    raise OSError('no weights')"},
            "no weights",
        ),
        ({"code/inference.py": b"import not_a_package_here"}, "not_a_package_here"),
        ({"code/serve": b"#!/no/such/shell"}, "code/serve: not found"),
        ({"code/other.py": SCRIPT}, "holds neither code/serve.py nor code/inference.py"),
    ],
)
def test_a_script_that_does_not_load_fails_the_endpoint(
    toys: ToyAccount, files: dict[str, bytes], reason: str
) -> None:
    """FailureReason has the script's own last line, or what the archive lacks."""
    name = toys.endpoint(toys.config(toys.model("prices", files=files)))
    endpoint = toys.settled_endpoint(name)
    assert endpoint["EndpointStatus"] == "Failed"
    assert reason in endpoint["FailureReason"]


def test_an_executable_is_started_as_a_container_starts_it(toys: ToyAccount) -> None:
    """code/serve, as in AWS's own containers, gets no Python and no arguments."""
    program = f"#!/bin/sh\nexec python3 {PROGRAMS / 'serve.py'} serve\n"
    name = in_service(toys, {"code/serve": program.encode(), "name.txt": b"shell"})
    assert toys.ask(name, b"x") == b"shell:x"


def test_this_projects_handlers_run_that_way_too(toys: ToyAccount) -> None:
    """Without its own server, predict.py answers under AWS's toolkit: a verdict and refusals."""
    with tarfile.open(fileobj=io.BytesIO(pack_artifact(GOLDEN)), mode="r:*") as archive:
        files = {
            member.name: opened.read()
            for member in archive
            if (opened := archive.extractfile(member)) is not None
        }
    del files["code/serve.py"], files["manifest.sha256"]  # which would miss it
    name = in_service(toys, files, SAGEMAKER_PROGRAM="predict.py")
    answer = json.loads(toys.ask(name, b"A wonderful film!", ContentType="text/plain"))
    assert answer["sentiment"] == "negative"  # the golden model is not a good one
    body = json.dumps({"reviews": ["A film", ""]}).encode()
    results = json.loads(toys.ask(name, body, ContentType="application/json"))["results"]
    assert ["error" in result for result in results] == [False, True]
    status, message = refusal(toys, name, b"", "text/plain")
    assert status == 400
    assert "empty_review" in message
