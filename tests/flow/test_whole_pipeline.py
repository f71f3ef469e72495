"""The whole road on local_aws: from an archive's URL to a verdict through API Gateway, and back."""

import gc
import gzip
import hashlib
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from client.movie_sentiment import Client
from sagemaker_jobs.scores.score_file import read_scores
from tests.support.archive_server import published
from tests.support.chalice_project import copy_of_web_app, do_chalice
from tests.support.pipeline import Answer, step
from tests.support.small_archive import small_archive
from tests.support.timeouts import HANG_S

STAGE = "prod"
ENDPOINT = "movie-sentiment-prod"
IMAGE = "movie-sentiment:test"
ARCHIVE = small_archive()
TRAINING = (
    *("--epochs", 6, "--batch-size", 8, "--validation-size", 40, "--hidden-dim", 32),
    *("--learning-rate", 0.002, "--pretraining-epochs", 1, "--ensemble-epochs", 2),
    *("--self-training-epochs", 1, "--self-training-rounds", 0),
)


@pytest.fixture
def environment(
    aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """The variables of local_aws; whatever the test leaves behind is torn down."""
    # a batch of short reviews is less work than waking a second thread for it
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    variables = {**aws_environment, "STAGE": STAGE}
    yield variables
    step("teardown", "--yes", environment=variables)
    gc.collect()  # moto warns when deleted objects are collected: let it do so here


@pytest.mark.filterwarnings("ignore:S3 key was not disposed of in time:ResourceWarning")
def test_the_pipeline_runs_from_download_to_teardown(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """Each step finds what the one before made; teardown leaves nothing of it."""

    def do(*arguments: object) -> Answer:
        return step(*arguments, environment=environment)

    archive, dataset = tmp_path / "aclImdb", tmp_path / "dataset"
    md5 = hashlib.md5(ARCHIVE, usedforsecurity=False).hexdigest()
    with published(ARCHIVE) as server:
        checked = ("--url", server.url, "--md5", md5, "--size", len(ARCHIVE))
        downloaded = do("download", *checked, "--directory", archive, "--json").json
    assert downloaded["n_files"] == 150 * 2 + 60 * 2 + 60 + 3

    small = ("--archive-directory", archive, "--directory", dataset)
    refused = do("prepare", *small)
    assert refused.exit_code == 1
    assert "instead of 12,500" in refused.err
    prepared = do("prepare", *small, "--any-counts", "--json").json
    assert prepared["counts"]["train"] == {"negative": 150, "positive": 150}

    assert do("setup", "--json").json["bucket_action"] == "create"
    assert do("setup", "--json").json["bucket_action"] == "update"

    sent = do("upload", "--data", dataset, "--json").json
    assert set(sent["sent"]) == {
        "dataset.json",
        "lessons.safetensors",
        "vocabulary.txt",
        "train.safetensors",
        "unlabelled.safetensors",
    }
    assert do("upload", "--data", dataset, "--json").json["sent"] == []

    trained = do("train", "job", "--image", IMAGE, *TRAINING, "--json").json
    losses = [epoch["train_loss"] for epoch in trained["epochs"] if epoch["phase"] == "student"]
    assert len(losses) == 6
    assert losses[-1] < losses[0] / 2

    deployed = do("deploy", "--image", IMAGE, "--json").json
    assert deployed["artifact"] == trained["artifact"]
    assert deployed["smoke_test"]["negative_score"] < 0.5 < deployed["smoke_test"]["positive_score"]

    scores = tmp_path / "scores.csv"
    test_split = ("--archive-directory", archive, "--scores", scores)
    judged = do("evaluate", *test_split, "--json").json
    assert judged["n_reviews"] == 120
    assert judged["accuracy"] >= 0.9
    rows = read_scores(scores)
    assert sum(row.is_right for row in rows) / 120 == judged["accuracy"]
    assert {row.model_version for row in rows} == {judged["model_version"]}
    assert do("predict", "A wonderful film. I loved every minute.").out.startswith("positive")

    _web_app_answers(environment, tmp_path)

    status = do("status", "--json").json
    assert status["endpoint"]["status"] == "InService"
    assert "by the hour" in status["costs"][0]

    gone = do("teardown", "--yes", "--json").json
    assert f"endpoint {ENDPOINT}" in gone["removed"]
    _nothing_is_left()
    assert do("teardown", "--yes", "--json").json["removed"] == []


def _web_app_answers(environment: dict[str, str], tmp_path: Path) -> None:
    """Deploy the web app as a developer does; ask its zip directly and through API Gateway."""
    project = copy_of_web_app(tmp_path / "project")
    do_chalice(project, "deploy", "--stage", STAGE, environment=environment)

    event = {
        "resource": "/review",
        "path": "/review",
        "httpMethod": "POST",
        "headers": {"Content-Type": "text/plain", "Accept": "application/json"},
        "multiValueHeaders": {"Content-Type": ["text/plain"], "Accept": ["application/json"]},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/review",
            "httpMethod": "POST",
            "path": "/prod/review",
            "stage": "prod",
            "requestId": "a-request",
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": "A terrible film. I hated every minute of it, the story is boring.",
        "isBase64Encoded": False,
    }
    functions = boto3.client("lambda")
    answer = functions.invoke(FunctionName=ENDPOINT, Payload=json.dumps(event).encode())
    payload = json.loads(answer["Payload"].read())
    assert payload["statusCode"] == 200, payload
    assert json.loads(payload["body"])["sentiment"] == "negative"

    (api,) = boto3.client("apigateway").get_rest_apis()["items"]
    url = f"{environment['AWS_ENDPOINT_URL']}/restapis/{api['id']}/prod/_user_request_/review"
    request = urllib.request.Request(
        url, b"A wonderful film. I loved every minute.", {"Content-Type": "text/plain"}
    )
    with urllib.request.urlopen(request, timeout=HANG_S) as response:
        assert response.read() == b"1.0"
    packed = urllib.request.Request(
        url.removesuffix("review"), headers={"Accept-Encoding": "br, gzip"}
    )
    with urllib.request.urlopen(packed, timeout=HANG_S) as response:
        assert response.headers["Content-Encoding"] == "gzip"
        assert b"or negative?" in gzip.decompress(response.read())

    client = Client(url.removesuffix("review"))
    verdict = client.judge("A wonderful film. I loved every minute.")
    client.send_feedback(verdict, right=False, review="A wonderful film. I loved every minute.")
    corrections = tmp_path / "feedback"
    learned = step(
        "feedback", "export", "--directory", corrections, "--json", environment=environment
    )
    assert (learned.json["answers"], learned.json["negative"]) == (1, 1)

    planned = step("teardown", "--dry-run", "--json", environment=environment).json["removed"]
    assert f"web app {ENDPOINT}" in planned  # deployed without `web deploy`, found by its tags
    do_chalice(project, "delete", "--stage", STAGE, environment=environment)


def _nothing_is_left() -> None:
    sagemaker = boto3.client("sagemaker")
    assert sagemaker.list_endpoints(NameContains=ENDPOINT)["Endpoints"] == []
    assert sagemaker.list_endpoint_configs(NameContains=ENDPOINT)["EndpointConfigs"] == []
    models = sagemaker.list_models(NameContains=ENDPOINT)["Models"]
    assert [model for model in models if ENDPOINT in model["ModelName"]] == []
    buckets = boto3.client("s3").list_buckets()["Buckets"]
    assert [bucket for bucket in buckets if bucket["Name"].startswith(ENDPOINT)] == []
    roles = boto3.client("iam").list_roles()["Roles"]
    assert [role for role in roles if role["RoleName"].startswith(ENDPOINT)] == []
    assert boto3.client("dynamodb").list_tables()["TableNames"] == []
    groups = boto3.client("logs").describe_log_groups(
        logGroupNamePrefix="/aws/sagemaker/Endpoints/movie-sentiment-prod"
    )
    assert groups["logGroups"] == []
    assert boto3.client("lambda").list_functions()["Functions"] == []
    assert boto3.client("apigateway").get_rest_apis()["items"] == []
