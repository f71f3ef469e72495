"""Which sentences say one thing plainly."""

import numpy as np
import pytest

from tests.support.rewritten import VOCABULARY, decode, encode, opinions_of

OPINIONS = opinions_of(VOCABULARY)


def found(text: str, target: float) -> set[str]:
    """The sentences that are found by any chance."""
    generator = np.random.default_rng(1)
    return {decode(sentence) for sentence in OPINIONS.sentences(encode(text), target, generator)}


def test_sentences_of_the_review_s_opinion_are_found() -> None:
    """Whatever else the review holds; a word of no weight and a phrase have no opinion."""
    text = "the film is good . the script is dull . i loved the very film ! the film is very ."
    assert found(text, 1.0) == {"the film is good .", "i loved the very film !"}
    assert found(text, 0.1) == {"the script is dull ."}


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("the film is good .", 0.6),  # nobody knows what the review thinks
        ("the film is good .", 0.0),  # it thinks otherwise than its sentence
        ("the film is good and the script is dull .", 1.0),
        ("the film isn't good .", 1.0),
        ("the film is never dull .", 0.0),
        ("the film is good but very very .", 1.0),
        ("is the film good ?", 1.0),
        ("the film is good , 10/10 .", 1.0),  # a rating stands, whatever is said beside it
        ("the film is good " + "and very " * 11 + ".", 1.0),  # long
        ("the film is very .", 1.0),
        ("", 1.0),
    ],
)
def test_sentences_without_one_clear_opinion_are_left_out(text: str, target: float) -> None:
    """A sentence without one clear opinion is not taken."""
    assert found(text, target) == set()


def test_at_most_eight_sentences_are_tried() -> None:
    """A long review costs no more than a short one."""
    generator = np.random.default_rng(1)
    assert len(list(OPINIONS.sentences(encode("the film is good . " * 20), 1.0, generator))) == 8


def test_words_go_there_and_back() -> None:
    """An infrequent word stays one; where one that is put in is infrequent, nothing is made."""
    sentence = np.array([6, 1, 13], np.uint16)
    words = OPINIONS.words(sentence)
    assert words[1] == ""
    encoded = OPINIONS.encode(words)
    assert encoded is not None
    assert encoded.tolist() == sentence.tolist()
    assert OPINIONS.encode([*words, "unheard"]) is None
    assert OPINIONS.places(encode("the film is good and dull .")).tolist() == [3, 5]
