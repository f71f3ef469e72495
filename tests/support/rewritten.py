"""A small vocabulary and the opinions of its words, for sentences that are rewritten."""

import numpy as np
import torch

from sentiment.augmentation.excerpts import Excerpts
from sentiment.augmentation.opinion_sentences import OpinionSentences
from sentiment.models.ngram_model import NGramModel
from sentiment.text.vocabulary import Vocabulary

WORDS = [
    *(".", "!", "?", ",", "the", "film", "script", "jokes", "is", "isn't", "are", "aren't", "not"),
    *("never", "hardly", "good", "great", "dull", "loved", "but", "very", "and", "none", "of"),
    *("one", "nothing", "about", "i", "don't", "didn't", "love", "think", "they", "although"),
    *("like", "10/10", "however", "still", "yet", "while", "even", "though", "neither", "nor"),
    *(
        "say",
        "that",
        "wrong",
        "was",
        "afraid",
        "had",
        "hoped",
        "admit",
        "feels",
        "feel",
        "doesn't",
        "no",
    ),
]
VOCABULARY = Vocabulary(WORDS)
WEIGHTS = {"good": 0.5, "great": 0.9, "loved": 0.9, "dull": -0.8, "film": 0.01}


def opinions_of(vocabulary: Vocabulary) -> OpinionSentences:
    """By a linear model that knows the words of WEIGHTS, and a phrase, which has no opinion."""
    known = sorted((vocabulary.ids([w])[0], x) for w, x in WEIGHTS.items() if w in vocabulary)
    keys, weights = zip(*known, (len(vocabulary) * 9 + 4, 3.0), strict=True)
    model = NGramModel(len(vocabulary), np.array(keys), torch.tensor(weights), 0.0)
    return OpinionSentences.of(vocabulary, Excerpts.of(vocabulary), model)


def encode(text: str) -> np.ndarray:
    return np.array(VOCABULARY.ids(text.split()), np.uint16)


def decode(ids: np.ndarray) -> str:
    return " ".join(WORDS[id_ - 2] if id_ >= 2 else "_" for id_ in ids)
