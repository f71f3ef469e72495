"""Run train.py on this machine as a training container would, without AWS."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sagemaker_jobs.aws.model_artifacts import as_archive
from sagemaker_jobs.errors import InvalidData, TrainingFailed
from sagemaker_jobs.files import refused_as_setting
from sagemaker_jobs.paths import MODEL_PACKAGE
from sagemaker_jobs.terminal import Ui
from sagemaker_jobs.training.training_job import Training

if TYPE_CHECKING:
    from sentiment.training.history import EpochMetrics

_GRACE_S = 60  # torchrun gives its processes 30 seconds of them
_N_LAST_LINES = 30  # shown if train.py ended without an error message
# The files that a training writes. They identify folders of earlier versions, which have no marker.
_CODE = ("*.py", "requirements.txt", "sentiment/*.txt")
_WRITTEN = (
    *("model.tar.gz", ".model.tar.gz.*partial"),
    *("model", "model/code", *(f"model/code/{pattern}" for pattern in _CODE)),
    *("model/model.json", "model/model.safetensors", "model/vocabulary.txt", "model/*.partial"),
    *("checkpoints", "checkpoints/*.safetensors", "checkpoints/precision.txt"),
    "checkpoints/*.partial",
    *("input/data/model", "input/data/model/model.tar.gz"),
    *("output", "output/data", "output/failure"),
)


def train_here(
    dataset: Path,
    directory: Path,
    hyperparameters: Mapping[str, str],
    *,
    ui: Ui,
    clock: Callable[[], float],
    every_line: bool = False,
    n_processes: int = 1,
    warm_start: Path | None = None,
) -> Training:
    """Train a model from the dataset folder, as `directory`/model.tar.gz.

    `directory` keeps the checkpoints: with the same one, training resumes from them.
    `warm_start` is a model.tar.gz or an artifact folder with the initial weights.

    Raises:
        TrainingFailed: train.py failed; the reason is its own error message.
        InvalidData: there is no dataset folder, or no such model.
        InvalidSetting: `directory` holds files that no training wrote.
    """
    from sentiment.safe_files import pack_files, write_atomically

    if not (dataset / "dataset.json").is_file():
        raise InvalidData(f"{dataset} is not a dataset folder", hint="run prepare, or check --data")
    if warm_start is not None and not warm_start.exists():
        raise InvalidData(f"there is no model {warm_start}", hint="check --warm-start")
    base = directory.resolve()
    claim(base)
    for part in ("model", "output", "output/data", "checkpoints"):
        (base / part).mkdir(parents=True, exist_ok=True)
    failure = base / "output/failure"
    failure.unlink(missing_ok=True)
    started = clock()
    command = [*_launcher(n_processes), str(MODEL_PACKAGE / "train.py")]
    for name, value in hyperparameters.items():
        command += [f"--{name}", value]
    last_lines: deque[str] = deque(maxlen=_N_LAST_LINES)
    environment = _environment(dataset.resolve(), base)
    if warm_start is not None:
        channel = base / "input/data/model"
        channel.mkdir(parents=True, exist_ok=True)
        with as_archive(warm_start) as archive:
            shutil.copyfile(archive, channel / "model.tar.gz")
        environment["SM_CHANNEL_MODEL"] = str(channel)
    with TemporaryDirectory(prefix="movie-sentiment-") as temporary:
        environment["TMPDIR"] = temporary  # torch and torchrun leave folders in it
        epochs, exit_code = _run(command, environment, ui, every_line, last_lines)
    if exit_code:
        sentence = failure.read_text("utf-8").strip() if failure.is_file() else ""
        if not (sentence or every_line):
            ui.say("\n".join(last_lines))
        raise TrainingFailed(
            str(directory),
            sentence or f"train.py ended with exit code {exit_code}",
            hint="fix the cause; --log shows every line that train.py prints",
        )
    artifact = directory / "model.tar.gz"
    model = base / "model"
    files = {str(p.relative_to(model)): p for p in model.rglob("*") if p.is_file()}
    write_atomically(pack_files(files), artifact)
    return Training(
        str(directory), "Completed", str(artifact), round(clock() - started, 1), None, epochs
    )


def claim(directory: Path, *, dry_run: bool = False) -> None:
    """Mark the folder as a training's, and delete an earlier training's code from it.

    Raises:
        InvalidSetting: the folder holds files that no training wrote.
    """
    from sentiment.safe_files import Kind, check_folder, mark, remove

    kind = Kind("training", _WRITTEN, _is_earlier_training)
    with refused_as_setting("--directory"):
        if dry_run:
            check_folder(directory, kind)
            return
        mark(directory, kind)
        remove(directory / "model/code", Kind("code", _CODE, lambda _folder: True))


def _is_earlier_training(folder: Path) -> bool:
    """Return False for a model without the folder that every training makes first."""
    results = ("model.tar.gz", "model/model.json", "model/model.safetensors")
    return (folder / "output/data").is_dir() or not any((folder / r).exists() for r in results)


def _launcher(n_processes: int) -> list[str]:
    if n_processes == 1:
        return [sys.executable]
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    return [*torchrun, f"--nproc-per-node={n_processes}"]


def _environment(dataset: Path, base: Path) -> dict[str, str]:
    return {
        **os.environ,
        "SAGEMAKER_BASE_DIR": str(base),
        "SM_CHANNEL_TRAINING": str(dataset),
        "SM_MODEL_DIR": str(base / "model"),
        "SM_OUTPUT_DIR": str(base / "output"),
        "SM_OUTPUT_DATA_DIR": str(base / "output/data"),
        "PYTHONUNBUFFERED": "1",
    }


def _run(
    command: list[str],
    environment: dict[str, str],
    ui: Ui,
    every_line: bool,
    last_lines: deque[str],
) -> tuple[tuple[EpochMetrics, ...], int]:
    from sentiment.training.history import read_epoch, read_progress

    epochs: list[EpochMetrics] = []
    with subprocess.Popen(  # noqa: S603 - train.py, with arguments in a list
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            with ui.progress("training", 100, "%") as advance:
                shown = 0
                for line in process.stdout or ():
                    last_lines.append(line.rstrip())
                    epoch = read_epoch(line)
                    if epoch:
                        epochs.append(epoch)
                        advance(-shown)
                        shown = 0
                    percent = read_progress(line)
                    if percent is not None:
                        advance(percent - shown)
                        shown = percent
                    if every_line:
                        ui.say(line.rstrip())
                    elif epoch:
                        ui.say(epoch.text())
        except BaseException:
            _end(process)
            raise
    return tuple(epochs), process.returncode


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
