"""A project in the style of the original web app's, from training to its Lambda, unmodified."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.local_aws.toy_functions import invoke, make_function
from tests.support.local_aws.toys import BUCKET, PERMISSIONS, PROGRAMS, ToyAccount, new_name, tar

pytestmark = pytest.mark.usefixtures("no_function_stays")

PROJECT = PROGRAMS / "ratings"
REVIEWS = b"1,a wonderful wonderful film\n0,a dull film\n0,a dull boring mess\n"
WORK = [{"Effect": "Allow", "Action": ["sagemaker:InvokeEndpoint"], "Resource": "*"}]


def read(name: str) -> bytes:
    return Path(PROJECT, name).read_bytes()


def trained(toys: ToyAccount) -> dict[str, bytes]:
    """Return the files of the model that the project's script has trained."""
    place = new_name("ratings")
    toys.put(f"{place}/data/train.csv", REVIEWS)
    toys.put(f"{place}/source.tar.gz", tar({"train.py": read("train.py")}))
    channel = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{place}/data"}}
    job = toys.train(
        {
            "sagemaker_submit_directory": json.dumps(f"s3://{BUCKET}/{place}/source.tar.gz"),
            "vocab_size": "50",
        },
        InputDataConfig=[{"ChannelName": "training", "DataSource": channel}],
    )
    ended = toys.finished_job(job)
    assert ended["TrainingJobStatus"] == "Completed", ended.get("FailureReason")
    return toys.unpacked(ended["ModelArtifacts"]["S3ModelArtifacts"])


def test_it_trains_serves_and_answers_by_its_function(toys: ToyAccount) -> None:
    """The page gets 1.0 or 0.0; what the model refuses is an error of the function, not a body."""
    model = trained(toys)
    assert set(model) == {"word_dict.pkl", "model.pkl"}
    files = {**model, "code/predict.py": read("predict.py")}
    name = toys.model("ratings", files=files, Environment={"SAGEMAKER_PROGRAM": "predict.py"})
    endpoint = toys.endpoint(toys.config(name))
    assert toys.settled_endpoint(endpoint)["EndpointStatus"] == "InService"

    statements = [*PERMISSIONS["Statement"], *WORK]
    toys.iam.put_role_policy(
        RoleName=toys.role.rpartition("/")[2],
        PolicyName="ask-the-model",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
    )
    source = read("function.py").decode().replace("ENDPOINT", endpoint)
    function = make_function(toys, source, Handler="handler.lambda_handler")
    answers = [
        invoke(toys, function, {"body": review})[0]
        for review in ("a wonderful film", "a boring mess", "words it has never seen")
    ]
    assert [answer["body"] for answer in answers] == ["1.0", "0.0", "0.0"]  # type: ignore[index]
    _, kind = invoke(toys, function, {"body": None})
    assert kind == "Unhandled"
