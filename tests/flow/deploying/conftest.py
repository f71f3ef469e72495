"""What the tests of deployments share: a good, a contrary and a broken model, and a stage."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from sentiment.artifact.artifact import read_artifact, write_artifact
from sentiment.models.lstm_classifier import rebuild
from sentiment.recipe import find_recipe
from tests.support.local_aws.toy_models import toy_model
from tests.support.pipeline import Do, stage_of, step


@pytest.fixture(scope="session")
def good_model(dataset: Path, once: Callable[..., Path]) -> Path:
    """A model that tells good reviews from bad ones, trained without AWS."""

    def train(folder: Path) -> None:
        trained = step(
            *("train", "local", "--recipe", "classic", "--epochs", 6, "--batch-size", 8),
            *("--validation-size", 40, "--hidden-dim", 32, "--learning-rate", 0.005),
            *("--data", dataset, "--directory", folder / "training", "--json"),
            environment={},
        )
        Path(trained.json["artifact"]).rename(folder / "model.tar.gz")

    return once("good-model", train) / "model.tar.gz"


@pytest.fixture(scope="session")
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
    """An archive whose server ends with an error message."""
    return toy_model(tmp_path, "broken")


@pytest.fixture
def environment(aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return {**aws_environment, "STAGE": "dev"}


@pytest.fixture
def do(environment: dict[str, str]) -> Iterator[Do]:
    """Runs a step in the stage dev, which has a bucket and a role and is torn down at the end."""
    with stage_of(environment) as run:
        yield run
