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
    """Settings that belong together; the sizes among them are defaults that a job may override."""

    name: str
    tokenizer: Tokenizer
    # encoding: a review longer than head + tail words keeps its first `head` and last `tail` words
    head: int
    tail: int
    vocabulary_size: int  # ids 0 and 1 included
    counts_unlabelled: bool  # the unlabelled reviews take part in the vocabulary and word vectors
    # network
    embedding_dim: int
    hidden_dim: int
    bidirectional: bool
    pooling: Pooling
    dropout: float
    word_dropout: float
    pretrains_vectors: bool
    # training
    pretraining_epochs: int  # of the language model; 0 for none
    teacher_epochs: int  # of the classifier that teaches the served one; 0 for no teacher
    epochs: int
    self_training_epochs: int  # in which the student goes on, taught by itself; 0 for none
    further_rounds: int  # an epoch each, taught by itself as the round before has left it
    excerpt_weight: float  # of excerpts' loss beside their review's, in the student's lessons
    noise: float  # adversarial, on the word vectors in self-training; 0 for none
    batch_size: int
    learning_rate: float
    one_cycle: bool  # learning rate rises to its value and falls to nothing; else constant
    gradient_clip: float  # greatest norm of a step's gradient; 0 for any


CLASSIC = Recipe(
    name="classic",
    tokenizer="classic",
    head=500,
    tail=0,
    vocabulary_size=5_000,
    counts_unlabelled=False,
    embedding_dim=32,
    hidden_dim=200,
    bidirectional=False,
    pooling="last",
    dropout=0.0,
    word_dropout=0.0,
    pretrains_vectors=False,
    pretraining_epochs=0,
    teacher_epochs=0,
    epochs=10,
    self_training_epochs=0,
    further_rounds=0,
    excerpt_weight=0.0,
    noise=0.0,
    batch_size=512,
    learning_rate=1e-3,
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
    embedding_dim=200,
    hidden_dim=256,
    bidirectional=True,
    pooling="max_mean_ending",
    dropout=0.3,
    word_dropout=0.1,
    pretrains_vectors=True,
    pretraining_epochs=5,
    teacher_epochs=3,
    epochs=3,
    self_training_epochs=2,
    further_rounds=2,
    excerpt_weight=1.0,
    noise=5.0,
    batch_size=64,
    learning_rate=1e-3,
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
