"""Names are exchanged for others of their kind, and what is learned so does not hang on them."""

import numpy as np
import pytest
import torch

from sentiment.dataset import EncodedSplit
from sentiment.distributed import Group
from sentiment.epochs import Run
from sentiment.excerpts import Excerpts
from sentiment.fitting import Examples, FittingPlan, compute_logits, fit
from sentiment.model import LSTMClassifier
from sentiment.names import Names, read_kinds
from sentiment.vocabulary import Vocabulary

VOCABULARY = Vocabulary([".", "film", "from", "rome", "london", "akira", "paris", "mary", "john"])


def test_no_name_is_of_two_kinds() -> None:
    """Such a one would be exchanged for a name that is itself to be exchanged for another."""
    names = [name for kind in read_kinds() for name in kind]
    assert len(names) == len(set(names)) > 300
    assert all(name == name.lower() for name in names)


def test_only_names_are_exchanged_and_for_their_like() -> None:
    """Cities for cities, men for men; a kind with one name in the vocabulary stays as it is."""
    names, words = Names.of(VOCABULARY), np.array(["", "?", *VOCABULARY.words])
    seen: dict[str, set[str]] = {word: set() for word in words}
    for seed in range(50):
        others = names.exchange(np.random.default_rng(seed))
        assert sorted(others) == [*range(len(VOCABULARY))]
        for word, other in zip(words, words[others], strict=True):
            seen[word].add(other)
    cities, men = {"rome", "london", "paris"}, {"akira", "john"}
    kind_of = {word: kind for kind in (cities, men) for word in kind}
    assert seen == {word: kind_of.get(word, {word}) for word in words}


@pytest.mark.parametrize("exchanges", [True, False])
def test_a_network_learns_what_names_do_not_say(*, exchanges: bool) -> None:
    """Where every film from London is good, a network goes by that, unless names are exchanged."""
    reviews = [VOCABULARY.ids(["film", "from", city, "."]) for city in ("london", "rome")]
    labels = np.array([1, 0], np.int8)
    split = EncodedSplit(np.concatenate(reviews).astype(np.uint16), np.array([0, 4, 8]), labels)
    examples = Examples(split, np.tile([0, 1], 8), labels.astype(np.float32))
    plan = FittingPlan(
        "student",
        n_epochs=60,
        batch_size=8,
        learning_rate=0.02,
        one_cycle=False,
        gradient_clip=1.0,
        vector_share=1.0,
        word_dropout=0.0,
        excerpts=Excerpts.of(VOCABULARY),
        excerpt_weight=1.0,
        names=Names.of(VOCABULARY) if exchanges else Names((), len(VOCABULARY)),
        statements=None,
        noise=0.0,
    )
    torch.manual_seed(1)
    model = LSTMClassifier(8, 8, len(VOCABULARY), bidirectional=True, pooling="max_mean")
    run = Run(str, 1, False, torch.device("cpu"), Group(), None, lambda _line: None)
    fit(run, model, examples, examples, plan)
    good, bad = torch.sigmoid(compute_logits(run, model, split, np.array([0, 1])))
    assert bool(good - bad < 0.98) == exchanges
