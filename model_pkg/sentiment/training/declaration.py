"""The declaration of a hyperparameter: its help, defaults and bounds."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from sentiment.recipe import CLASSIC

Value = int | float | str
_CLOSE = 0.75  # of 1, so that only slips are corrected
_KINDS = {int: "a whole number", float: "a number"}


@dataclass(frozen=True)
class Declaration:
    """A hyperparameter's help, defaults and bounds; its type is that of `default`."""

    help: str
    default: Value
    classic: Value | None = None  # the classic recipe's default; None: the same
    warm_start: Value | None = None  # the default with a warm start; None: the same
    unit: str = "N"  # stands for the value in `--help`
    at_least: float = -math.inf
    above: float = -math.inf
    at_most: float = math.inf
    below: float = math.inf
    choices: tuple[str, ...] = ()

    def default_of(self, recipe: str, *, warm_start: bool = False) -> Value:
        """Return the default for the recipe, with or without a warm start."""
        if warm_start and self.warm_start is not None:
            return self.warm_start
        if recipe == CLASSIC.name and self.classic is not None:
            return self.classic
        return self.default

    def allows(self, value: Value) -> bool:
        """Return whether the value lies within the bounds; NaN never does."""
        if isinstance(value, str):
            return value in self.choices
        return self.at_least <= value <= self.at_most and self.above < value < self.below

    def bounds(self) -> str:
        """Return the bounds in words.

        >>> Declaration("", 0.3, at_least=0, below=1).bounds()
        'at least 0 and below 1'
        """
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        words = []
        if self.at_least > -math.inf:
            words.append(f"at least {self.at_least}")
        if self.above > -math.inf:
            words.append(f"above {self.above}")
        if self.at_most < math.inf:
            words.append(f"at most {self.at_most}")
        elif self.below < math.inf:
            words.append(f"below {self.below}")
        elif isinstance(self.default, float):
            words.append("finite")
        return " and ".join(words)

    def read(self, text: str) -> Value:
        """Return the value that an option's text stands for.

        Raises:
            argparse.ArgumentTypeError: it is of another type or out of bounds.
        """
        kind = type(self.default)
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if self.allows(value):
            return value
        words = ", ".join(filter(None, [_KINDS.get(kind), self.bounds()]))
        raise argparse.ArgumentTypeError(f"must be {words}, not {text}")

    def defaults_in_words(self) -> str:
        """Return the defaults as `--help` shows them."""
        words = [self.bounds()] if self.choices else []
        words.append(f"default: {self.default}")
        if self.classic is not None:
            words.append(f"{CLASSIC.name}: {self.classic}")
        if self.warm_start is not None:
            words.append(f"with a warm start: {self.warm_start}")
        return "; ".join(words)


def declare(*values: Any, **more: Any) -> Any:
    """Return a dataclass field that carries a declaration of these values."""
    return field(metadata={"declaration": Declaration(*values, **more)})


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a suggestion to append to a message about an unknown name; '' if none is close.

    >>> did_you_mean("droput", ["dropout", "epochs"])
    '; did you mean dropout?'
    """
    close = get_close_matches(name, list(known), n=1, cutoff=_CLOSE)
    return f"; did you mean {close[0]}?" if close else ""
