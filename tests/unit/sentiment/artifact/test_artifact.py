"""The model artifact: what is written is what is read, or it is refused."""

import json
import math
import shutil
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sentiment.artifact.artifact import Artifact, read_artifact, write_artifact
from sentiment.artifact.calibration import Calibration
from sentiment.artifact.description import digest
from sentiment.errors import InvalidArtifact, TrainingDiverged
from sentiment.models.lstm_classifier import LSTMClassifier, rebuild
from sentiment.serving.predictor import Predictor, Verdict

GOLDEN = Path(__file__).parents[3] / "golden" / "artifact-v1"


def trained(artifact: Artifact) -> LSTMClassifier:
    return rebuild(artifact.weights, artifact.description["architecture"])


@pytest.mark.parametrize(
    ("format_version", "unsure_below"), [(1, 0.5), (2, 0.53), (3, 0.53), (4, 0.53), (5, 0.53)]
)
def test_an_artifact_of_any_version_loads_and_scores_alike(
    format_version: int, unsure_below: float
) -> None:
    """A committed artifact gives its recorded scores; version 1 is never unsure."""
    folder = GOLDEN.with_name(f"artifact-v{format_version}")
    predictor = Predictor.load(folder)
    assert predictor.artifact.unsure_below == unsure_below
    recorded = json.loads((folder / "scores.json").read_text())
    verdicts = predictor.predict(list(recorded))
    scores = [verdict.score for verdict in verdicts if isinstance(verdict, Verdict)]
    assert scores == pytest.approx(list(recorded.values()), abs=1e-5)


def test_weights_survive_the_round_trip(artifact: Artifact, artifact_folder: Path) -> None:
    """Reading twice gives the same model, in float32."""
    again = read_artifact(artifact_folder)
    assert artifact.weights.keys() == again.weights.keys()
    for name, array in artifact.weights.items():
        np.testing.assert_array_equal(array, again.weights[name])
        assert array.dtype == np.float32
    assert again.calibration == Calibration(1.5, -0.7, 45.0, (0.5, -0.25))
    assert again.unsure_below == 0.6


@pytest.mark.parametrize("name", ["model.safetensors", "vocabulary.txt", "model.json"])
@pytest.mark.parametrize("damage", ["truncated", "changed", "missing"])
def test_a_damaged_artifact_is_refused(artifact_folder: Path, name: str, damage: str) -> None:
    """Whatever happened to a file, the sentence names it."""
    file = artifact_folder / name
    content = file.read_bytes()
    if damage == "missing":
        file.unlink()
    elif damage == "truncated":
        file.write_bytes(content[:-3])
    else:
        file.write_bytes(content.replace(b"1.5", b"2.5") if name == "model.json" else content[::-1])
    with pytest.raises(InvalidArtifact, match=name.replace(".", r"\.")):
        read_artifact(artifact_folder)


def test_a_newer_format_is_refused_with_both_versions(artifact_folder: Path) -> None:
    """An artifact of tomorrow's format is not guessed at."""
    file = artifact_folder / "model.json"
    file.write_text(file.read_text().replace('"format_version": 6', '"format_version": 7', 1))
    with pytest.raises(InvalidArtifact, match="format version 7, this code reads versions 1 to 6"):
        read_artifact(artifact_folder)


@pytest.mark.parametrize("unsure_below", [0.4, 1.0, None])
def test_a_threshold_that_is_not_a_confidence_is_refused(
    tmp_path: Path, artifact: Artifact, unsure_below: float | None
) -> None:
    """A written threshold lies in [0.5, 1), or the artifact does not load."""
    recipe, vocabulary = artifact.encoder.recipe, artifact.encoder.vocabulary
    model, calibration = trained(artifact), Calibration(1.0)
    write_artifact(tmp_path, model, recipe, vocabulary, calibration, unsure_below, {})  # type: ignore[arg-type]  # what a damaged file holds
    with pytest.raises(InvalidArtifact, match="the model artifact"):
        read_artifact(tmp_path)


def test_a_damaged_archive_is_refused(artifact_folder: Path, tmp_path: Path) -> None:
    """Whatever byte of a model.tar.gz after gzip's header is another, and wherever it ends."""
    path = tmp_path / "model.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(artifact_folder, ".")
    whole = path.read_bytes()
    header = 10 + len("model.tar") + 1  # flags, time and name
    places = {*range(header, len(whole), len(whole) // 200), *range(len(whole) - 8, len(whole))}
    for place in places:
        changed = whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :]
        for damaged in (changed, whole[:place]):
            path.write_bytes(damaged)
            with pytest.raises(InvalidArtifact):
                read_artifact(path)


OF_ANY_TYPE: list[Any] = [None, "x", -1, 0, True, 1.5, "1", [], {}, [1, "x"], 10**400, math.inf]
FIELDS: dict[str, list[Any]] = {
    "format_version": [5],
    "model_version": ["x", "1"],
    "code_version": ["x", "1"],
    "recipe": [],
    "encoding.tokenizer": [],
    "encoding.head": [0],
    "encoding.tail": [0],
    "architecture.embedding_dim": [],
    "architecture.hidden_dim": [],
    "architecture.vocab_size": [],
    "architecture.bidirectional": [True],
    "architecture.pooling": [],
    "temperature": [1.5],
    "bias": [-1, 0, 1.5],
    "half_at": [1.5],
    "length_weights": [[]],
    "unsure_below": [],
    "sha256": [],
    "training": [{}],
    "encoding": [],
    "architecture": [],
}


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_of_another_type_is_refused(artifact_folder: Path, field: str) -> None:
    """With a sentence, though the digest is right; a value of the right kind loads."""
    file = artifact_folder / "model.json"
    whole = json.loads(file.read_text())
    del whole["digest"]
    for value in OF_ANY_TYPE:
        *parents, name = field.split(".")
        changed = json.loads(json.dumps(whole))
        inner = changed
        for parent in parents:
            inner = inner[parent]
        inner[name] = value
        file.write_text(json.dumps({**changed, "digest": digest(changed)}))
        if any(value == fine and type(value) is type(fine) for fine in FIELDS[field]):
            read_artifact(artifact_folder)
        else:
            with pytest.raises(InvalidArtifact, match="the model artifact"):
                read_artifact(artifact_folder)


@pytest.mark.parametrize(
    ("format_version", "field", "value"),
    [
        (2, "unsure_below", 1.0),
        (3, "half_at", 0),
        (3, "shift", "1.5"),
        (4, "half_at", -1.5),
        (4, "shift", True),
        (4, "gains", ["1"]),
        (5, "bias", "1.5"),
        (5, "length_weights", ["1"]),
    ],
)
def test_a_field_of_an_earlier_format_is_checked_too(
    tmp_path: Path, format_version: int, field: str, value: object
) -> None:
    """Under the name that it had then, which the sentence names."""
    folder = shutil.copytree(GOLDEN.with_name(f"artifact-v{format_version}"), tmp_path / "model")
    file = folder / "model.json"
    whole = json.loads(file.read_text())
    del whole["digest"]
    assert field in whole
    whole[field] = value
    file.write_text(json.dumps({**whole, "digest": digest(whole)}))
    with pytest.raises(InvalidArtifact, match=f"the model artifact has {field} "):
        read_artifact(folder)


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("name", ["temperature", "bias", "half_at", "length_weights"])
def test_a_calibration_that_is_not_finite_is_refused(
    tmp_path: Path, artifact: Artifact, name: str, number: float
) -> None:
    """Its scores would be no numbers."""
    value: Any = (number, 0.0) if name == "length_weights" else number
    calibration = replace(artifact.calibration, **{name: value})
    encoder = artifact.encoder
    model = trained(artifact)
    write_artifact(tmp_path, model, encoder.recipe, encoder.vocabulary, calibration, 0.6, {})
    with pytest.raises(InvalidArtifact, match="the model artifact"):
        read_artifact(tmp_path)


@pytest.mark.parametrize("number", [65_520.0, -math.inf, math.nan])
def test_weights_that_cannot_be_stored_are_not(
    tmp_path: Path, artifact: Artifact, number: float
) -> None:
    """float16 ends at 65,504: the training has gone wrong, and no artifact says otherwise."""
    model, encoder = trained(artifact), artifact.encoder
    torch.nn.init.constant_(model.output.bias, number)
    with pytest.raises(TrainingDiverged, match=r"output\.bias"):
        write_artifact(
            tmp_path, model, encoder.recipe, encoder.vocabulary, artifact.calibration, 0.6, {}
        )
    assert list(tmp_path.glob("*.json")) == []


def test_files_of_two_models_do_not_mix(artifact_folder: Path) -> None:
    """Weights of another artifact under this one's description are noticed."""
    shutil.copyfile(GOLDEN / "model.safetensors", artifact_folder / "model.safetensors")
    with pytest.raises(InvalidArtifact, match=r"model\.safetensors .* truncated or was changed"):
        read_artifact(artifact_folder)


def test_length_weights_of_another_network_are_refused(tmp_path: Path, artifact: Artifact) -> None:
    """There is one for each part of the logit, or none."""
    model, calibration = trained(artifact), Calibration(1.0, length_weights=(0.5, 0.5, 0.5))
    encoder = artifact.encoder
    write_artifact(tmp_path, model, encoder.recipe, encoder.vocabulary, calibration, 0.6, {})
    with pytest.raises(InvalidArtifact, match="3 length_weights for the 2 parts of its logits"):
        read_artifact(tmp_path)


def test_another_calibration_is_another_version(artifact: Artifact, tmp_path: Path) -> None:
    """Scores of two models are never taken for those of one, though the weights are the same."""
    encoder = artifact.encoder
    versions = {
        write_artifact(tmp_path, trained(artifact), encoder.recipe, encoder.vocabulary, *rule, {})
        for rule in (
            (Calibration(1.5), 0.6),
            (Calibration(1.5, -0.1), 0.6),
            (Calibration(1.5, 0.0, 1.0, (0.1, 0.0)), 0.6),
            (Calibration(1.5), 0.7),
        )
    }
    assert len(versions) == 4


def test_the_format_version_comes_first(artifact_folder: Path) -> None:
    """A reader of model.json sees its format before anything else."""
    assert next(iter(json.loads((artifact_folder / "model.json").read_text()))) == "format_version"


def test_no_pickle_in_an_artifact(artifact_folder: Path) -> None:
    """Nothing in the folder but safetensors, JSON and text."""
    assert {path.name for path in artifact_folder.iterdir()} == {
        "model.json",
        "model.safetensors",
        "vocabulary.txt",
    }
