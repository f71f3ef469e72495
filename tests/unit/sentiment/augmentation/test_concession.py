"""Sentences of two opinions, one of them a concession."""

import numpy as np

from sentiment.augmentation.concession import Concession
from tests.support.rewritten import VOCABULARY, decode, encode, opinions_of

CONTRASTS = Concession(opinions_of(VOCABULARY))


FORMS = [  # a is the concession
    *("a , but b .", "a but b .", "a . but b .", "a , yet b ."),
    *("a . however , b .", "a . still , b ."),
    *("although a , b .", "while a , b .", "even though a , b ."),
    *("b , although a .", "b , even though a ."),
]


def test_the_main_clause_prevails() -> None:
    """What stands behind 'but' or before 'although', by any chance, less the marks at its end."""
    praise, blame = "the film is good", "the script is dull"
    reviews = [(encode(f"{praise} ! !"), 1.0), (encode(f"{blame} ."), 0.0)]
    joined = (CONTRASTS.join(reviews, np.random.default_rng(seed)) for seed in range(300))
    found = {(decode(ids), round(target, 2)) for pairs in joined for ids, target in pairs}
    ends_badly = {"a": praise, "b": blame}
    ends_well = {"a": blame, "b": praise}
    assert found == {
        (" ".join(words.get(word, word) for word in form.split()), target)
        for words, target in ((ends_badly, 0.2), (ends_well, 0.8))
        for form in FORMS
    }


def test_each_review_is_used_once() -> None:
    """As many sentences as the rarer opinion has; of a review that is not sure, none."""
    good, dull = (encode("the film is good ."), 1.0), (encode("the film is dull ."), 0.0)
    mixed = (encode("the film is dull ."), 0.4)
    generator = np.random.default_rng(1)
    assert len(CONTRASTS.join([good, dull, good, mixed, dull, dull], generator)) == 2
    assert CONTRASTS.join([good, mixed], generator) == []


def test_two_sentences_are_joined_at_times() -> None:
    """Of a review that has two; what counts is one sentence, and prevails a little less surely."""
    praise, more, blame = "the film is good", "i loved the jokes", "the script is dull"
    reviews = [(encode(f"{praise} . {more} ."), 1.0), (encode(f"{blame} ."), 0.0)]
    joined = (CONTRASTS.join(reviews, np.random.default_rng(seed)) for seed in range(900))
    texts = [(decode(ids), round(target, 2)) for pairs in joined for ids, target in pairs]
    of_two = [(text, target) for text, target in texts if more in text and praise in text]
    assert {target for _, target in of_two} == {0.25}
    assert 0.2 < len(of_two) / sum(target < 1 / 2 for _, target in texts) < 0.4
    both = {f"{praise} . {more}", f"{more} . {praise}"}
    forms = ("a . but b .", "a . and yet b .", "a . however , b .", "b . i admit that a .")
    expected = {
        " ".join({"a": first, "b": blame}.get(word, word) for word in form.split())
        for first in both
        for form in forms
    }
    assert {text for text, _ in of_two} == expected
