"""Review -> ids: the one code path that preparing, training and serving share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TypeVar

from sentiment.recipe import Recipe, Tokenizer
from sentiment.text.vocabulary import Vocabulary
from sentiment.text.words import Word, find_words, split_words

T = TypeVar("T")

PUNCTUATION = frozenset('!?.,;:()"-')  # each mark is a word of the default recipe


def keep_head_and_tail(items: Sequence[T], head: int, tail: int) -> Sequence[T]:
    """Return all items, or the first `head` and last `tail` of them if there are more.

    >>> keep_head_and_tail([1, 2, 3, 4, 5], head=2, tail=1)
    [1, 2, 5]
    >>> keep_head_and_tail([1, 2, 3], head=2, tail=0)
    [1, 2]
    """
    if len(items) <= head + tail:
        return items
    return [*items[:head], *items[len(items) - tail :]]


def ids_of(words: Sequence[str], vocabulary: Vocabulary, tokenizer: Tokenizer) -> list[int]:
    """Return the words' ids; the default tokenizer corrects misspelt words."""
    return vocabulary.ids(words) if tokenizer == "classic" else vocabulary.spelt_ids(words)


@dataclass(frozen=True)
class EncodedReview:
    """A review as the model reads it: ids without padding, and how many words it has in all.

    Both count punctuation marks, which the default recipe reads as words.
    """

    ids: list[int]
    n_words: int

    @property
    def truncated(self) -> bool:
        """Return whether words were left out."""
        return len(self.ids) < self.n_words


class Encoder:
    """Encodes raw reviews by one recipe and vocabulary."""

    def __init__(self, recipe: Recipe, vocabulary: Vocabulary) -> None:
        self.recipe = recipe
        self.vocabulary = vocabulary

    def encode(self, review: str) -> EncodedReview:
        """Return the review's ids; none for a review of punctuation marks alone.

        >>> from sentiment.recipe import DEFAULT
        >>> Encoder(DEFAULT, Vocabulary(["good"])).encode("A <b>good</b> film")
        EncodedReview(ids=[1, 2, 1], n_words=3)
        """
        return self._encode(self.split_words(review))

    def encode_with_places(self, review: str) -> tuple[EncodedReview, list[Word]]:
        """Return the review's ids, and for each id the word and its place in the review.

        Only for the default recipe: the classic recipe's stems have no places.

        >>> from sentiment.recipe import DEFAULT
        >>> Encoder(DEFAULT, Vocabulary(["good"])).encode_with_places("<b>Good</b>")[1]
        [Word(text='good', start=3, end=7)]
        """
        words = self.find_words(review)
        encoded = self._encode([word.text for word in words])
        kept = keep_head_and_tail(words, self.recipe.head, self.recipe.tail)
        return encoded, list(kept[: len(encoded.ids)])

    def split_words(self, review: str) -> list[str]:
        """Return all words of the review, also those that are not read."""
        words = split_words(review, self.recipe.tokenizer)
        if "#" in review:
            words = [part for word in words for part in self._split_hashtag(word)]
        return words

    def find_words(self, review: str) -> list[Word]:
        """Return the words of `split_words` with their places; only for the default recipe."""
        return [part for word in find_words(review) for part in self._split_place(word)]

    def _split_hashtag(self, word: str) -> list[str]:
        return self.vocabulary.split(word[1:]) if word[0] == "#" else [word]

    def _split_place(self, word: Word) -> list[Word]:
        if word.text[0] != "#":
            return [word]
        parts = self._split_hashtag(word.text)
        ends = [*accumulate(map(len, parts), initial=word.start + 1)]
        return [Word(part, *place) for part, place in zip(parts, pairwise(ends), strict=True)]

    def _encode(self, words: Sequence[str]) -> EncodedReview:
        if PUNCTUATION.issuperset(words):
            words = []
        kept = keep_head_and_tail(words, self.recipe.head, self.recipe.tail)
        ids = ids_of(kept, self.vocabulary, self.recipe.tokenizer)
        return EncodedReview(ids, len(words))
