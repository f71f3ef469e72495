"""Settings of one training run: the recipe's, overridden by what the job asks for."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, NoReturn, get_args

from sentiment.errors import InvalidHyperparameter
from sentiment.recipe import RECIPES, Recipe, find_recipe

Precision = Literal["auto", "float32", "bfloat16", "float16"]
_GREATEST_SEED = 2**63 - 1  # that PyTorch's generators take
# what reads unlabelled reviews, which the default recipe alone has
_PHASES_OF_TEXTS = (
    "pretraining_epochs",
    "teacher_epochs",
    "self_training_epochs",
    "further_rounds",
)


@dataclass(frozen=True)
class Hyperparameters:
    """Everything that decides what a training run computes, given the data."""

    recipe: str
    pretraining_epochs: int
    teacher_epochs: int
    epochs: int
    self_training_epochs: int
    further_rounds: int
    batch_size: int
    embedding_dim: int
    hidden_dim: int
    vocab_size: int
    learning_rate: float
    dropout: float
    word_dropout: float
    excerpt_weight: float
    noise: float
    seed: int
    validation_size: int
    sample: int  # train on so many reviews only; 0 for all
    precision: Precision

    def __post_init__(self) -> None:
        find_recipe(self.recipe)
        for name in ("epochs", "batch_size", "embedding_dim", "hidden_dim"):
            self._require(name, at_least=1)
        self._require("validation_size", at_least=1)
        self._require("vocab_size", at_least=3)
        for name in (*_PHASES_OF_TEXTS, "sample", "seed"):
            self._require(name, at_least=0)
        if self.seed > _GREATEST_SEED:
            raise InvalidHyperparameter(f"seed must be at most {_GREATEST_SEED}, not {self.seed}")
        if not 0 < self.learning_rate <= 1:
            raise InvalidHyperparameter(
                f"learning-rate must be above 0 and at most 1, not {self.learning_rate:g}"
            )
        for name in ("excerpt_weight", "noise"):
            value = getattr(self, name)
            if not 0 <= value < math.inf:
                raise InvalidHyperparameter(
                    f"{_as_option(name)} must be at least 0 and finite, not {value:g}"
                )
        for name in ("dropout", "word_dropout"):
            if not 0 <= getattr(self, name) < 1:
                value = getattr(self, name)
                raise InvalidHyperparameter(
                    f"{_as_option(name)} must be at least 0 and below 1, not {value:g}"
                )

    def _require(self, name: str, *, at_least: int) -> None:
        value = getattr(self, name)
        if value < at_least:
            raise InvalidHyperparameter(
                f"{_as_option(name)} must be at least {at_least}, not {value}"
            )

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InvalidHyperparameter(message)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare train.py's hyperparameters, each under its hyphenated and underscored name."""
    add = parser.add_argument
    add(
        "--recipe", choices=sorted(RECIPES), default="default", help="how text is read, and by what"
    )
    for name, text in (
        ("pretraining_epochs", "passes over all texts of the language model, 0 for none"),
        ("teacher_epochs", "passes over the labelled reviews of the teacher, 0 for none"),
    ):
        default = "the recipe's; none with a model to start from"
        add(*_spellings(name), type=int, help=f"{text} (default: {default})")
    for name, kind, text in (
        ("epochs", int, "passes over the reviews that the served model learns"),
        ("self_training_epochs", int, "more of them, in which it also teaches itself, 0 for none"),
        ("batch_size", int, "reviews a step"),
        ("embedding_dim", int, "numbers a word"),
        ("hidden_dim", int, "numbers an LSTM state, each direction"),
        ("learning_rate", float, "Adam's step size"),
        ("dropout", float, "share of embedding and pooled values dropped in training"),
        ("word_dropout", float, "share of words read as 'infrequent' in training"),
        ("excerpt_weight", float, "weight of a few sentences beside their review, 0 for none"),
        ("noise", float, "norm of self-training's adversarial noise, 0 for none"),
    ):
        add(*_spellings(name), type=kind, help=f"{text} (default: the recipe's)")
    add(
        *_spellings("further_rounds"),
        type=int,
        help="rounds of self-training behind the first, an epoch each "
        "(default: the recipe's; none with a model to start from)",
    )
    add(*_spellings("vocab_size"), type=int, help="word ids (default: all of the dataset's)")
    add("--seed", type=int, default=1, help="seed of every random choice (default: %(default)s)")
    add(
        *_spellings("validation_size"),
        type=int,
        default=2_500,
        help="reviews held out of train, to choose the best epoch and the mix of the teachers and "
        "to calibrate (default: %(default)s)",
    )
    add("--sample", type=int, default=0, help="of the labelled reviews use so many (default: all)")
    add(
        "--precision",
        choices=get_args(Precision),
        default="auto",
        help="arithmetic of the LSTM in training; auto: float16 on a GPU, bfloat16 on a CPU that "
        "is faster so (default: %(default)s)",
    )


def parse(
    arguments: Sequence[str], prog: str = "train.py", *, goes_on: bool = False
) -> tuple[Hyperparameters, list[str]]:
    """The settings in a command line, and the arguments that are none of them.

    A run that `goes_on` from a model has the phases of a teacher only where they are asked for.

    >>> parse(["--recipe", "classic", "--hidden-dim", "16"])[0].hidden_dim
    16

    Raises:
        InvalidHyperparameter: a value of the wrong type or out of range.
    """
    parser = _Parser(prog=prog, allow_abbrev=False, add_help=False)
    add_options(parser)
    options, rest = parser.parse_known_args(arguments)
    recipe = find_recipe(options.recipe)
    return resolve(recipe, vars(options), goes_on=goes_on), rest


def resolve(recipe: Recipe, options: dict[str, Any], *, goes_on: bool = False) -> Hyperparameters:
    """The recipe's settings with every option that is not None in their place.

    Raises:
        InvalidHyperparameter: a value out of range, or one for a phase that the run will not have.
    """
    if goes_on:
        recipe = replace(recipe, pretraining_epochs=0, teacher_epochs=0, further_rounds=0)
    chosen = {name: value for name, value in options.items() if value is not None}
    _refuse_idle(recipe, chosen, goes_on=goes_on)
    if not goes_on and chosen.get("teacher_epochs") == 0:
        chosen["self_training_epochs"] = 0
    if chosen.get("self_training_epochs") == 0:
        chosen["further_rounds"] = 0
    return Hyperparameters(
        recipe=recipe.name,
        pretraining_epochs=chosen.get("pretraining_epochs", recipe.pretraining_epochs),
        teacher_epochs=chosen.get("teacher_epochs", recipe.teacher_epochs),
        epochs=chosen.get("epochs", recipe.epochs),
        self_training_epochs=chosen.get("self_training_epochs", recipe.self_training_epochs),
        further_rounds=chosen.get("further_rounds", recipe.further_rounds),
        batch_size=chosen.get("batch_size", recipe.batch_size),
        embedding_dim=chosen.get("embedding_dim", recipe.embedding_dim),
        hidden_dim=chosen.get("hidden_dim", recipe.hidden_dim),
        vocab_size=chosen.get("vocab_size", recipe.vocabulary_size),
        learning_rate=chosen.get("learning_rate", recipe.learning_rate),
        dropout=chosen.get("dropout", recipe.dropout),
        word_dropout=chosen.get("word_dropout", recipe.word_dropout),
        excerpt_weight=chosen.get("excerpt_weight", recipe.excerpt_weight),
        noise=chosen.get("noise", recipe.noise),
        seed=chosen.get("seed", 1),
        validation_size=chosen.get("validation_size", 2_500),
        sample=chosen.get("sample", 0),
        precision=chosen.get("precision", "auto"),
    )


def _refuse_idle(recipe: Recipe, chosen: dict[str, Any], *, goes_on: bool) -> None:
    """Raise InvalidHyperparameter for epochs that are asked for and that no phase would take."""
    asked = {name for name in (*_PHASES_OF_TEXTS, "epochs") if chosen.get(name)}
    left_out = {name for name in _PHASES_OF_TEXTS if chosen.get(name) == 0}
    if not recipe.counts_unlabelled:
        for name in _PHASES_OF_TEXTS:
            if name in asked:
                raise InvalidHyperparameter(
                    f"the {recipe.name} recipe has no {_as_option(name)}: it learns labels alone"
                )
    if goes_on:
        _refuse_idle_behind_another(asked, left_out)
    else:
        _refuse_idle_of_a_new_model(asked, left_out)
    if "further_rounds" in asked and "self_training_epochs" in left_out:
        raise InvalidHyperparameter("further-rounds are behind a first: self-training-epochs")


def _refuse_idle_of_a_new_model(asked: set[str], left_out: set[str]) -> None:
    for name in ("self_training_epochs", "further_rounds"):
        if name in asked and "teacher_epochs" in left_out:
            raise InvalidHyperparameter(f"{_as_option(name)} of a new model take teacher-epochs")


def _refuse_idle_behind_another(asked: set[str], left_out: set[str]) -> None:
    if "epochs" in asked:
        raise InvalidHyperparameter(
            "epochs are a new model's: one to start from takes self-training-epochs"
        )
    if "pretraining_epochs" in asked and "teacher_epochs" not in asked:
        raise InvalidHyperparameter(
            "with a model to start from, pretraining-epochs are its teacher's: they take "
            "teacher-epochs"
        )
    if "teacher_epochs" in asked and "self_training_epochs" in left_out:
        raise InvalidHyperparameter(
            "with a model to start from, a teacher takes self-training-epochs"
        )


def _spellings(name: str) -> list[str]:
    return list(dict.fromkeys([f"--{name.replace('_', '-')}", f"--{name}"]))


def _as_option(name: str) -> str:
    return name.replace("_", "-")
