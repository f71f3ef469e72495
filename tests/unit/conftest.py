"""A small dataset and model of our own writing, made once."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from sentiment.artifact.artifact import Artifact, read_artifact, write_artifact
from sentiment.artifact.calibration import Calibration
from sentiment.data.dataset import TrainingDataset, read_training_dataset
from sentiment.data.prepare import prepare
from sentiment.models.lstm_classifier import LSTMClassifier
from sentiment.recipe import DEFAULT, RECIPES
from sentiment.text.vocabulary import Vocabulary
from sentiment.training import epoch_loop
from sentiment.training.hyperparameters import Hyperparameters, parse
from sentiment.training.run import TrainedModel, train

GOOD = "a wonderful, moving film with superb acting. I loved it! 9/10"
BAD = "a dull, lifeless mess with awful acting. I hated it! 2/10"


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Tensors this small are slower on more threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The original's layout with 40 reviews a class and split, and 30 unlabelled ones."""
    root = tmp_path_factory.mktemp("archive") / "aclImdb"
    for split in ("train", "test"):
        for name, text, rating in (("pos", GOOD, 9), ("neg", BAD, 2)):
            folder = root / split / name
            folder.mkdir(parents=True)
            for number in range(40):
                extra = " very" * (number % 7) + f" scene{number % 5}<br />The end."
                (folder / f"{number}_{rating}.txt").write_text(text + extra, "utf-8")
    unlabelled = root / "train" / "unsup"
    unlabelled.mkdir()
    for number in range(30):
        (unlabelled / f"{number}_0.txt").write_text(GOOD if number % 2 else BAD, "utf-8")
    return root


@pytest.fixture(scope="session", params=sorted(RECIPES))
def recipe_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def dataset_folder(
    archive: Path, recipe_name: str, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The archive, prepared by the recipe."""
    folder = tmp_path_factory.mktemp("prepared") / recipe_name
    prepare(archive, folder, RECIPES[recipe_name], check_counts=False, n_workers=1)
    return folder


@pytest.fixture(scope="session")
def dataset(dataset_folder: Path) -> TrainingDataset:
    return read_training_dataset(dataset_folder)


@pytest.fixture(scope="session")
def settings(recipe_name: str) -> Hyperparameters:
    """A run of seconds that learns the small dataset."""
    options = "--epochs 4 --batch-size 16 --embedding-dim 8 --hidden-dim 8 --validation-size 16"
    if recipe_name == "default":
        options += " --pretraining-epochs 2 --ensemble-epochs 2"
        options += " --self-training-epochs 1 --self-training-rounds 1"
    return parse([*options.split(), "--recipe", recipe_name, "--learning-rate", "0.02"])


@dataclass(frozen=True)
class WholeRun:
    """A training from its start to its end, and all that it logged, each step's line included."""

    trained: TrainedModel
    lines: list[str]


@pytest.fixture(scope="session")
def whole_runs() -> dict[str, WholeRun]:
    """By recipe. pytest would forget a session's fixture at each test that names its parameter."""
    return {}


@pytest.fixture
def whole_run(
    recipe_name: str,
    dataset: TrainingDataset,
    settings: Hyperparameters,
    whole_runs: dict[str, WholeRun],
) -> WholeRun:
    """The settings' uninterrupted run; to be read only."""
    if recipe_name not in whole_runs:
        lines: list[str] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(epoch_loop, "_PROGRESS_EVERY_S", -1.0)
            trained = train(dataset, settings, device=torch.device("cpu"), log=lines.append)
        whole_runs[recipe_name] = WholeRun(trained, lines)
    return whole_runs[recipe_name]


@pytest.fixture
def artifact_folder(tmp_path: Path) -> Path:
    """An untrained default model, written as an artifact."""
    torch.manual_seed(3)
    vocabulary = Vocabulary(["a", "wonderful", "film", "not", "bad", ".", "!"])
    model = LSTMClassifier(6, 5, len(vocabulary), bidirectional=True, pooling="max_mean")
    calibration = Calibration(1.5, -0.7, 45.0, (0.5, -0.25))
    note = {"note": "untrained"}
    write_artifact(tmp_path / "model", model, DEFAULT, vocabulary, calibration, 0.6, note)
    return tmp_path / "model"


@pytest.fixture
def artifact(artifact_folder: Path) -> Artifact:
    return read_artifact(artifact_folder)
