"""In which arithmetic training computes."""

import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from sagemaker_jobs.paths import MODEL_PACKAGE
from sentiment.data.dataset import TrainingDataset
from sentiment.errors import InvalidHyperparameter
from sentiment.training import precision
from sentiment.training.hyperparameters import Hyperparameters
from sentiment.training.precision import find_precision, is_half
from sentiment.training.run import train

CPU = torch.device("cpu")


@pytest.fixture
def processor_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the trial, which has one thread, count what it computes and not what others do."""
    monkeypatch.setattr(precision, "time", SimpleNamespace(perf_counter=time.thread_time))
    precision._pays.cache_clear()
    yield
    precision._pays.cache_clear()


@pytest.mark.usefixtures("processor_time")
def test_auto_takes_what_is_faster_here() -> None:
    """Of two ways to learn, timed by turns; processors that tie are let be either."""
    lstm = torch.nn.LSTM(256, 256, batch_first=True)
    vectors = torch.randn(32, 64, 256)

    def learn(*, half_precision: bool) -> float:
        started = time.thread_time()
        with torch.autocast("cpu", torch.bfloat16, enabled=half_precision):
            states, _ = lstm(vectors)
        states.float().square().mean().backward()
        return time.thread_time() - started

    try:
        is_half("bfloat16")
    except InvalidHyperparameter:
        assert not is_half("auto")
        return
    turns = [(learn(half_precision=False), learn(half_precision=True)) for _ in range(8)]
    whole, half = (min(times) for times in zip(*turns, strict=True))
    assert is_half("auto") == (whole > half) or 0.8 < whole / half < 1.5


def test_without_instructions_bfloat16_is_refused_or_left_alone() -> None:
    """On a processor with AVX2 at most, as oneDNN takes this one to be: a sentence, no crash."""
    code = (
        "from sentiment.training.precision import is_half; "
        "print(is_half('auto'), is_half('float32')); is_half('bfloat16')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "ONEDNN_MAX_CPU_ISA": "AVX2", "PYTHONPATH": str(MODEL_PACKAGE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["False", "False"]
    assert "precision must be float32 or auto" in done.stderr


def test_float16_is_for_gpus() -> None:
    """Which take it unless told otherwise; asked for here, it is a sentence."""
    assert find_precision("auto", torch.device("cuda", 0)) == torch.float16
    assert find_precision("float32", torch.device("cuda", 0)) == torch.float32
    with pytest.raises(InvalidHyperparameter, match="do not train in bfloat16 on a GPU"):
        find_precision("bfloat16", torch.device("cuda", 0))
    assert find_precision("auto", CPU) == (torch.bfloat16 if is_half("auto") else torch.float32)
    with pytest.raises(InvalidHyperparameter, match="does not train in float16"):
        find_precision("float16", CPU)


def test_a_resumed_run_computes_as_it_began(tmp_path: Path) -> None:
    """What the trial showed is kept with the checkpoints; another trial might show the other."""
    began = is_half("auto", checkpoints=tmp_path)
    assert is_half("auto", checkpoints=tmp_path) == began
    if not (precision._has_instructions() and precision._computes()):
        assert not began
        return
    kept = tmp_path / "precision.txt"
    assert kept.read_text() == ("bfloat16" if began else "float32")
    kept.write_text("float32" if began else "bfloat16")
    assert is_half("auto", checkpoints=tmp_path) != began
    assert is_half("float32", checkpoints=tmp_path) is False


def test_a_crash_leaves_no_half_of_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be read as the other arithmetic."""

    def crash(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(precision, "_pays", lambda: True)
    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(KeyboardInterrupt):
        precision._is_worth_it(tmp_path)
    assert not (tmp_path / "precision.txt").exists()


def test_a_training_in_bfloat16_comes_to_the_same(
    dataset: TrainingDataset, settings: Hyperparameters
) -> None:
    """Other weights, and losses that differ by less than by another seed."""
    try:
        assert is_half("bfloat16")
    except InvalidHyperparameter as refusal:
        pytest.skip(str(refusal))
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
