"""Sentences that are negated."""

import numpy as np
import pytest
import torch

from sentiment.augmentation.negation import Negation
from sentiment.augmentation.synthetic import SyntheticExamples
from sentiment.text.vocabulary import Vocabulary
from sentiment.training.batches import pad
from tests.support.rewritten import VOCABULARY, decode, encode, opinions_of
from tests.support.trained import fit_student, split_of

OPINIONS = opinions_of(VOCABULARY)


def negated(text: str, target: float) -> set[tuple[str, float]]:
    """What a review becomes by any chance."""
    negation = Negation(OPINIONS)
    review = encode(text)
    generators = map(np.random.default_rng, range(200))
    found = [negation.negate(review, target, generator) for generator in generators]
    return {(decode(pair[0]), round(pair[1], 2)) for pair in found if pair}


def test_an_opinion_behind_a_verb_is_denied_and_turned() -> None:
    """By the verb's own negation, a word behind it, or one for the whole; the rest stays."""
    assert negated("the script is very dull .", 0.0) == {
        (sentence, 0.85)
        for sentence in (
            "the script isn't very dull .",
            "the script is not very dull .",
            "the script is never very dull .",
            "the script is hardly very dull .",
            "nothing about the script is very dull .",
            "i don't think the script is very dull .",
            "they say that the script is very dull . they are wrong .",
            "i was afraid that the script is very dull . i was wrong .",
        )
    }
    assert {
        ("none of the jokes are good .", 0.15),
        ("not one of the jokes are good .", 0.15),
        ("no jokes are good .", 0.15),
        ("the jokes aren't good .", 0.15),
    } < negated("the jokes are good . the film !", 0.97)


def test_a_speaker_s_liking_is_denied() -> None:
    """In praise alone: who likes something dull has not blamed it."""
    assert {sentence for sentence, _ in negated("and i loved the script !", 1.0)} == {
        "and i didn't love the script !",
        "and i never loved the script !",
    }
    assert negated("and they loved the script !", 1.0) == set()
    assert negated("and i like the great script !", 1.0) == {
        ("and i don't like the great script !", 0.15),
        ("and i never like the great script !", 0.15),
    }
    assert negated("and i like the dull script !", 0.0) == set()


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("and the good film is very .", 1.0),  # not behind the verb
        ("and the film is good and the script is great .", 1.0),  # two verbs
        ("and the film is very very very good .", 1.0),  # far behind it
        ("and i love the script .", 0.6),  # nobody knows what the review thinks
        ("", 1.0),
    ],
)
def test_other_sentences_are_left_alone(text: str, target: float) -> None:
    """A sentence is negated only if one negation turns all of it; 'and' cannot be a subject."""
    assert negated(text, target) == set()


def test_two_opinions_are_denied_together() -> None:
    """By 'neither' and 'nor', where they are all that stands behind the verb."""
    text = ("and the script is neither dull nor dull .", 0.85)
    assert text in negated("and the script is dull and dull .", 0.0)
    for other in ("dull , dull", "very and dull"):
        texts = {text for text, _ in negated(f"and the script is {other} .", 0.0)}
        assert texts
        assert not any("neither" in text for text in texts)


def test_what_something_seems_is_denied() -> None:
    """Verbs such as 'feels' are negated with 'does not', and with 'never'."""
    assert negated("and the film feels dull .", 0.0) == {
        ("and the film doesn't feel dull .", 0.85),
        ("and the film never feels dull .", 0.85),
    }


def test_a_claim_is_rejected_by_what_stands_behind_it() -> None:
    """Who hoped was wrong about praise, who was afraid about blame."""
    for opinion, target, before in (("good", 1.0, "i had hoped"), ("dull", 0.0, "i was afraid")):
        texts = {text for text, _ in negated(f"the jokes are {opinion} !", target)}
        assert {text for text in texts if "wrong" in text} == {
            f"they say that the jokes are {opinion} . they are wrong .",
            f"{before} that the jokes are {opinion} . i was wrong .",
        }


def test_a_long_sentence_is_not_framed() -> None:
    """A frame such as 'i don't think' is put around short sentences only."""
    text = "the good film is very " + "very " * 9 + "."
    assert negated(text, 1.0) == {
        (f"i don't think {text}", 0.15),
        (f"they say that {text} they are wrong .", 0.15),
        (f"i had hoped that {text} i was wrong .", 0.15),
    }
    assert negated(text.replace(".", "very ."), 1.0) == set()


def test_a_vocabulary_without_the_words_denies_nothing() -> None:
    """An infrequent word is neither taken for a verb nor put in as a negation."""
    words = ["film", "dull", "."]
    for vocabulary in (Vocabulary(words), Vocabulary([*words, "is"])):
        negation = Negation(opinions_of(vocabulary))
        review = np.array(vocabulary.ids(["film", "is", "dull", "."]))
        for seed in range(20):
            assert negation.negate(review, 0.0, np.random.default_rng(seed)) is None


@pytest.mark.parametrize("negates", [True, False])
def test_a_network_learns_to_turn_round(negates: bool) -> None:
    """It reads a negated opinion as the opposite, which the reviews alone do not teach it."""
    texts = [
        "the film is good .",
        "the script is great !",
        "the film is dull .",
        "the script is dull !",
    ]
    reviews = [VOCABULARY.ids(text.split()) for text in texts]
    split = split_of(reviews, [1, 1, 0, 0])
    synthetic = SyntheticExamples.of(OPINIONS, split, np.arange(len(split)))
    model = fit_student(VOCABULARY, split, 120, synthetic=synthetic if negates else None)
    with torch.no_grad():
        turned = [VOCABULARY.ids(f"the film {by} good .".split()) for by in ("isn't", "is not")]
        assert (model(*pad(turned)) < 0).tolist() == [negates, negates]
