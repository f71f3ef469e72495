"""The model artifact: everything that turns raw text into a score, in one folder, without pickle.

model.json         format version first; recipe, architecture, calibration, the confidence below
                   which no verdict is given, how it was trained, sha256 of the two files below and
                   of its own content
model.safetensors  weights, float16; of the default recipe's large ones int8 (`int8.py`)
vocabulary.txt     one word a line, in id order; the first line is id 2
profile.json       how the validation reviews are distributed (`profile.py`); it may be missing
code/              predict.py, serve.py, requirements.txt, sentiment/: the code that goes with them
manifest.sha256    sha256 of every file above, as `sha256sum -c` reads it
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import sentiment
from sentiment.artifact.calibration import Calibration
from sentiment.artifact.description import (
    DESCRIPTION_FILE,
    FORMAT_VERSION,
    VOCABULARY_FILE,
    WEIGHTS_FILE,
    digest,
    read_calibration,
    read_checked,
    read_description,
    read_unsure_below,
)
from sentiment.artifact.int8 import SCALE, is_quantizable, quantize, read_weights
from sentiment.artifact.onnx_network import ServedNetwork
from sentiment.artifact.packing import open_artifact
from sentiment.errors import InvalidArtifact, SentimentError, TrainingDiverged
from sentiment.recipe import N_POOLED, Recipe, find_recipe
from sentiment.safe_files import file_sha256, write_atomically
from sentiment.tensors import Float, read_arrays, write_tensors
from sentiment.text.encoder import Encoder
from sentiment.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Artifact:
    """A model ready to read raw text."""

    weights: Mapping[str, Float]
    network: ServedNetwork
    encoder: Encoder
    calibration: Calibration
    unsure_below: float  # confidence in [0.5, 1) under which no verdict is given; 0.5 for never
    version: str  # code version and the first digits of a digest of all that makes the scores
    description: Mapping[str, Any]  # all of model.json


class TrainedNetwork(Protocol):
    """What an artifact keeps of a network: its weights, and the sizes that rebuild it."""

    def state_dict(self) -> Mapping[str, Tensor]: ...

    def architecture(self) -> dict[str, Any]: ...


def write_artifact(
    folder: Path,
    model: TrainedNetwork,
    recipe: Recipe,
    vocabulary: Vocabulary,
    calibration: Calibration,
    unsure_below: float,
    training: Mapping[str, Any],
) -> str:
    """Write the artifact's files but its code, and return the model's version.

    `training` is stored unchanged: settings, history, metrics, data fingerprint.

    Raises:
        TrainingDiverged: a weight is not finite in float16.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights: dict[str, Tensor] = {}
    for name, tensor in model.state_dict().items():
        weights |= _as_stored(name, tensor, is_int8=recipe.stores_int8)
    write_tensors(weights, folder / WEIGHTS_FILE, {})
    vocabulary.write(folder / VOCABULARY_FILE)
    sha256 = {name: file_sha256(folder / name) for name in (WEIGHTS_FILE, VOCABULARY_FILE)}
    scoring = {
        "recipe": recipe.name,
        "encoding": {"tokenizer": recipe.tokenizer, "head": recipe.head, "tail": recipe.tail},
        "architecture": model.architecture(),
        **asdict(calibration),
        "unsure_below": unsure_below,
        "sha256": sha256,
    }
    version = f"{sentiment.__version__}-{digest(scoring)[:8]}"
    _write_description(folder, version, sentiment.__version__, scoring, training)
    return version


def rewrite_description(artifact: Artifact, folder: Path) -> None:
    """Write the artifact's model.json in the current format; its version and scores stay."""
    description = artifact.description
    scoring = {
        **{name: description[name] for name in ("recipe", "encoding", "architecture")},
        **asdict(artifact.calibration),
        "unsure_below": artifact.unsure_below,
        "sha256": description["sha256"],
    }
    code_version = str(description["code_version"])
    _write_description(folder, artifact.version, code_version, scoring, description["training"])


def _write_description(
    folder: Path,
    version: str,
    code_version: str,
    scoring: Mapping[str, Any],
    training: Mapping[str, Any],
) -> None:
    description = {
        "format_version": FORMAT_VERSION,
        "model_version": version,
        "code_version": code_version,
        **scoring,
        "training": dict(training),
    }
    description["digest"] = digest(description)
    content = json.dumps(description, indent=2, ensure_ascii=False) + "\n"
    write_atomically(content.encode(), folder / DESCRIPTION_FILE)


def read_artifact(path: Path) -> Artifact:
    """Return the model in a folder or model.tar.gz; check every file against its digest.

    Raises:
        InvalidArtifact: a file is missing, truncated or changed, or the format is another version.
    """
    with open_artifact(path) as folder:
        return _read_folder(folder)


def _read_folder(folder: Path) -> Artifact:
    description = read_description(folder)
    try:
        recipe = replace(find_recipe(description["recipe"]), **description["encoding"])
        contents = {
            name: read_checked(folder, name, description)
            for name in (WEIGHTS_FILE, VOCABULARY_FILE)
        }
        vocabulary = Vocabulary(contents[VOCABULARY_FILE].decode().split("\n")[:-1])
        architecture = description["architecture"]
        if len(vocabulary) != architecture["vocab_size"]:
            raise InvalidArtifact(
                f"the vocabulary has {len(vocabulary)} ids, the model {architecture['vocab_size']}"
            )
        stored = read_arrays(contents[WEIGHTS_FILE])
        weights = read_weights(stored)
        _check_shapes(weights, architecture)
        network = ServedNetwork(weights, architecture, is_int8=len(weights) < len(stored))
        calibration = read_calibration(description)
        n_weights = len(calibration.length_weights)
        if n_weights not in (0, network.n_parts):
            raise InvalidArtifact(
                f"the model artifact has {n_weights} length_weights for the {network.n_parts} "
                "parts of its logits"
            )
        unsure_below = read_unsure_below(description)
        version = str(description["model_version"])
    except InvalidArtifact:
        raise
    except (SentimentError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise InvalidArtifact(f"the model artifact does not fit together: {error}") from error
    encoder = Encoder(recipe, vocabulary)
    return Artifact(weights, network, encoder, calibration, unsure_below, version, description)


def _check_shapes(weights: Mapping[str, Float], architecture: Mapping[str, Any]) -> None:
    """Raise ValueError unless the weights are those of a network of this architecture."""
    vector, hidden = architecture["embedding_dim"], architecture["hidden_dim"]
    directions = ["forward", "backward"] if architecture["bidirectional"] else ["forward"]
    n_pooled = hidden * len(directions) * N_POOLED[architecture["pooling"]]
    expected = {
        "embedding.weight": (architecture["vocab_size"], vector),
        "output.weight": (1, n_pooled),
        "output.bias": (1,),
    }
    for direction in directions:
        expected |= {
            f"{direction}_lstm.weight_ih_l0": (4 * hidden, vector),
            f"{direction}_lstm.weight_hh_l0": (4 * hidden, hidden),
            f"{direction}_lstm.bias_ih_l0": (4 * hidden,),
            f"{direction}_lstm.bias_hh_l0": (4 * hidden,),
        }
    found = {name: array.shape for name, array in weights.items()}
    if found != expected:
        raise ValueError(f"the weights have shapes {found}, not {expected}")


def _as_stored(name: str, tensor: Tensor, *, is_int8: bool) -> dict[str, Tensor]:
    """Return the tensors that store this one, by name."""
    import torch

    stored = tensor.half()
    if not stored.isfinite().all():
        raise TrainingDiverged(
            f"training diverged: {name} holds numbers that are not finite in float16; "
            "try a lower learning-rate"
        )
    if is_int8 and is_quantizable(name):
        steps, scales = quantize(tensor.float().numpy())
        return {name: torch.from_numpy(steps), name + SCALE: torch.from_numpy(scales)}
    return {name: stored}
