"""`prepare`: clean and encode the extracted reviews into a recipe's dataset folder."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.bulk.read_there import ReadThere
from sagemaker_jobs.errors import InvalidData
from sagemaker_jobs.files import refused_as_setting
from sagemaker_jobs.step import (
    Step,
    Toolbox,
    add_archive_argument,
    add_instance_arguments,
    add_recipe_argument,
    at_least,
    read_instances,
)
from sagemaker_jobs.terminal import Ui

if TYPE_CHECKING:
    from sentiment.data.parallel_reader import ReadAll


@dataclass(frozen=True)
class Preparation:
    """A dataset folder and its content."""

    directory: str
    recipe: str
    vocabulary_size: int
    counts: Mapping[str, Mapping[str, int]]  # split -> class -> reviews
    fingerprint: str
    seconds: float
    dry_run: bool = False

    def line(self) -> str:
        if self.dry_run:
            return f"would prepare {self.directory} by the recipe {self.recipe}"
        splits = "; ".join(
            f"{split} " + ", ".join(f"{n:,} {label}" for label, n in classes.items())
            for split, classes in self.counts.items()
        )
        return (
            f"prepared {self.directory} by the recipe {self.recipe} in {self.seconds:.0f} s: "
            f"{splits}; vocabulary {self.vocabulary_size:,}"
        )


def prepare(
    archive: Path,
    directory: Path,
    *,
    recipe: str = "default",
    vocabulary_size: int | None = None,
    any_counts: bool = False,
    extra: Path | None = None,
    n_workers: int | None = None,
    read: ReadAll | None = None,
    ui: Ui,
    clock: Callable[[], float] = time.time,
    dry_run: bool = False,
) -> Preparation:
    """Write the recipe's dataset folder, using all cores, or those that `read` uses.

    Raises:
        InvalidData: `archive` is not the extracted archive, or is incomplete.
        InvalidSetting: `directory` holds files that `prepare` did not write.
    """
    from sentiment.data import archive as archive_reader
    from sentiment.data import prepare as preparing
    from sentiment.data.dataset import DATASET
    from sentiment.errors import SentimentError
    from sentiment.recipe import find_recipe
    from sentiment.safe_files import check_replaceable

    started = clock()
    try:
        chosen = find_recipe(recipe)
        root = archive_reader.find_root(archive)
        with refused_as_setting("--directory"):
            check_replaceable(directory, DATASET, {"the archive": root})
        counts = archive_reader.count_reviews(root)
        archive_reader.check_classes(counts)
        if not chosen.counts_unlabelled:
            del counts["train/unsup"]  # this recipe does not read them
        if dry_run:
            return Preparation(str(directory), recipe, 0, {}, "", 0.0, dry_run=True)
        with ui.progress("prepare", sum(counts.values()), "reviews") as advance:
            shown = 0

            def show(done: int, _total: int) -> None:
                nonlocal shown
                advance(done - shown)
                shown = done

            with refused_as_setting("--directory"):
                description = preparing.prepare(
                    archive,
                    directory,
                    chosen,
                    vocabulary_size=vocabulary_size,
                    n_workers=n_workers,
                    check_counts=not any_counts,
                    extra=extra,
                    progress=show,
                    **({"read": read} if read else {}),
                )
    except SentimentError as error:
        raise InvalidData(
            str(error),
            hint=f"run download, or check --archive-directory {archive}; "
            "--any-counts accepts a smaller archive",
        ) from error
    return Preparation(
        str(directory),
        recipe,
        description.vocabulary_size,
        description.counts,
        description.fingerprint,
        round(clock() - started, 1),
    )


def add_arguments(parser: ArgumentParser) -> None:
    add_archive_argument(parser)
    add_recipe_argument(parser)
    parser.add_argument(
        "--directory",
        metavar="FOLDER",
        type=Path,
        help="dataset folder to write (default: work/dataset-RECIPE)",
    )
    parser.add_argument(
        "--vocab-size",
        type=at_least(3),
        metavar="N",
        help="number of ids in the vocabulary (default: the recipe's)",
    )
    parser.add_argument(
        "--workers",
        type=at_least(1),
        metavar="N",
        help="number of processes (default: one per core, fewer for few reviews)",
    )
    parser.add_argument(
        "--any-counts",
        action="store_true",
        help="accept an archive whose number of reviews differs from the original's",
    )
    parser.add_argument(
        "--extra",
        type=Path,
        metavar="FOLDER",
        help="add the reviews in FOLDER/train/pos and neg, as written by `feedback export`; "
        "a text that is in both is left out",
    )

    parser.add_argument(
        "--on",
        choices=("here", "sagemaker"),
        default="here",
        help="where to read the reviews: a SageMaker processing job gives the same dataset "
        "(default: %(default)s)",
    )
    add_instance_arguments(parser, "--on sagemaker")
    parser.add_argument(
        "--image", help="container image, with --on sagemaker (default: AWS's PyTorch image)"
    )


def run(arguments: Namespace, tools: Toolbox) -> Preparation:
    is_there = arguments.on == "sagemaker"
    instances = read_instances(arguments, "--on sagemaker", "processing jobs", is_given=is_there)
    read: ReadAll | None = None
    if is_there and arguments.dry_run:
        tools.ui.say(f"the reviews would be read by a processing job on {instances}")
    elif is_there:
        aws = tools.connect()
        read = ReadThere(aws, instances, arguments.image, tools.ui, tools.sleep, tools.clock)
    step = translated()(prepare) if read else prepare
    return step(
        arguments.archive_directory,
        arguments.directory or Path(f"work/dataset-{arguments.recipe}"),
        recipe=arguments.recipe,
        vocabulary_size=arguments.vocab_size,
        any_counts=arguments.any_counts,
        extra=arguments.extra,
        n_workers=arguments.workers,
        read=read,
        ui=tools.ui,
        clock=tools.clock,
        dry_run=arguments.dry_run,
    )


STEP = Step("prepare", "clean and encode the reviews into a dataset folder", add_arguments, run)
