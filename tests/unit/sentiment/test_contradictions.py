"""Sentences that are denied."""

import numpy as np
import pytest
import torch

from sentiment.batching import pad
from sentiment.contradictions import Contradictions
from sentiment.dataset import EncodedSplit
from sentiment.distributed import Group
from sentiment.epochs import Run
from sentiment.excerpts import Excerpts
from sentiment.fitting import Examples, FittingPlan, fit
from sentiment.model import LSTMClassifier
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


@pytest.mark.parametrize("denies", [True, False])
def test_a_network_learns_to_turn_round(contradictions: Contradictions, denies: bool) -> None:
    """It reads a denied opinion as the opposite, which the reviews alone do not teach it."""
    texts = [
        "the film is good .",
        "the script is great !",
        "the film is dull .",
        "the script is dull !",
    ]
    reviews = [VOCABULARY.ids(text.split()) for text in texts]
    split = EncodedSplit(
        np.concatenate(reviews).astype(np.uint16),
        np.cumsum([0, *map(len, reviews)]),
        np.array([1, 1, 0, 0], np.int8),
    )
    every = np.tile(np.arange(len(reviews)), 4)
    examples = Examples(split, every, split.labels.astype(np.float32))
    plan = FittingPlan(
        "student",
        n_epochs=60,
        batch_size=8,
        learning_rate=0.02,
        one_cycle=False,
        gradient_clip=1.0,
        vector_share=1.0,
        word_dropout=0.0,
        excerpts=contradictions.excerpts,
        excerpt_weight=1.0,
        contradictions=contradictions if denies else None,
        noise=0.0,
    )
    torch.manual_seed(1)
    model = LSTMClassifier(8, 8, len(VOCABULARY), bidirectional=True, pooling="max_mean")
    cpu = torch.device("cpu")
    run = Run(str, 1, False, cpu, Group(), None, lambda _line: None)
    fit(run, model, examples, examples, plan)
    model.eval()
    with torch.no_grad():
        denied = [VOCABULARY.ids(f"the film {by} good .".split()) for by in ("isn't", "is not")]
        assert (model(*pad(denied)) < 0).tolist() == [denies, denies]
