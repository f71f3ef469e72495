"""The precision in which the LSTMs train: float32, float16 or bfloat16."""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn

from sentiment.errors import InvalidHyperparameter
from sentiment.safe_files import write_atomically
from sentiment.training.hyperparameters import Precision
from sentiment.training.process_group import Group

_WORTH = 1.15  # the least speed-up for which 'auto' chooses bfloat16
_N_TRIALS = 5
_KEPT = "precision.txt"  # beside the checkpoints
_TRIAL = (32, 32, 192)  # reviews, words, numbers a word


def find_precision(
    precision: Precision,
    device: torch.device,
    group: Group | None = None,
    checkpoints: Path | None = None,
) -> torch.dtype:
    """Return the type in which the LSTMs compute.

    On a GPU, 'auto' is float16: only then does cuDNN read a whole text in one call, which takes a
    third of the time on an H100. On a CPU, `is_half` decides. In float32, cuDNN rounds the factors
    of products to TF32.

    Raises:
        InvalidHyperparameter: the device cannot train in this precision.
    """
    if device.type == "cuda":
        if precision == "bfloat16":  # PyTorch's autocast would run cuDNN's LSTMs in float16
            raise InvalidHyperparameter(
                "LSTMs do not train in bfloat16 on a GPU: precision must be float32, float16 or "
                "auto"
            )
        return torch.float32 if precision == "float32" else torch.float16
    if precision == "float16":
        raise InvalidHyperparameter(
            "a processor does not train in float16: precision must be float32, bfloat16 or auto"
        )
    is_bfloat16 = is_half(precision, group, checkpoints)
    return torch.bfloat16 if is_bfloat16 else torch.float32


def name_of(precision: torch.dtype) -> str:
    """Return the type's name in settings and logs.

    >>> name_of(torch.float16)
    'float16'
    """
    return str(precision).removeprefix("torch.")


def is_half(
    precision: Precision,
    group: Group | None = None,
    checkpoints: Path | None = None,
) -> bool:
    """Return whether the LSTMs compute in bfloat16 on this CPU, the same for the whole group.

    'auto' chooses it if the processor has instructions for it and a short trial shows a speed-up.
    With AMX, or on AMD's processors, an epoch then takes half to two thirds of the time, and the
    loss changes less than with another order of the reviews. On an Intel processor whose AMX is not
    available, an epoch takes half as long again. Elsewhere bfloat16 is emulated, and slower than
    float32, or missing. The trial's result is kept beside the `checkpoints`, so that a resumed run
    computes in the same precision.

    Raises:
        InvalidHyperparameter: `precision` is bfloat16, and this processor cannot compute in it.
    """
    if precision == "float32":
        return False
    if precision == "bfloat16":
        if not _computes():
            raise InvalidHyperparameter(
                "this processor cannot train in bfloat16: precision must be float32 or auto"
            )
        return True
    group = group or Group()
    can = _has_instructions() and _computes()
    if int(group.total(torch.tensor(int(can)))) < group.size:
        return False
    return group.object_from_first(group.is_first and _is_worth_it(checkpoints))


def _has_instructions() -> bool:
    if not hasattr(torch.cpu, "get_capabilities"):  # older versions of torch
        return False
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name) for name in ("avx512_bf16", "amx_bf16"))


def _computes() -> bool:
    """Return whether an LSTM runs in bfloat16; without AVX-512, oneDNN has none."""
    with torch.random.fork_rng(devices=[]), torch.autocast("cpu", torch.bfloat16):
        try:
            torch.nn.LSTM(1, 1)(torch.zeros(1, 1, 1))
        except RuntimeError:
            return False
    return True


def _is_worth_it(checkpoints: Path | None) -> bool:
    if checkpoints is None:
        return _pays()
    kept = checkpoints / _KEPT
    if not kept.is_file():
        checkpoints.mkdir(parents=True, exist_ok=True)
        write_atomically(b"bfloat16" if _pays() else b"float32", kept)
    return kept.read_text("ascii") == "bfloat16"


@cache
def _pays() -> bool:
    """Return whether an LSTM trains faster in bfloat16; the trial takes a fraction of a second."""
    with torch.random.fork_rng(devices=[]):
        lstm = nn.LSTM(_TRIAL[-1], _TRIAL[-1], batch_first=True)
        vectors = torch.zeros(*_TRIAL, requires_grad=True)
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)  # on a busy machine, threads that wait for each other distort times
    whole, half = [], []
    for _ in range(_N_TRIALS):  # in turn; the best time of each counts
        whole.append(_seconds_to_learn(lstm, vectors, half_precision=False))
        half.append(_seconds_to_learn(lstm, vectors, half_precision=True))
    torch.set_num_threads(n_threads)
    return min(whole) > _WORTH * min(half)


def _seconds_to_learn(lstm: nn.LSTM, vectors: Tensor, *, half_precision: bool) -> float:
    started = time.perf_counter()
    with torch.autocast("cpu", torch.bfloat16, enabled=half_precision):
        states, _ = lstm(vectors)
    states.float().sum().backward()
    return time.perf_counter() - started
