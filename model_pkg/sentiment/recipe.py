"""The two recipes: how a review becomes ids, and which network reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sentiment.errors import InvalidHyperparameter

Tokenizer = Literal["classic", "default"]
# of the states after a review's words: the last one; max and mean pooling over all; or these, and
# max and mean pooling over the last ENDING words, where people conclude
Pooling = Literal["last", "max_mean", "max_mean_ending"]
N_POOLED: dict[Pooling, int] = {"last": 1, "max_mean": 2, "max_mean_ending": 4}
N_PARTS: dict[Pooling, int] = {"last": 1, "max_mean": 2, "max_mean_ending": 2}  # of the logit
ENDING = 32


@dataclass(frozen=True)
class Recipe:
    """Settings that belong together; `training/hyperparameters.py` has those a run may change."""

    name: str
    tokenizer: Tokenizer
    # encoding: a review longer than head + tail words keeps its first `head` and last `tail` words
    head: int
    tail: int
    vocabulary_size: int  # ids 0 and 1 included
    counts_unlabelled: bool  # the unlabelled reviews take part in the vocabulary and word vectors
    learns_lessons: bool  # the texts of data/lessons take part in training
    # network
    bidirectional: bool
    pooling: Pooling
    pretrains_vectors: bool
    stores_int8: bool  # word vectors and LSTM weights are rounded to integers, and served so
    # training
    one_cycle: bool  # learning rate rises to its value and falls to nothing; else constant
    gradient_clip: float  # greatest norm of a step's gradient; 0 for any


CLASSIC = Recipe(
    name="classic",
    tokenizer="classic",
    head=500,
    tail=0,
    vocabulary_size=5_000,
    counts_unlabelled=False,
    learns_lessons=False,
    bidirectional=False,
    pooling="last",
    pretrains_vectors=False,
    stores_int8=False,
    one_cycle=False,
    gradient_clip=0.0,
)

DEFAULT = Recipe(
    name="default",
    tokenizer="default",
    head=512,
    tail=512,
    vocabulary_size=30_000,
    counts_unlabelled=True,
    learns_lessons=True,
    bidirectional=True,
    pooling="max_mean_ending",
    pretrains_vectors=True,
    stores_int8=True,
    one_cycle=True,
    gradient_clip=1.0,
)

RECIPES = {recipe.name: recipe for recipe in (CLASSIC, DEFAULT)}


def find_recipe(name: str) -> Recipe:
    """Return the recipe with that name.

    Raises:
        InvalidHyperparameter: there is none.
    """
    try:
        return RECIPES[name]
    except KeyError:
        known = ", ".join(sorted(RECIPES))
        raise InvalidHyperparameter(f"no recipe is named {name!r}; there are: {known}") from None
