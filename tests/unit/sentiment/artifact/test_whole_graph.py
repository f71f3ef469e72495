"""The graph for other programs, against the artifact that it was written from."""

import random
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from sentiment.artifact.artifact import read_artifact, write_artifact
from sentiment.artifact.calibration import Calibration
from sentiment.artifact.whole_graph import write_whole_graph
from sentiment.models.lstm_classifier import LSTMClassifier
from sentiment.recipe import CLASSIC
from sentiment.text.vocabulary import Vocabulary
from tests.support.paths import ROOT

GOLDEN = sorted((ROOT / "tests" / "golden").glob("artifact-v*"))


@pytest.mark.parametrize("path", [*GOLDEN, ROOT / "pretrained"], ids=lambda path: path.name)
def test_it_scores_as_the_artifact(path: Path) -> None:
    """Short and long texts side by side, and each alone."""
    artifact = read_artifact(path)
    draw = random.Random(3)  # noqa: S311 - no secret
    n_ids = min(len(artifact.encoder.vocabulary), 500)
    reviews = [[draw.randrange(1, n_ids) for _ in range(n)] for n in (1, 2, 31, 32, 33, 90)]
    parts = artifact.network.parts(reviews)
    expected = artifact.calibration.scores(parts, [*map(len, reviews)])
    session = onnxruntime.InferenceSession(write_whole_graph(artifact))
    padded = np.zeros((len(reviews), 90), np.int64)
    for row, review in zip(padded, reviews, strict=True):
        row[: len(review)] = review
    (together,) = session.run(["score"], {"ids": padded})
    alone = [session.run(["score"], {"ids": np.array([ids])})[0][0] for ids in reviews]
    np.testing.assert_allclose(together, expected, atol=2e-6, rtol=0)
    np.testing.assert_allclose(alone, expected, atol=2e-6, rtol=0)


def test_it_scores_as_the_classic_recipe(tmp_path: Path) -> None:
    """A network that reads the last state alone, and no calibration by length."""
    sizes = {"embedding_dim": 4, "hidden_dim": 3, "vocab_size": 9}
    model = LSTMClassifier(**sizes, bidirectional=False, pooling="last")
    words = Vocabulary([*"abcdefg"])
    write_artifact(tmp_path, model, CLASSIC, words, Calibration(1.5, 0.2, 7.0), 0.6, {})
    artifact = read_artifact(tmp_path)
    reviews = [[3, 4, 5], [6, 7, 8]]
    expected = artifact.calibration.scores(artifact.network.parts(reviews), [3, 3])
    session = onnxruntime.InferenceSession(write_whole_graph(artifact))
    (scores,) = session.run(["score"], {"ids": np.array(reviews)})
    np.testing.assert_allclose(scores, expected, atol=2e-6, rtol=0)


def test_it_names_its_model_and_encoding() -> None:
    """What turns text into ids can be set up from the file alone."""
    artifact = read_artifact(ROOT / "pretrained")
    session = onnxruntime.InferenceSession(write_whole_graph(artifact))
    given = session.get_modelmeta().custom_metadata_map
    encoding = {name: str(value) for name, value in artifact.description["encoding"].items()}
    assert given == {"model_version": artifact.version, "recipe": "default", **encoding}
