"""Entry point of the SageMaker training job; `sentiment` does the work.

Reads the dataset in SM_CHANNEL_TRAINING, trains by the hyperparameters on the command line, resumes
from a checkpoint in /opt/ml/checkpoints, and writes the artifact to SM_MODEL_DIR. A model.tar.gz in
SM_CHANNEL_MODEL, SageMaker's channel for that, makes a warm start. A failure leaves one sentence in
/opt/ml/output/failure, SageMaker's FailureReason, and exit code 1.
"""

from __future__ import annotations

import ctypes
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentiment.errors import InvalidDataset, SentimentError
from sentiment.training.hyperparameters import parse

if TYPE_CHECKING:
    from sentiment.artifact.artifact import Artifact

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # M_TRIM_THRESHOLD and M_MMAP_MAX of <malloc.h>


@dataclass(frozen=True)
class Folders:
    """The folders of SageMaker's contract."""

    channel: Path | None
    warm_start: Path | None  # has the model.tar.gz with the initial weights
    model: Path
    checkpoints: Path
    failure: Path

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Folders:
        """Return the folders that the environment names, or SageMaker's defaults."""
        base = Path(environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
        channel = environ.get("SM_CHANNEL_TRAINING")
        warm_start = environ.get("SM_CHANNEL_MODEL")
        return cls(
            channel=Path(channel) if channel else None,
            warm_start=Path(warm_start) if warm_start else None,
            model=Path(environ.get("SM_MODEL_DIR", base / "model")),
            checkpoints=Path(environ.get("SM_CHECKPOINT_DIR", base / "checkpoints")),
            failure=Path(environ.get("SM_OUTPUT_DIR", base / "output")) / "failure",
        )


def run(arguments: Sequence[str], folders: Folders, environ: Mapping[str, str]) -> None:
    """Train and write the artifact.

    Raises:
        SentimentError: bad settings or data; its text is for the failure file.
    """
    settings = parse(arguments, warm_start=folders.warm_start is not None)
    if folders.channel is None:
        raise InvalidDataset("the job has no channel named 'training' (SM_CHANNEL_TRAINING)")

    import torch

    from sentiment.artifact.artifact import read_artifact, write_artifact
    from sentiment.artifact.packing import add_code
    from sentiment.artifact.profile import write_profile
    from sentiment.data.dataset import read_training_dataset
    from sentiment.recipe import find_recipe
    from sentiment.training.history import continue_history
    from sentiment.training.process_group import joined_group, local_device
    from sentiment.training.run import train

    dataset = read_training_dataset(folders.channel)
    if dataset.description.recipe.name != settings.recipe:
        raise InvalidDataset(
            f"the dataset was prepared by the {dataset.description.recipe.name} recipe, the job "
            f"asks for the {settings.recipe} recipe"
        )
    start = read_artifact(folders.warm_start / "model.tar.gz") if folders.warm_start else None
    # gradients vanish over a review's words, and numbers below 1e-38 take a CPU many times as long;
    # set before there are threads, which inherit it
    torch.set_flush_denormal(True)
    keep_freed_memory()
    device = local_device(environ)
    with joined_group(environ) as group:
        print(
            f"recipe={settings.recipe} reviews={len(dataset.train)} "
            f"vocabulary={len(dataset.vocabulary)} device={device} "
            f"threads={torch.get_num_threads()} process={group.rank + 1}/{group.size}",
            flush=True,
        )
        trained = train(
            dataset,
            settings,
            device=device,
            warm_start=start,
            checkpoints=folders.checkpoints,
            log=lambda line: print(line, flush=True),
            group=group,
        )
    if not group.is_first:
        return
    version = write_artifact(
        folders.model,
        trained.model,
        find_recipe(settings.recipe),
        dataset.vocabulary.cut(settings.vocab_size),
        trained.calibration,
        trained.unsure_below,
        {
            "settings": settings.as_json(),
            "start": start.version if start else None,
            "data_fingerprint": dataset.description.fingerprint,
            "torch": torch.__version__,
            "precision": trained.precision,
            "history": continue_history(_history_of(start), trained.history),
            "validation": {
                **asdict(trained.validation),
                "epoch": trained.best.epoch if trained.best else None,
            },
            "ensemble": trained.ensemble,
        },
    )
    write_profile(trained.profile, folders.model)
    add_code(folders.model)
    print(
        f"model_version={version} loss={trained.validation.loss:.4f} "
        f"accuracy={trained.validation.accuracy:.4f} "
        f"temperature={trained.calibration.temperature:.4f} "
        f"bias={trained.calibration.bias:.4f} "
        f"length_weights={_join(trained.calibration.length_weights) or 'none'} "
        f"unsure_below={trained.unsure_below:.3f}",
        flush=True,
    )


def _join(numbers: Sequence[float]) -> str:
    return ",".join(f"{number:.4f}" for number in numbers)


def keep_freed_memory() -> bool:
    """Tell malloc to keep freed memory; return False where the C library cannot.

    A training step takes some gigabytes in large pieces and frees them all. glibc returns each
    large piece to the kernel at once, and the kernel zeroes it, page by page, when it is next used:
    up to a sixth of a training's time. Kept in the process, the same pages serve every step.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another C library, or another system
        return False
    return bool(mallopt(_MMAP_MAX, 0) and mallopt(_TRIM_THRESHOLD, -1))


def _history_of(start: Artifact | None) -> list[Any]:
    """Return the epochs of the model that a run starts from."""
    return list(start.description["training"].get("history", [])) if start else []


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Train and return the exit code; a failure is also written for SageMaker."""
    folders = Folders.from_env(environ)
    try:
        run(arguments, folders, environ)
    except SentimentError as error:
        sentence = str(error)
    except Exception as error:  # noqa: BLE001 - a job must leave a reason, whatever went wrong
        traceback.print_exc()
        sentence = f"unexpected {type(error).__name__}: {error}".splitlines()[0]
    else:
        return 0
    print(f"error: {sentence}", file=sys.stderr, flush=True)
    folders.failure.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError), folders.failure.open("x", encoding="utf-8") as failure:
        failure.write(sentence)  # the first process that fails knows why
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
