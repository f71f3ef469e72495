"""Trainings that are interrupted, and go on."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from sentiment.data.dataset import TrainingDataset
from sentiment.training import epoch_loop
from sentiment.training.checkpoint import Checkpoint, checkpoint_path
from sentiment.training.history import read_epoch
from sentiment.training.hyperparameters import Hyperparameters
from sentiment.training.run import train
from tests.support.trained import as_artifact, same_weights
from tests.unit.conftest import WholeRun

CPU = torch.device("cpu")


class _Interrupted(Exception):
    pass


@pytest.mark.parametrize(
    ("recipe_name", "reached"),
    [
        ("classic", [("classifier", 3)]),
        (
            "default",
            [
                *(("pretraining", 2), ("teacher", 1), ("student", 3)),
                *(("self_training", 1), ("self_training_2", 1)),
            ],
        ),
    ],
    indirect=["recipe_name"],
)
def test_a_resumed_run_computes_what_an_uninterrupted_one_does(
    dataset: TrainingDataset,
    settings: Hyperparameters,
    whole_run: WholeRun,
    tmp_path: Path,
    reached: list[tuple[str, int]],
) -> None:
    """Interrupted in every phase and started again, training ends with the same weights."""
    lines: list[str] = []
    stops = [f'{{"phase": "{phase}", "epoch": {epoch}, ' for phase, epoch in reached]
    for stop in stops:
        lines = train_until(stop, dataset, settings, tmp_path, began_at=lines[-1:])
    began_at, lines = lines[-1:], []
    resumed = train(dataset, settings, device=CPU, checkpoints=tmp_path, log=lines.append)
    assert_begins(lines, began_at)
    assert same_weights(whole_run.trained, resumed)
    epochs = [m.epoch for m in whole_run.trained.history]
    assert [m.epoch for m in resumed.history] == epochs


def train_until(
    stop: str,
    dataset: TrainingDataset,
    settings: Hyperparameters,
    checkpoints: Path,
    *,
    began_at: list[str],
) -> list[str]:
    """Return what a run logged that was interrupted at the line that begins with `stop`."""
    lines: list[str] = []

    def note(line: str) -> None:
        lines.append(line)
        if line.startswith(stop):
            raise _Interrupted

    with pytest.raises(_Interrupted):
        train(dataset, settings, device=CPU, checkpoints=checkpoints, log=note)
    assert_begins(lines, began_at)
    return lines


def assert_begins(lines: list[str], at: list[str]) -> None:
    """The run trained the epoch first at whose end the one before it was interrupted, if any."""
    for line in at:
        trained = [epoch for epoch in map(read_epoch, lines) if epoch]
        interrupted = read_epoch(line)
        assert interrupted
        assert (trained[0].phase, trained[0].epoch) == (interrupted.phase, interrupted.epoch)
        assert not any(text.startswith("word_vectors=") for text in lines)  # they were learned from


@pytest.mark.parametrize(
    ("recipe_name", "phases"),
    [("classic", ["classifier"]), ("default", ["pretraining", "student"])],
    indirect=["recipe_name"],
)
def test_an_epoch_is_gone_on_with_where_it_was_interrupted(
    dataset: TrainingDataset,
    settings: Hyperparameters,
    whole_run: WholeRun,
    tmp_path: Path,
    phases: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A run that stopped within an epoch takes only the steps that were missing."""
    for interval in ("_PROGRESS_EVERY_S", "_CHECKPOINT_EVERY_S"):
        monkeypatch.setattr(epoch_loop, interval, -1.0)
    lines: list[str] = []
    expected = {
        phase: [line for line in whole_run.lines if line.startswith(second_epoch(phase))]
        for phase in phases
    }
    for before, phase in zip([None, *phases], phases, strict=False):
        stop = expected[phase][-2]  # the last step but one
        lines = train_until(stop, dataset, settings, tmp_path, began_at=[])
        if before:
            assert_takes_the_last_two(lines, before, expected[before])
    lines.clear()
    resumed = train(dataset, settings, device=CPU, checkpoints=tmp_path, log=lines.append)
    assert_takes_the_last_two(lines, phases[-1], expected[phases[-1]])
    assert same_weights(whole_run.trained, resumed)
    assert [(m.phase, m.train_loss) for m in resumed.history] == [
        (m.phase, m.train_loss) for m in whole_run.trained.history
    ]


def second_epoch(phase: str) -> str:
    return f"progress phase={phase} epoch=2 "


def assert_takes_the_last_two(lines: list[str], phase: str, expected: list[str]) -> None:
    """The step at which the run was interrupted is not in the checkpoint."""
    assert len(expected) > 2
    n_taken = len(expected) - 2
    assert f"phase={phase} resumed_after_epoch=1 steps_of_the_next={n_taken}" in lines
    assert [line for line in lines if line.startswith(second_epoch(phase))] == expected[-2:]


@pytest.mark.parametrize("recipe_name", ["default"], indirect=True)
def test_of_a_phase_that_is_over_the_best_weights_are_kept(
    dataset: TrainingDataset, settings: Hyperparameters, tmp_path: Path
) -> None:
    """What only its steps read is thrown away: its last weights and Adam's two moments."""

    def stop_in_the_student(line: str) -> None:
        if line.startswith('{"phase": "student", "epoch": 2, '):
            raise _Interrupted

    with pytest.raises(_Interrupted):
        train(dataset, settings, device=CPU, checkpoints=tmp_path, log=stop_in_the_student)
    size = {
        phase: checkpoint_path(tmp_path, phase).stat().st_size for phase in ("teacher", "student")
    }
    assert size["teacher"] < 0.3 * size["student"]


@pytest.mark.parametrize("damage", ["truncated", "other settings"])
def test_a_useless_checkpoint_is_ignored_and_said(
    dataset: TrainingDataset, settings: Hyperparameters, tmp_path: Path, damage: str
) -> None:
    """A broken checkpoint, or one of another run, makes training start over, and say so."""
    short = replace(settings, epochs=1)
    train(dataset, short, device=CPU, checkpoints=tmp_path, log=lambda _line: None)
    last = "self_training" if settings.ensemble_epochs else "classifier"
    file = checkpoint_path(tmp_path, last)
    if damage == "truncated":
        file.write_bytes(file.read_bytes()[:-40])
    else:
        short = replace(short, seed=9)
    lines: list[str] = []
    trained = train(dataset, short, device=CPU, checkpoints=tmp_path, log=lines.append)
    assert any(line.startswith(f"checkpoint ignored, {last} starts over") for line in lines)
    n_others = settings.pretraining_epochs + settings.ensemble_epochs
    n_others += settings.self_training_epochs + settings.self_training_rounds
    assert len(trained.history) == n_others + 1
    assert Checkpoint.read(tmp_path, last) is not None


@pytest.mark.parametrize("recipe_name", ["default"], indirect=True)
def test_a_checkpoint_of_another_start_is_not_gone_on_from(
    dataset: TrainingDataset, settings: Hyperparameters, tmp_path: Path
) -> None:
    """A run without the warm start, in the same folder, starts over and logs that."""
    short = replace(settings, pretraining_epochs=0, ensemble_epochs=1, epochs=1)
    trained = train(dataset, short, device=CPU, checkpoints=tmp_path / "c", log=lambda _line: None)
    start = as_artifact(trained, dataset, tmp_path)
    lines: list[str] = []
    alone = replace(short, ensemble_epochs=0)
    train(
        dataset, alone, device=CPU, warm_start=start, checkpoints=tmp_path / "c", log=lines.append
    )
    assert any(line.startswith("checkpoint ignored, self_training starts over") for line in lines)
