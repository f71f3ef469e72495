"""In which arithmetic training computes."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from sentiment.dataset import TrainingDataset
from sentiment.hyperparameters import Hyperparameters
from sentiment.precision import is_half
from sentiment.training import train

CPU = torch.device("cpu")
CPUINFO = Path("/proc/cpuinfo")


@pytest.mark.skipif(not CPUINFO.exists(), reason="the processor is asked through /proc/cpuinfo")
def test_auto_goes_by_the_processors_instructions() -> None:
    """Bfloat16 where it is computed, float32 where it would be emulated."""
    flags = CPUINFO.read_text().split()
    assert is_half("auto", CPU) == ("avx512_bf16" in flags or "amx_bf16" in flags)


def test_what_is_asked_for_is_done() -> None:
    """Also where the processor would rather have the other."""
    assert is_half("bfloat16", CPU)
    assert not is_half("float32", CPU)


def test_a_training_in_bfloat16_comes_to_the_same(
    dataset: TrainingDataset, settings: Hyperparameters
) -> None:
    """Other weights, and losses that differ by less than by another seed."""
    short = replace(settings, epochs=2)
    whole, half, other = (
        train(dataset, chosen, device=CPU, log=lambda _line: None).history[-1].train_loss
        for chosen in (
            replace(short, precision="float32"),
            replace(short, precision="bfloat16"),
            replace(short, precision="float32", seed=2),
        )
    )
    assert 0 < math.fabs(whole - half) < math.fabs(whole - other)
