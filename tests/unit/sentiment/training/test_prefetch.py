"""Steps that other processes prepare, as they do for a GPU."""

import os

import pytest
import torch

from sentiment.data.dataset import TrainingDataset
from sentiment.errors import InvalidDataset
from sentiment.training import epoch_loop
from sentiment.training.hyperparameters import Hyperparameters
from sentiment.training.prefetch import n_processes_for, prepared
from sentiment.training.run import train
from tests.support.trained import same_weights
from tests.unit.conftest import WholeRun

CPU = torch.device("cpu")


def test_steps_come_in_order_from_wherever_they_are_prepared() -> None:
    """All of them, whole, whichever process is the faster."""

    def prepare(step: int) -> tuple[torch.Tensor, int]:
        return torch.full((step + 1,), step), os.getpid()

    alone, helped = ([*prepared(prepare, range(3, 20), n)] for n in (0, 2))
    assert [tensor.tolist() for tensor, _ in helped] == [[n] * (n + 1) for n in range(3, 20)]
    assert [tensor.tolist() for tensor, _ in alone] == [[n] * (n + 1) for n in range(3, 20)]
    assert {pid for _, pid in alone} == {os.getpid()}
    assert len({pid for _, pid in helped} - {os.getpid()}) == 2


@pytest.mark.parametrize("n_processes", [0, 2])
def test_what_fails_there_fails_here(n_processes: int) -> None:
    """As the same kind of error, its sentence within."""

    def prepare(step: int) -> int:
        if step == 5:
            raise InvalidDataset("review 5 is damaged")
        return step

    with pytest.raises(InvalidDataset, match="review 5 is damaged"):
        list(prepared(prepare, range(9), n_processes))


def test_a_gpu_is_helped_and_a_cpu_is_not() -> None:
    """Which has no core to spare."""
    assert n_processes_for(torch.device("cuda", 0)) > 0
    assert n_processes_for(CPU) == 0


@pytest.mark.parametrize("recipe_name", ["default"], indirect=True)
def test_who_prepares_changes_nothing(
    dataset: TrainingDataset,
    settings: Hyperparameters,
    whole_run: WholeRun,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same weights to the last bit, in every phase."""
    monkeypatch.setattr(epoch_loop, "n_processes_for", lambda _device: 2)
    helped = train(dataset, settings, device=CPU, log=lambda _line: None)
    assert same_weights(whole_run.trained, helped)
