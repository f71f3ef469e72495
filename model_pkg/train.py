"""Entry point of the SageMaker training job; all of its work is done in `sentiment`.

Reads the dataset in SM_CHANNEL_TRAINING, trains by the hyperparameters on the command line, goes on
from /opt/ml/checkpoints where a checkpoint lies there, and writes the artifact to SM_MODEL_DIR. A
model.tar.gz in SM_CHANNEL_MODEL (SageMaker's channel for that) is one to start from.
A failure is one sentence in /opt/ml/output/failure (SageMaker's FailureReason) and exit code 1.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentiment.errors import InvalidDataset, InvalidHyperparameter, SentimentError
from sentiment.training.hyperparameters import add_options, parse

if TYPE_CHECKING:
    from sentiment.artifact.artifact import Artifact


@dataclass(frozen=True)
class Folders:
    """Where SageMaker put things, or where it wants them."""

    channel: Path | None
    start: Path | None  # holds the model.tar.gz to start from
    model: Path
    checkpoints: Path
    failure: Path

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Folders:
        base = Path(environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
        channel = environ.get("SM_CHANNEL_TRAINING")
        start = environ.get("SM_CHANNEL_MODEL")
        return cls(
            channel=Path(channel) if channel else None,
            start=Path(start) if start else None,
            model=Path(environ.get("SM_MODEL_DIR", base / "model")),
            checkpoints=Path(environ.get("SM_CHECKPOINT_DIR", base / "checkpoints")),
            failure=Path(environ.get("SM_OUTPUT_DIR", base / "output")) / "failure",
        )


def run(arguments: Sequence[str], folders: Folders, environ: Mapping[str, str]) -> None:
    """Train and write the artifact.

    Raises:
        SentimentError: bad settings or data, with the sentence for the failure file.
    """
    settings, unknown = parse(arguments, goes_on=folders.start is not None)
    if unknown:
        raise InvalidHyperparameter(f"unknown hyperparameters: {' '.join(unknown)}")
    if folders.channel is None:
        raise InvalidDataset("the job has no channel named 'training' (SM_CHANNEL_TRAINING)")

    import torch

    from sentiment.artifact.artifact import read_artifact, write_artifact
    from sentiment.artifact.packing import copy_code
    from sentiment.data.dataset import read_training_dataset
    from sentiment.recipe import find_recipe
    from sentiment.training.history import continue_history
    from sentiment.training.malloc import keep_freed_memory
    from sentiment.training.process_group import joined_group, local_device
    from sentiment.training.run import train

    dataset = read_training_dataset(folders.channel)
    if dataset.description.recipe.name != settings.recipe:
        raise InvalidDataset(
            f"the dataset was prepared by the {dataset.description.recipe.name} recipe, the job "
            f"asks for the {settings.recipe} recipe"
        )
    start = read_artifact(folders.start / "model.tar.gz") if folders.start else None
    # gradients fade away over a review's words, and below 1e-38 each number takes a CPU many times
    # as long; set before there are threads, which all take it over
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
            start=start,
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
            "teachers": trained.teachers,
        },
    )
    copy_code(folders.model)
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


def _history_of(start: Artifact | None) -> list[Any]:
    """How the weights came about that a run starts from."""
    return list(start.description["training"].get("history", [])) if start else []


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    if "--help" in arguments or "-h" in arguments:
        parser = argparse.ArgumentParser(
            prog="train.py", description=(__doc__ or "").split("\n")[0]
        )
        add_options(parser)
        parser.print_help()
        return 0
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
        failure.write(sentence)  # of several processes the first that fails knows why
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
