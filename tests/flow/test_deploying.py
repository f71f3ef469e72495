"""Deployments that go wrong, and the endpoint they leave behind."""

import gc
import io
import os
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from sagemaker_jobs.aws.polling import looks
from sagemaker_jobs.aws.session import connect
from sagemaker_jobs.endpoint import endpoint
from sagemaker_jobs.steps.prepare import prepare
from sagemaker_jobs.steps.setup import setup
from sagemaker_jobs.steps.teardown import teardown
from sagemaker_jobs.terminal import Ui
from sentiment.artifact.artifact import read_artifact, write_artifact
from sentiment.models.lstm_classifier import rebuild
from sentiment.recipe import find_recipe
from tests.support.local_aws.toys import tar
from tests.support.paths import ROOT
from tests.support.pipeline import Answer, left_when, step, step_when
from tests.support.timeouts import HANG_S

TOY_SERVER = ROOT / "tests/support/local_aws/programs/serve.py"
IMAGE = ("--image", "123456789012.dkr.ecr.us-east-1.amazonaws.com/movie-sentiment:test")
ONE_THREAD = {"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"}
Do = Callable[..., Answer]


@pytest.fixture(scope="module")
def good_model(small_archive_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that tells good reviews from bad ones, trained without AWS."""
    folder = tmp_path_factory.mktemp("good")
    dataset = folder / "dataset"
    prepare(small_archive_folder, dataset, any_counts=True, n_workers=1, ui=Ui(io.StringIO()))
    trained = step(
        *("train", "local", "--data", dataset, "--directory", folder / "training", "--json"),
        *("--epochs", 6, "--batch-size", 8, "--validation-size", 40, "--hidden-dim", 32),
        *("--learning-rate", 0.002, "--pretraining-epochs", 1, "--ensemble-epochs", 2),
        # noise, on so few reviews, only blurs
        *("--self-training-epochs", 1, "--self-training-rounds", 0, "--perturbation", 0),
        environment=ONE_THREAD,
    ).json
    return Path(trained["artifact"])


@pytest.fixture(scope="module")
def contrary_model(good_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same model in a folder, but that all it says for one side is for the other."""
    folder = tmp_path_factory.mktemp("contrary")
    good = read_artifact(good_model)
    network = rebuild(good.weights, good.description["architecture"])
    with torch.no_grad():
        network.output.weight.neg_()
        network.output.bias.neg_()
    recipe, vocabulary = find_recipe(good.description["recipe"]), good.encoder.vocabulary
    write_artifact(
        *(folder, network, recipe, vocabulary, good.calibration, good.unsure_below),
        {"note": "turned round"},
    )
    return folder


@pytest.fixture
def broken_model(tmp_path: Path) -> Path:
    """An archive without any code to serve it."""
    path = tmp_path / "broken.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("model.safetensors"))
    return path


def toy_model(folder: Path, name: str, gate: Path | None = None) -> Path:
    """A model served by the toy server, by its name, once the file `gate` is there."""
    path = folder / f"{name}.tar.gz"
    files = {"code/serve.py": TOY_SERVER.read_bytes(), "name.txt": name.encode()}
    path.write_bytes(tar(files | ({"gate.txt": str(gate).encode()} if gate else {})))
    return path


@pytest.fixture
def environment(aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return {**aws_environment, "STAGE": "dev"}


@pytest.fixture
def do(environment: dict[str, str], ui: Ui) -> Iterator[Do]:
    """Runs a step in the stage dev, which has a bucket and a role and is torn down at the end."""

    def run(*arguments: object) -> Answer:
        return step(*arguments, environment=environment)

    aws = connect("dev", None, {**os.environ, **environment})
    setup(aws, ui=ui)
    yield run
    teardown(aws, confirmed=True, ui=ui)
    gc.collect()  # moto warns when deleted objects are collected: let it do so here


pytestmark = pytest.mark.filterwarnings("ignore:S3 key was not disposed of in time:ResourceWarning")


def test_the_same_model_is_deployed_once(do: Do, good_model: Path) -> None:
    """Repeated, deploy finds its work done; elsewhere, it updates in place and clears up."""
    deploy = ("deploy", *IMAGE, "--artifact", good_model)
    first = do(*deploy, "--json").json
    again = do(*deploy, "--json").json
    assert (first["action"], again["action"]) == ("create", "unchanged")
    assert first["revision"] == again["revision"]

    moved = do(*deploy, "--serverless", "--json").json
    assert moved["action"] == "update"
    assert set(moved["removed"]) == {
        f"endpoint configuration {first['revision']}",
        f"model {first['revision']}",
    }
    assert do("status", "--json").json["endpoint"]["hosting"].startswith("serverless")
    assert do("predict", "A superb film.").exit_code == 0


def test_files_and_lines_are_judged_by_the_endpoint(
    do: Do, environment: dict[str, str], good_model: Path, tmp_path: Path
) -> None:
    """`score --endpoint` and `predict` with lines; `predict --explain` shows the sentences."""
    assert do("deploy", *IMAGE, "--artifact", good_model).exit_code == 0
    file = tmp_path / "reviews.csv"
    file.write_text('id,review\n7,"A superb film, loved it"\n8,\n9,Awful. I hated every minute.\n')
    result = do("score", file, "--endpoint", "--json").json
    assert result["n_reviews"] == 3
    rows = (tmp_path / "reviews.scored.csv").read_text().splitlines()
    assert rows[1].startswith('7,"A superb film, loved it",')
    assert rows[2].startswith("8,,error,,,")
    assert rows[3].split(",")[3] == "negative"

    lines = step("predict", environment=environment, text="Superb. Loved it.\nAwful.\n")
    assert len(lines.out.splitlines()) == 2
    explained = do("predict", "A superb film. I loved every minute.", "--explain").out
    assert "A superb film." in explained.splitlines()[1]


def test_a_model_that_judges_wrongly_is_taken_back(
    do: Do, good_model: Path, contrary_model: Path
) -> None:
    """The former model serves again, and the one that failed leaves nothing behind."""
    first = do("deploy", *IMAGE, "--artifact", good_model, "--json").json
    answer = do("deploy", *IMAGE, "--artifact", contrary_model)
    assert answer.exit_code == 1
    assert "does not distinguish good from bad" in answer.err
    assert do("predict", "A superb film. I loved every minute.").out.startswith("positive")
    left = do("teardown", "--dry-run", "--json").json["removed"]
    assert f"model {first['revision']}" in left
    assert len([thing for thing in left if thing.startswith("model ")]) == 1


@pytest.mark.parametrize(
    ("name", "said"), [("failing", "out of memory"), ("foreign", "is not a JSON object")]
)
def test_a_model_that_does_not_answer_is_taken_back(
    do: Do, good_model: Path, tmp_path: Path, name: str, said: str
) -> None:
    """One that serves but fails at reviews, or says something else than a verdict."""
    assert do("deploy", *IMAGE, "--artifact", good_model).exit_code == 0
    answer = do("deploy", *IMAGE, "--artifact", toy_model(tmp_path, name))
    assert answer.exit_code == 1
    assert said in answer.err.splitlines()[-1]
    assert do("predict", "A superb film. I loved every minute.").out.startswith("positive")


def test_a_foreign_model_that_is_kept_gives_no_verdict(do: Do, tmp_path: Path) -> None:
    """`predict` says so in one sentence."""
    deploy = ("deploy", *IMAGE, "--artifact", toy_model(tmp_path, "toy"), "--no-smoke-test")
    assert do(*deploy).exit_code == 0
    answer = do("predict", "A superb film.")
    assert answer.exit_code == 1
    assert "the endpoint's answer is not a verdict" in answer.err


@pytest.mark.usefixtures("heeded_endings")
def test_an_update_that_is_left_is_taken_up_again(
    do: Do, environment: dict[str, str], tmp_path: Path
) -> None:
    """Ctrl-C while it runs; the same command waits for it, and another model has to."""
    first = ("deploy", *IMAGE, "--artifact", toy_model(tmp_path, "first"), "--no-smoke-test")
    assert do(*first).exit_code == 0
    gate = tmp_path / "gate"
    held = toy_model(tmp_path, "held", gate)
    deploy = ("deploy", *IMAGE, "--artifact", held, "--no-smoke-test")
    assert left_when("Updating", *deploy, environment=environment).exit_code == 130
    assert "is being changed (Updating)" in do(*first).err
    gate.touch()
    assert do(*deploy, "--json").json["action"] == "unchanged"


@pytest.mark.usefixtures("heeded_endings")
def test_an_update_that_was_left_and_ended_is_taken_back_all_the_same(
    do: Do, environment: dict[str, str], good_model: Path, tmp_path: Path
) -> None:
    """The same command finds it serving, and the revision before it by its configuration."""
    first = do("deploy", *IMAGE, "--artifact", good_model, "--json").json
    gate = tmp_path / "gate"
    deploy = ("deploy", *IMAGE, "--artifact", toy_model(tmp_path, "held", gate))
    assert left_when("Updating", *deploy, environment=environment).exit_code == 130
    gate.touch()
    aws = connect("dev", None, {**os.environ, **environment})
    for _ in looks(HANG_S, sleep=time.sleep, clock=time.monotonic):
        description = endpoint.describe(aws, "movie-sentiment-dev")
        if description and description["EndpointStatus"] == "InService":
            break
    answer = do(*deploy)
    assert answer.exit_code == 1
    assert "rolling back to the previous one" in answer.err
    assert do("predict", "A superb film. I loved every minute.").out.startswith("positive")
    assert do("deploy", *IMAGE, "--artifact", good_model, "--json").json["action"] == "unchanged"
    left = do("teardown", "--dry-run", "--json").json["removed"]
    assert [thing for thing in left if " configuration " in thing] == [
        f"endpoint configuration {first['revision']}"
    ]


@pytest.mark.usefixtures("heeded_endings")
def test_an_update_that_is_left_does_not_stop_a_teardown(
    do: Do, environment: dict[str, str], tmp_path: Path
) -> None:
    """AWS deletes no endpoint that is being changed, so it waits; then nothing is left."""
    first = ("deploy", *IMAGE, "--artifact", toy_model(tmp_path, "first"), "--no-smoke-test")
    assert do(*first).exit_code == 0
    gate = tmp_path / "gate"
    held = toy_model(tmp_path, "held", gate)
    deploy = ("deploy", *IMAGE, "--artifact", held, "--no-smoke-test")
    assert left_when("Updating", *deploy, environment=environment).exit_code == 130
    waiting = "endpoint movie-sentiment-dev is Updating; it can be deleted after that"
    answer = step_when(
        waiting, lambda _: gate.touch(), "teardown", "--yes", environment=environment
    )
    assert answer.exit_code == 0
    assert waiting in answer.err
    assert do("status", "--json").json["endpoint"] is None


def test_a_wrong_model_can_be_served_on_purpose(do: Do, contrary_model: Path) -> None:
    """--no-smoke-test is for models that are not meant to be good."""
    deploy = ("deploy", *IMAGE, "--artifact", contrary_model, "--no-smoke-test", "--json")
    assert do(*deploy).json["smoke_test"] is None
    assert do("predict", "A superb film. I loved every minute.").out.startswith("negative")


def test_an_endpoint_that_failed_says_why_and_is_replaced(
    do: Do, good_model: Path, broken_model: Path
) -> None:
    """The error carries AWS's reason; the next deploy needs no cleaning first."""
    answer = do("deploy", *IMAGE, "--artifact", broken_model)
    assert answer.exit_code == 1
    assert "error: endpoint movie-sentiment-dev failed: " in answer.err
    assert "code/serve.py" in answer.err
    assert "teardown" in answer.err
    assert do("status", "--json").json["endpoint"]["status"] == "Failed"
    assert do("deploy", *IMAGE, "--artifact", good_model, "--json").json["action"] == "create"


def test_an_update_that_fails_leaves_the_former_model(
    do: Do, good_model: Path, broken_model: Path
) -> None:
    """The endpoint goes on serving; the error says so."""
    assert do("deploy", *IMAGE, "--artifact", good_model).exit_code == 0
    answer = do("deploy", *IMAGE, "--artifact", broken_model)
    assert answer.exit_code == 1
    assert "still serves the previous model" in answer.err
    assert do("predict", "A superb film. I loved every minute.").out.startswith("positive")


def test_a_quota_is_told_as_one(do: Do, good_model: Path) -> None:
    """ResourceLimitExceeded names the way out."""
    big = ("--instance-type", "ml.p4d.24xlarge", "--instance-count", 999)
    answer = do("deploy", *IMAGE, "--artifact", good_model, *big)
    assert answer.exit_code == 1
    assert "quota" in answer.err
    assert "Service Quotas" in answer.err
