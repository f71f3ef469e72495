"""`score --batch`: a file of reviews through a batch transform job."""

import csv
from pathlib import Path

import pytest

from sagemaker_jobs.aws.bucket import keys_ending
from sagemaker_jobs.aws.names import BULK
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.bulk.jobs import find_jobs
from sentiment.serving.http_format import MAX_REVIEW_CHARACTERS
from tests.support.local_aws.toy_models import toy_model
from tests.support.paths import ROOT
from tests.support.pipeline import call_step, left_when

MODEL = ROOT / "pretrained"
OPINIONS = ("A superb film, I loved it.", "A dull, stupid waste of time.")
REGION = "ap-northeast-1"
N_ROWS = 10_000
TOO_LONG = "x" * (MAX_REVIEW_CHARACTERS + 1)
# by their row: no text, more than the endpoint reads, quotes that do not match, a cell too few
BROKEN = {
    **dict.fromkeys((0, 17, 4_999, N_ROWS - 1), '{n},"",kept {n}'),
    **dict.fromkeys((1_999, 2_000), f"{{n}},{TOO_LONG},kept {{n}}"),
    **dict.fromkeys((8, 9_000), '{n},"A film with a quote"" in it,kept {n}'),
    **dict.fromkeys((3, 5_000), "{n}"),
}


def write_reviews(path: Path) -> Path:
    rows = [BROKEN.get(n, f'{{n}},"{OPINIONS[n % 2]}",kept {{n}}') for n in range(N_ROWS)]
    lines = (row.format(n=n) for n, row in enumerate(rows))
    path.write_text("id,review,note of ours\n" + "\n".join(lines) + "\n")
    return path


@pytest.mark.usefixtures("heeded_endings")
def test_ten_thousand_reviews_come_back_in_place(
    aws: Aws, environment: dict[str, str], tmp_path: Path
) -> None:
    """Ten broken rows have an error; all columns are kept; an interrupted command resumes."""
    file = write_reviews(tmp_path / "reviews.csv")
    score = ("score", file, "--batch", "--model", MODEL, "--instances", 2)
    earlier = find_jobs(aws, "transform")
    left = left_when("InProgress", *score, environment=environment)
    assert left.exit_code == 130
    assert "repeat the command to resume" in left.err
    assert call_step(*score, "--json", environment=environment).json["n_reviews"] == N_ROWS
    assert find_jobs(aws, "transform")[1:] == earlier

    with (tmp_path / "reviews.scored.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["id"] for row in rows] == [str(n) for n in range(N_ROWS)]
    broken = {n for n, row in enumerate(rows) if row["verdict"] == "error"}
    assert broken == set(BROKEN)
    assert all(rows[n]["note"] for n in broken)
    assert f"may have {MAX_REVIEW_CHARACTERS:,} characters" in rows[1_999]["note"]
    whole = [row for n, row in enumerate(rows) if n not in broken]
    assert len(whole) == N_ROWS - 10
    assert {(row["review"], row["verdict"]) for row in whole} == {
        (OPINIONS[0], "positive"),
        (OPINIONS[1], "negative"),
    }
    assert all(row["note of ours"] == f"kept {row['id']}" for row in whole)
    assert list(keys_ending(aws, f"{BULK}/", "")) == []
    assert aws.sagemaker.list_models()["Models"] == []  # there is no endpoint to serve it


def test_a_batch_is_judged_as_here_and_by_the_endpoints_model(
    aws: Aws, environment: dict[str, str], tmp_path: Path
) -> None:
    """With an endpoint its model is used, and stays."""
    file = tmp_path / "reviews.jsonl"
    file.write_text('{"review": "A superb film."}\nnot JSON\n{"review": "Zxqvy"}\n')
    deploy = ("deploy", "--artifact", MODEL, "--image", "any", "--no-smoke-test", "--json")
    deployed = call_step(*deploy, environment=environment).json
    said = call_step("score", file, "--batch", "--json", environment=environment).json
    assert said["model_version"] == deployed["revision"]
    by_batch = (tmp_path / "reviews.scored.jsonl").read_text()
    assert call_step("score", file, environment=environment).exit_code == 0
    assert (tmp_path / "reviews.scored.jsonl").read_text() == by_batch
    models = aws.sagemaker.list_models()["Models"]
    assert [model["ModelName"] for model in models] == [deployed["revision"]]


def test_a_batch_that_fails_says_why(aws: Aws, environment: dict[str, str], tmp_path: Path) -> None:
    """The server ends at once; teardown then removes the job's log and the model."""
    broken = toy_model(tmp_path, "broken")
    file = tmp_path / "reviews.txt"
    file.write_text("A superb film.\n")
    answer = call_step("score", file, "--batch", "--model", broken, environment=environment)
    assert answer.exit_code == 1
    assert "error: transform job movie-sentiment-dev-transform-" in answer.err
    assert "/aws/sagemaker/TransformJobs" in answer.err
    assert list(keys_ending(aws, f"{BULK}/", "")) == []
    listed = call_step("teardown", "--dry-run", "--json", environment=environment).json["removed"]
    assert [thing for thing in listed if thing.startswith(("model ", "log movie-sentiment"))]
    assert aws.sagemaker.list_transform_jobs()["TransformJobSummaries"]


def test_options_of_a_batch_need_it(environment: dict[str, str], tmp_path: Path) -> None:
    """A dry run says what would be started, and starts nothing."""
    file = tmp_path / "reviews.txt"
    file.write_text("A superb film.\nBad.\n")
    refused = call_step("score", file, "--instances", 2, environment=environment)
    assert "--instances need --batch" in refused.err
    unknown = ("score", file, "--batch", "--instance-type", "ml.m5.larg")
    assert "for transform jobs" in call_step(*unknown, environment=environment).err
    dry = call_step("score", file, "--batch", "--dry-run", environment=environment)
    assert dry.out.startswith("would judge 2 reviews")
    assert "a transform job on 1 x ml.m5.large" in dry.out
