"""Sentences that are denied."""

import numpy as np
import pytest
import torch

from sentiment.contradictions import Contradictions
from sentiment.excerpts import Excerpts
from sentiment.ngrams import NGramModel
from sentiment.vocabulary import Vocabulary

WORDS = [
    *(".", "!", "?", "the", "film", "is", "isn't", "not", "never", "hardly", "good", "dull"),
    *("great", "but", "very", "and", "script"),
]
VOCABULARY = Vocabulary(WORDS)
OPINIONS = {"good": 0.5, "great": 0.9, "dull": -0.8, "film": 0.01}


@pytest.fixture(scope="module")
def contradictions() -> Contradictions:
    """By a linear model that knows four words and a phrase."""
    phrases = sorted((VOCABULARY.ids([word])[0], weight) for word, weight in OPINIONS.items())
    phrase = (len(VOCABULARY) * 9 + 4, 3.0)
    keys, weights = zip(*phrases, phrase, strict=True)
    model = NGramModel(len(VOCABULARY), np.array(keys), torch.tensor(weights), 0.0)
    return Contradictions.of(VOCABULARY, Excerpts.of(VOCABULARY), model)


def deny(contradictions: Contradictions, text: str, target: float) -> set[tuple[str, float]]:
    """What a review becomes by any chance."""
    review = np.array(VOCABULARY.ids(text.split()))
    found = [contradictions.deny(review, target, np.random.default_rng(seed)) for seed in range(50)]
    return {(" ".join(WORDS[i - 2] for i in pair[0]), round(pair[1], 2)) for pair in found if pair}


def test_an_opinion_is_denied_and_turned(contradictions: Contradictions) -> None:
    """By the verb's own denial or a word behind it; the rest of the sentence stays."""
    assert deny(contradictions, "the film is very dull .", 0.0) == {
        (f"the film {denial} very dull .", 0.85)
        for denial in ("isn't", "is not", "is never", "is hardly")
    }
    turned = deny(contradictions, "the script is good . the film !", 0.97)
    assert ("the script isn't good .", 0.15) in turned


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("the film is good .", 0.6),  # nobody knows what the review thinks
        ("the film is good .", 0.0),  # it thinks otherwise than its sentence
        ("the film is very .", 1.0),  # no opinion
        ("the good film is very .", 1.0),  # not behind the verb
        ("the film is good and the script is dull .", 1.0),  # two verbs
        ("the film is good and dull .", 1.0),  # two opinions
        ("the film isn't good .", 1.0),
        ("the film is not dull .", 0.0),  # denied already
        ("the film is good but very very .", 1.0),
        ("is the film good ?", 1.0),
        ("the film is good " + "and very " * 12 + ".", 1.0),  # long
        ("", 1.0),
    ],
)
def test_other_sentences_are_left_alone(
    contradictions: Contradictions, text: str, target: float
) -> None:
    """Only where one denial turns the whole sentence."""
    assert deny(contradictions, text, target) == set()


def test_a_vocabulary_without_the_words_denies_nothing() -> None:
    """An infrequent word is neither taken for a verb nor put in as a denial."""
    words = ["film", "dull", "."]
    model = NGramModel(5, np.array([3]), torch.tensor([-0.8]), 0.0)
    review = np.array([2, 1, 3, 4])
    for vocabulary in (Vocabulary(words), Vocabulary(["film", "dull", ".", "is"])):
        contradictions = Contradictions.of(vocabulary, Excerpts.of(vocabulary), model)
        for seed in range(20):
            generator = np.random.default_rng(seed)
            assert contradictions.deny(review, 0.0, generator) is None
            assert contradictions.deny(np.array([2, 5, 3, 4]), 0.0, generator) is None
