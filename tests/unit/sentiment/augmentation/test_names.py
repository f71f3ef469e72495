"""Names are exchanged for others of their kind, and what is learned so does not hang on them."""

import numpy as np
import pytest
import torch

from sentiment.augmentation.names import Names, read_kinds
from sentiment.text.vocabulary import Vocabulary
from sentiment.training.batches import pad
from tests.support.trained import fit_student, split_of

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
    names = Names.of(VOCABULARY) if exchanges else None
    model = fit_student(VOCABULARY, split_of(reviews, [1, 0]), 60, names=names)
    with torch.no_grad():
        good, bad = torch.sigmoid(model(*pad(reviews)))
    assert bool(good - bad < 0.98) == exchanges
