"""Things to remove, and what becomes of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.errors import JobError
from sagemaker_jobs.terminal import Ui


@dataclass(frozen=True)
class Thing:
    """A resource to remove."""

    name: str  # as shown to the user: its kind and its name
    remove: Callable[[], object]


@dataclass(frozen=True)
class Left:
    """A resource that is not removed, and whether AWS bills it."""

    what: str
    costs: bool


def remove_all(things: Iterable[Thing], *, ui: Ui) -> Iterator[Thing | Left]:
    """Remove each thing and yield it; yield what cannot be removed as left, and continue."""
    for thing in things:
        try:
            with translated():
                thing.remove()
        except JobError as error:
            yield Left(f"{thing.name}: {error.what}; try: {error.hint}", costs=True)
        else:
            ui.say(f"removed {thing.name}")
            yield thing


def without_doubles(things: Iterable[Thing]) -> list[Thing]:
    """Return the things, each name once; the first one knows best how to remove it.

    >>> names = ("bucket b and its content", "bucket b", "bucket b2")
    >>> [thing.name for thing in without_doubles(Thing(name, print) for name in names)]
    ['bucket b and its content', 'bucket b2']
    """
    found: list[Thing] = []
    for thing in things:
        if not any(f"{other.name} ".startswith(f"{thing.name} ") for other in found):
            found.append(thing)
    return found
