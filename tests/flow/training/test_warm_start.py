"""A trained model is where another training starts, here and in a job."""

import json
from pathlib import Path
from typing import Any

import pytest

from sentiment.artifact.profile import read_profile
from tests.support.pipeline import IMAGE, Do

pytestmark = pytest.mark.filterwarnings("ignore:S3 key was not disposed of in time:ResourceWarning")


def test_a_model_is_where_another_training_starts(
    do: Do, default_dataset: Path, tmp_path: Path
) -> None:
    """--warm-start takes a model.tar.gz, here and in a job, and leaves self-training to do.

    With --ensemble-epochs, a teacher is trained as well.
    """
    small = ("--hidden-dim", 16, "--validation-size", 40, "--self-training-epochs", 1, "--json")
    teacher = ("--pretraining-epochs", 0, "--ensemble-epochs", 1, "--self-training-rounds", 0)
    here = ("train", "local", *small, "--data", default_dataset, "--directory")
    first = do(*here, tmp_path / "first", *teacher, "--epochs", 1).json
    assert [epoch["phase"] for epoch in first["epochs"]] == ["teacher", "student", "self_training"]
    profile = read_profile(tmp_path / "first/model")  # which `watch drift` compares with
    assert profile is not None
    (n_reviews,) = {sum(histogram.counts) for histogram in profile.values()}
    assert 30 < n_reviews <= 40  # of whole films
    start = ("--warm-start", first["artifact"])
    again = do(*here, tmp_path / "again", *start).json
    assert [epoch["phase"] for epoch in again["epochs"]] == ["self_training"]
    first_history = history_of(tmp_path / "first")
    whole = history_of(tmp_path / "again")  # the report draws each phase by its name
    assert whole[:-1] == first_history
    assert whole[-1]["phase"] == "self_training_2"
    assert f"{whole[-1]['train_loss']:.4f}" == f"{again['epochs'][0]['train_loss']:.4f}"
    calibrated = do(*here, tmp_path / "calibrated", *start, "--self-training-epochs", 0).json
    assert calibrated["epochs"] == []
    assert history_of(tmp_path / "calibrated") == first_history
    taught = do(*here, tmp_path / "taught", *start, *teacher).json
    assert [epoch["phase"] for epoch in taught["epochs"]] == ["teacher", "self_training"]
    added = [epoch["phase"] for epoch in history_of(tmp_path / "taught")[len(first_history) :]]
    assert added == ["teacher_2", "self_training_2"]

    assert do("upload", "--data", default_dataset).exit_code == 0
    job = do("train", "job", *IMAGE, *small, *start).json
    assert [epoch["phase"] for epoch in job["epochs"]] == ["self_training"]
    assert job["epochs"][0]["train_loss"] == pytest.approx(
        again["epochs"][0]["train_loss"], abs=1e-4
    )

    missing = do(*here, tmp_path / "none", "--warm-start", tmp_path / "no.tar.gz")
    assert missing.exit_code == 1
    assert "there is no model" in missing.err


def history_of(directory: Path) -> list[dict[str, Any]]:
    """What the model trained there says of the epochs that its weights went through."""
    content = json.loads((directory / "model" / "model.json").read_text())
    history: list[dict[str, Any]] = content["training"]["history"]
    assert history
    return history
