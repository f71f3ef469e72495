"""Recognize texts that the model cannot read, by what they are made of, before any score.

Three kinds of evidence, cheapest first: how the text is written (links, code, numbers), which of
its words the vocabulary knows, and how common those are in English reviews. English text about
something else (a recipe, a weather report) cannot be recognized this way.

The thresholds were chosen on the 75,000 training texts of the IMDB dataset, none of which they
refuse, and on sentences of our own in 24 languages. Known errors: a very short review with a long
foreign title or in heavy slang is refused, and a foreign text may pass whose words are not in our
lists (languages.txt).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import IntEnum
from itertools import pairwise

from sentiment.serving.languages import find_language, languages_of
from sentiment.serving.word_lists import read_words
from sentiment.text.accents import compose
from sentiment.text.encoder import PUNCTUATION, Encoder
from sentiment.text.sentences import SMILEY
from sentiment.text.vocabulary import FIRST_WORD_ID

UNKNOWN_WORDS = "None of its words is known; only English is read."
NOT_ENGLISH = "Too few of its words are known English words."
CODE = "It looks like program code or markup."
NUMBERS = "It is made of numbers rather than words."
LINKS = "It holds links or encoded data, but no sentence."
NO_WORDS = "It has no words, and no signs that can be read."
FOREIGN = "This looks like {language}; only English is read."

# A word weighs about as many nats as its kind is likelier in English than in other languages, by
# counts over the training texts and over our own sentences in 24 languages.
_COMMON_WEIGHT, _STRANGE_WEIGHT = 2, -3
_NOT_ENGLISH_AT = -6  # sum of the weights: two strange words with nothing to outweigh them
_PROSE_WEIGHT = 0.9  # mean of a word; English reviews lie about 1.4, program code below 0.8
_MIN_PROSE = 50  # words
_N_COMMON = 2_000
_MIN_VOCABULARY = 10_000  # ids; below, being unknown says nothing about a word
_NUMBERS_TO_WORDS = 3

_LINK = re.compile(
    r"""
    (?:https?://|www\.)\S+                                            # a link
  | [\w.+-]{1,64}@[\w-]{1,64}\.\S+                                    # an e-mail address
  | (?<!\S)(?=[^\s]{0,80}(?:\d|[a-z][A-Z]))[A-Za-z0-9+/=_-]{20,}(?!\S)   # encoded data
    """,
    re.VERBOSE,
)
_MIN_DATA = 20  # characters without a space between them
# A form's HTML and BBCode are markup of a review; other tags are those of a page.
_MARKUP = re.compile(
    r"</?(?:a|b|blockquote|br|div|em|h[1-6]|i|li|[ou]l|p|span|strong|u)\b[^<>]{0,500}>"
    r"|(?<!\w)\[/?\w{1,20}\]",
    re.IGNORECASE,
)
_SMILEY = re.compile(rf"(?<!\S){SMILEY}(?![^\s.,!?])")
_CODE_MARK = re.compile(
    r"""
    [{}\[\]<>\\=]+          # brackets, tags, assignments and comparisons
  | ;(?=\s*(?:[}\n]|\Z))   # the end of a statement
  | (?<=\w)\(              # the arguments of a call
  | (?<=[^\s\w.!?"'])\)    # and their end: () and (*)
  | \):                    # the head of a block
  | "\s?:                  # a key of JSON
  | (?<=[a-z])\.(?=[a-z])  # an attribute
  | (?<=\d)[-:T](?=\d)     # a log's time
    """,
    re.VERBOSE,
)
_WORD = re.compile(r"\w+")
_MIN_CODE_MARKS, _CODE_MARKS_PER_WORD = 3, 0.34  # reviews of the training texts have up to 0.12
_RATING = re.compile(r"\d\s?/\s?\d")  # 7/10
_MARK = re.compile(r"\W*(?:\d|10)(?:[.,]\d)?\W*")  # a mark alone: 8, 9.5!
_MAX_PHRASE = 6  # words; in longer texts their kinds are evidence enough
_MAX_LETTERS = 2  # 'A+' is a mark, 'a s d f' is none


class _Kind(IntEnum):
    """What a vocabulary id says about the text it stands in."""

    NO_WORD = 0  # punctuation
    NUMBER = 1
    LETTER = 2
    KNOWN = 3
    COMMON = 4
    STRANGE = 5


class ReviewCheck:
    """Recognizes texts that one encoder's model cannot read.

    With the classic recipe or a small vocabulary it does not recognize languages. It only looks at
    how the text is written and whether the vocabulary holds any of its words.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        vocabulary = encoder.vocabulary
        self._knows_english = (
            encoder.recipe.tokenizer == "default" and len(vocabulary) >= _MIN_VOCABULARY
        )
        kinds = [_Kind.NO_WORD, _Kind.STRANGE]  # ids 0 and 1
        for id_, word in enumerate(vocabulary.words, start=FIRST_WORD_ID):
            kinds.append(_kind(word, id_, self._knows_english))
        self._kind_of = bytes(kinds).__getitem__

    def reason(self, review: str, ids: Sequence[int]) -> str | None:
        """Return a sentence that explains why the text is not a review; None if it may be one.

        `ids` are the encoder's for `review`.
        """
        if not ids:
            holds_links = _may_hold_links(review) and _LINK.search(review)
            return LINKS if holds_links else _name_language(review) or NO_WORDS
        if self._knows_english and _is_prose(self._kinds(ids)):  # nearly every review
            return None
        as_sent = review
        if _may_hold_links(review) and _LINK.search(review):
            review = _LINK.sub(" ", review)
            if not self._encoder.encode(review).ids:
                return LINKS
        if _is_code(review):
            return CODE
        if review is as_sent and self._are_words_enough(ids):
            return None
        return self._reason_of_words(review)

    def _are_words_enough(self, ids: Sequence[int]) -> bool:
        """Whether the ids alone show that `_reason_of_words` finds none.

        So it is where languages are not told apart, a word is known, and there are too few others
        for numbers to outweigh the known ones. It spares nearly every review a second cleaning.
        """
        recipe = self._encoder.recipe
        if self._knows_english or len(ids) >= recipe.head + recipe.tail:  # not all of the words
            return False
        kinds = self._kinds(ids)
        n_known = kinds.count(_Kind.KNOWN) + kinds.count(_Kind.COMMON)
        return n_known > 0 and len(ids) - n_known <= _NUMBERS_TO_WORDS * n_known

    def _reason_of_words(self, review: str) -> str | None:
        tokens = self._encoder.split_words(review)
        words = [token for token in tokens if token[0].isalpha()]
        n_numbers = sum(token[0].isdigit() for token in tokens)
        is_signed = any(_is_sign(token) and token in self._encoder.vocabulary for token in tokens)
        is_rated = _RATING.search(review) is not None or any("/" in token for token in tokens)
        if words and n_numbers > _NUMBERS_TO_WORDS * len(words):
            return NUMBERS
        if not words:
            return None if is_rated or is_signed or _MARK.fullmatch(review) else NUMBERS
        kinds = self._kinds_of(words)
        if not kinds.count(_Kind.KNOWN) + kinds.count(_Kind.COMMON) and not (is_rated or is_signed):
            n_letters = kinds.count(_Kind.LETTER)
            is_mark = n_letters == len(kinds) <= _MAX_LETTERS
            return None if is_mark else _name_language(review) or UNKNOWN_WORDS
        is_phrase = 1 < len(words) <= _MAX_PHRASE and not (is_rated or is_signed)
        return self._reason_of_language(review, words, is_phrase) if self._knows_english else None

    def _reason_of_language(self, review: str, words: Sequence[str], is_phrase: bool) -> str | None:
        languages = self._languages_of_phrase(words) if is_phrase else []
        if languages:
            return FOREIGN.format(language=languages[0]) if len(languages) == 1 else NOT_ENGLISH
        if (
            _evidence(self._kinds_of(words)) > _NOT_ENGLISH_AT
            or self._evidence_without_names(review) > _NOT_ENGLISH_AT
        ):
            return None
        return _name_language(review) or NOT_ENGLISH

    def _languages_of_phrase(self, words: Sequence[str]) -> list[str]:
        """Return the likeliest languages of a few words; none if a word is in English only."""
        found: Counter[str] = Counter()
        possible: set[str] | None = None  # by the words that may be English
        for word in words:
            languages = languages_of(word)
            if word not in self._encoder.vocabulary or word in read_words("foreign_words.txt"):
                found.update(languages)
            elif len(word) > 1 and word not in read_words("shared_words.txt"):
                possible = set(languages) if possible is None else possible.intersection(languages)
        counts = {name: n for name, n in found.items() if possible is None or name in possible}
        return [name for name, n in counts.items() if n == max(counts.values())]

    def _evidence_without_names(self, review: str) -> int:
        """Return the evidence of the words that are not capitalised within a sentence."""
        places = self._encoder.find_words(review)
        words = [
            word.text
            for before, word in pairwise([None, *places])
            if word is not None
            and word.text[0].isalpha()
            and (
                not compose(review[word.start : word.end]).istitle()
                or before is None
                or not before.text[0].isalnum()
            )
        ]
        return _evidence(self._kinds_of(words))

    def _kinds_of(self, words: Sequence[str]) -> bytes:
        """Return each word's kind; misspelt words are known, but too uncertain to be evidence."""
        vocabulary = self._encoder.vocabulary
        kinds = bytearray(self._kinds(vocabulary.ids(words)))
        if self._knows_english:
            for i, word in enumerate(words):
                if word not in vocabulary and vocabulary.stands_for(word) is not None:
                    kinds[i] = (
                        _Kind.STRANGE if word in read_words("foreign_words.txt") else _Kind.KNOWN
                    )
        return bytes(kinds)

    def _kinds(self, ids: Iterable[int]) -> bytes:
        return bytes(map(self._kind_of, ids))  # bytes, because they count fast


def _name_language(review: str) -> str | None:
    language = find_language(review)
    return None if language is None else FOREIGN.format(language=language)


def _is_sign(token: str) -> bool:
    """Whether the token is neither a word, a number nor punctuation: stars or an emoji."""
    return not token[0].isalnum() and token not in PUNCTUATION


def _may_hold_links(review: str) -> bool:
    return (
        "://" in review
        or "www." in review
        or "@" in review
        or max(map(len, review.split()), default=0) >= _MIN_DATA
    )


def _is_prose(kinds: bytes) -> bool:
    """Whether the text is plainly English sentences, so that nothing else needs to be asked."""
    n_words = len(kinds) - kinds.count(_Kind.NO_WORD) - kinds.count(_Kind.NUMBER)
    return n_words >= _MIN_PROSE and _evidence(kinds) >= _PROSE_WEIGHT * n_words


def _evidence(kinds: bytes) -> int:
    n_common, n_strange = kinds.count(_Kind.COMMON), kinds.count(_Kind.STRANGE)
    return _COMMON_WEIGHT * n_common + _STRANGE_WEIGHT * n_strange


def _kind(word: str, id_: int, knows_english: bool) -> _Kind:
    if word[0].isdigit():
        return _Kind.NUMBER
    if not word[0].isalpha():
        return _Kind.NO_WORD
    if len(word) == 1:
        return _Kind.LETTER
    if knows_english and word in read_words("shared_words.txt"):
        return _Kind.KNOWN
    if knows_english and word in read_words("foreign_words.txt"):
        return _Kind.STRANGE
    return _Kind.COMMON if id_ < _N_COMMON else _Kind.KNOWN


def _is_code(review: str) -> bool:
    """Whether marks of program code are dense among the words; logs, JSON and HTML have them too.

    >>> _is_code("a[i] = {n: x};"), _is_code("I <3 it ^_^ and it cost $$$$ (see [1])")
    (True, False)
    """
    text = _SMILEY.sub("", _MARKUP.sub(" ", review))
    n_marks = len(_CODE_MARK.findall(text))
    return n_marks >= max(_MIN_CODE_MARKS, _CODE_MARKS_PER_WORD * len(_WORD.findall(text)))
