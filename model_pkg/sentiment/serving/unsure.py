"""Why a verdict is unsure, from the words of the review and from its clauses read alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from sentiment.artifact.artifact import Artifact
from sentiment.serving.pieces import Piece, logits_alone, split_clauses
from sentiment.serving.word_lists import read_words
from sentiment.text import porter
from sentiment.text.encoder import PUNCTUATION
from sentiment.text.vocabulary import INFREQUENT_ID
from sentiment.text.words import Word

Cause = Literal["mixed", "no_opinion", "not_understood", "close"]

_UNKNOWN_SHARE = 0.5  # of the words in letters
_SPEAKS = 0.4  # logit from which a clause praises, and below whose negative it blames
_BALANCE = 0.25  # least ratio of praise to blame, or of blame to praise, where they are mixed
_LEANS = 0.77  # confidence from which a text without such words may still hold an opinion
_LEANS_A_LITTLE = 0.6  # the same for short phrases, and where somebody speaks
_PHRASE = 8  # fewer words are a phrase: 'Instantly dated' has no room


@dataclass(frozen=True)
class Doubt:
    """Why there is no firm verdict; the clauses that praise and blame most where both do."""

    cause: Cause
    praise: Piece | None = None
    blame: Piece | None = None


def find_doubt(
    artifact: Artifact, ids: Sequence[int], words: Sequence[Word], score: float
) -> Doubt:
    """Return why the verdict on a review is unsure.

    Args:
        artifact: that scored the review.
        ids: of the words that were read.
        words: the same words with their places.
        score: of the review, in [0, 1].
    """
    texts = [word.text for word in words]
    in_letters = [id_ for id_, text in zip(ids, texts, strict=True) if text[0].isalpha()]
    if in_letters and in_letters.count(INFREQUENT_ID) >= _UNKNOWN_SHARE * len(in_letters):
        return Doubt("not_understood")
    if not holds_opinion(texts) and (_is_question(texts) or _states_facts(texts, score)):
        return Doubt("no_opinion")
    clauses = split_clauses(words)
    if len(clauses) > 1:
        logits = logits_alone(artifact, [ids[clause.first : clause.last] for clause in clauses])
        praise, blame = logits.clip(min=0), (-logits).clip(min=0)
        less, more = sorted((praise.sum(), blame.sum()))
        if min(praise.max(), blame.max()) >= _SPEAKS and less >= _BALANCE * more:
            return Doubt("mixed", clauses[praise.argmax()], clauses[blame.argmax()])
    return Doubt("close")


def _states_facts(words: Sequence[str], score: float) -> bool:
    """Whether nobody judges in words without praise and blame, and the score is not clear."""
    if any(word in read_words("judging_words.txt") or word.endswith("n't") for word in words):
        return False
    is_phrase = len(words) < _PHRASE and words[-1] != "."
    speaks = not read_words("personal_words.txt").isdisjoint(words)
    if not speaks and not read_words("calendar_words.txt").isdisjoint(words):
        return True
    return max(score, 1 - score) < (_LEANS_A_LITTLE if is_phrase or speaks else _LEANS)


def holds_opinion(words: Sequence[str]) -> bool:
    """Return whether a word praises or blames, in any of its forms.

    >>> holds_opinion(["it", "bored", "me"]), holds_opinion(["today", "is", "thursday"])
    (True, False)
    """
    return any(map(_judges, words))


def _judges(word: str) -> bool:
    if word[0].isdigit():
        return "/" in word  # 7/10
    if not word[0].isalpha():
        return word not in PUNCTUATION  # stars or an emoji
    return word.isascii() and bool({f"={word}", porter.stem(word)} & _opinion_words())


def _is_question(words: Sequence[str]) -> bool:
    ends = {word for word in words if word in (".", "!", "?")}
    return ends == {"?"}


@cache
def _opinion_words() -> frozenset[str]:
    words = read_words("opinion_words.txt")
    return frozenset(word if word[0] == "=" else porter.stem(word) for word in words)
