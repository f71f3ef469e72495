"""The hyperparameters of a training run: each is one field here, and is declared nowhere else.

Every field carries its help, defaults and bounds. The options of train.py and of the jobs' command
line, the checks, and the hyperparameters that SageMaker sends all follow from the fields.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, NoReturn, get_args

from sentiment.errors import InvalidHyperparameter
from sentiment.recipe import CLASSIC, DEFAULT, RECIPES, Recipe, find_recipe
from sentiment.training.declaration import Declaration, declare, did_you_mean

Precision = Literal["auto", "float32", "bfloat16", "float16"]
_MAX_SEED = 2**63 - 1  # of PyTorch's generators
# the default recipe alone reads unlabelled reviews, which these need
_NEED_UNLABELLED = (
    "pretraining_epochs",
    "ensemble_epochs",
    "self_training_epochs",
    "self_training_rounds",
)


@dataclass(frozen=True)
class Hyperparameters:
    """Everything that decides what a training run computes, given the dataset."""

    recipe: str = declare(
        "how reviews are read, and by which network",
        default=DEFAULT.name,
        choices=tuple(sorted(RECIPES)),
    )
    pretraining_epochs: int = declare(
        "epochs of the language model, on all training texts; 0 for none",
        default=5,
        classic=0,
        warm_start=0,
        unit="EPOCHS",
        at_least=0,
    )
    ensemble_epochs: int = declare(
        "epochs of the LSTM whose predictions the served model learns; 0 for none",
        default=3,
        classic=0,
        warm_start=0,
        unit="EPOCHS",
        at_least=0,
    )
    epochs: int = declare(
        "epochs of the served model", default=3, classic=10, unit="EPOCHS", at_least=1
    )
    self_training_epochs: int = declare(
        "epochs in which the served model joins the ensemble itself; 0 for none",
        default=2,
        classic=0,
        unit="EPOCHS",
        at_least=0,
    )
    self_training_rounds: int = declare(
        "more rounds of self-training after those epochs, one epoch each; 0 for none",
        default=2,
        classic=0,
        warm_start=0,
        unit="ROUNDS",
        at_least=0,
    )
    epoch_size: int = declare(
        "reviews that the served model learns in an epoch, drawn once at random; 0 for all",
        default=0,
        unit="REVIEWS",
        at_least=0,
    )
    start_share: float = declare(
        "share of a warm start's first weights in its last ones; 0 for none",
        default=0.0,
        unit="SHARE",
        at_least=0,
        below=1,
    )
    batch_size: int = declare(
        "reviews in a step, all processes together",
        default=64,
        classic=512,
        unit="REVIEWS",
        at_least=1,
    )
    embedding_dim: int = declare("length of a word vector", default=200, classic=32, at_least=1)
    hidden_dim: int = declare(
        "length of an LSTM's state, each direction",
        default=256,
        classic=200,
        at_least=1,
    )
    vocab_size: int = declare(
        "number of word ids",
        default=DEFAULT.vocabulary_size,
        classic=CLASSIC.vocabulary_size,
        unit="WORDS",
        at_least=3,
    )
    learning_rate: float = declare(
        "highest learning rate of Adam", default=1e-3, unit="X", above=0, at_most=1
    )
    dropout: float = declare(
        "share of embedding and pooled values dropped in training",
        default=0.3,
        classic=0.0,
        unit="SHARE",
        at_least=0,
        below=1,
    )
    word_dropout: float = declare(
        "share of words replaced by 'infrequent' in training",
        default=0.1,
        classic=0.0,
        unit="SHARE",
        at_least=0,
        below=1,
    )
    excerpt_weight: float = declare(
        "weight of a review's excerpts relative to the review; 0 for none",
        default=1.0,
        classic=0.0,
        unit="X",
        at_least=0,
    )
    lesson_weight: float = declare(
        "weight of a lesson (data/lessons) relative to a review; 0 for none",
        default=0.5,
        classic=0.0,
        unit="X",
        at_least=0,
    )
    perturbation: float = declare(
        "norm of self-training's adversarial perturbation; 0 for none",
        default=5.0,
        classic=0.0,
        unit="NORM",
        at_least=0,
    )
    short_perturbation: float = declare(
        "norm of the perturbation of a short text, times the root of its words; 0 for none",
        default=0.6,
        classic=0.0,
        unit="NORM",
        at_least=0,
    )
    seed: int = declare("random seed", default=1, at_least=0, at_most=_MAX_SEED)
    validation_size: int = declare(
        "reviews held out of training, to choose the best epoch and to calibrate",
        default=2_500,
        unit="REVIEWS",
        at_least=1,
    )
    sample: int = declare(
        "number of labelled reviews to use; 0 for all",
        default=0,
        unit="REVIEWS",
        at_least=0,
    )
    precision: Precision = declare(  # noqa: RUF009 - it returns a field
        "arithmetic of the LSTMs in training; auto: float16 on a GPU, bfloat16 on a CPU where it "
        "is faster",
        default="auto",
        choices=get_args(Precision),
    )

    def __post_init__(self) -> None:
        """Raise InvalidHyperparameter unless every value is within its bounds."""
        for name, declaration in declarations().items():
            value = getattr(self, name)
            if not declaration.allows(value):
                raise InvalidHyperparameter(
                    f"{as_option(name)} must be {declaration.bounds()}, not {value}"
                )

    def as_json(self) -> dict[str, Any]:
        """Return name -> value."""
        return asdict(self)


def declarations() -> dict[str, Declaration]:
    """Return name -> declaration of every hyperparameter, in order."""
    return {f.name: f.metadata["declaration"] for f in fields(Hyperparameters)}


def as_option(name: str) -> str:
    """Return a hyperparameter's name as people and SageMaker write it.

    >>> as_option("hidden_dim")
    'hidden-dim'
    """
    return name.replace("_", "-")


def add_options(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """Add an option for every hyperparameter; it is None where it is not given."""
    for name, declaration in declarations().items():
        parser.add_argument(
            f"--{as_option(name)}",
            type=declaration.read,
            metavar="NAME" if declaration.choices else declaration.unit,
            help=f"{declaration.help} ({declaration.defaults_in_words()})",
        )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InvalidHyperparameter(message)


def parse(arguments: Sequence[str], *, warm_start: bool = False) -> Hyperparameters:
    """Return the hyperparameters in train.py's command line, which may use underscores too.

    >>> parse(["--recipe", "classic", "--hidden_dim", "16"]).hidden_dim
    16

    Raises:
        InvalidHyperparameter: an unknown name, a value of the wrong type or out of bounds, or one
            that no phase of the run would use.
    """
    parser = _Parser(
        prog="train.py",
        description="Entry point of the SageMaker training job. These are its hyperparameters.",
        allow_abbrev=False,
    )
    add_options(parser)
    options, unknown = parser.parse_known_args([_hyphenated(word) for word in arguments])
    if unknown:
        name = unknown[0].partition("=")[0].removeprefix("--")
        known = [as_option(known) for known in declarations()]
        raise InvalidHyperparameter(f"unknown hyperparameter {name}{did_you_mean(name, known)}")
    return resolve(vars(options), warm_start=warm_start)


def _hyphenated(word: str) -> str:
    name, equals, value = word.partition("=")
    return as_option(name) + equals + value if word.startswith("--") else word


def resolve(options: Mapping[str, Any], *, warm_start: bool = False) -> Hyperparameters:
    """Return the options that are not None, and the recipe's defaults for all others.

    A run with a warm start trains an ensemble only where the options ask for one.

    Raises:
        InvalidHyperparameter: a value out of bounds, or one that no phase of the run would use.
    """
    chosen = {name: value for name, value in options.items() if value is not None}
    recipe = find_recipe(chosen.setdefault("recipe", DEFAULT.name))
    for reason in _reasons_to_refuse(recipe, chosen, warm_start=warm_start):
        raise InvalidHyperparameter(reason)
    if not warm_start and chosen.get("ensemble_epochs") == 0:
        chosen["self_training_epochs"] = 0
    if chosen.get("self_training_epochs") == 0:
        chosen["self_training_rounds"] = 0
    defaults = {
        name: declaration.default_of(recipe.name, warm_start=warm_start)
        for name, declaration in declarations().items()
    }
    return Hyperparameters(**{**defaults, **chosen})


def _reasons_to_refuse(
    recipe: Recipe, chosen: Mapping[str, Any], *, warm_start: bool
) -> Iterator[str]:
    """Yield why no phase would use a chosen hyperparameter, for each that is so."""
    used = {name for name in (*_NEED_UNLABELLED, "epochs", "start_share") if chosen.get(name)}
    off = {name for name in _NEED_UNLABELLED if chosen.get(name) == 0}
    if not recipe.counts_unlabelled:
        for name in _NEED_UNLABELLED:
            if name in used:
                yield f"the {recipe.name} recipe has no {as_option(name)}: it learns labels alone"
    yield from _reasons_with_warm_start(used, off) if warm_start else _reasons_without(used, off)
    if "self_training_rounds" in used and "self_training_epochs" in off:
        yield "self-training-rounds needs self-training-epochs of at least 1"


def _reasons_without(used: AbstractSet[str], off: AbstractSet[str]) -> Iterator[str]:
    if "start_share" in used:
        yield "start-share applies to warm starts only"
    for name in ("self_training_epochs", "self_training_rounds"):
        if name in used and "ensemble_epochs" in off:
            yield f"{as_option(name)} of a new model needs ensemble-epochs of at least 1"


def _reasons_with_warm_start(used: AbstractSet[str], off: AbstractSet[str]) -> Iterator[str]:
    if "epochs" in used:
        yield "epochs applies to new models only; with a warm start, set self-training-epochs"
    if "pretraining_epochs" in used and "ensemble_epochs" not in used:
        yield "with a warm start, pretraining-epochs needs ensemble-epochs of at least 1"
    if "ensemble_epochs" in used and "self_training_epochs" in off:
        yield "with a warm start, ensemble-epochs needs self-training-epochs of at least 1"
