"""The classic recipe written plainly, as its description reads: the baseline of measurements.

Unoptimised but not sabotaged: a list of stop words is scanned for each word, a stemmer is made for
each word, and reviews are done one after the other on one core. There are two of it, since they
differ by a factor of thirty: `words_of` asks NLTK for the list at each word, as tutorials do, and
NLTK reads it from its file each time; `words_of_in_memory` keeps the list.
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import nltk
from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning
from nltk.corpus.reader import WordListCorpusReader
from nltk.stem.porter import PorterStemmer

import sentiment

# nltk.corpus.stopwords is such a reader over files that NLTK downloads; this one reads our copy
_FOLDER = str(Path(sentiment.__file__).parent / "text")
nltk.data.path.append(_FOLDER)
stopwords = WordListCorpusReader(_FOLDER, ".*_stop_words.txt")
_STOP_WORDS: list[str] = list(stopwords.words("english_stop_words.txt"))


def words_of(review: str) -> list[str]:
    """Stems of the review's words without stop words, asking NLTK for the list at each word."""
    words = split(review)
    words = [word for word in words if word not in stopwords.words("english_stop_words.txt")]
    return [str(PorterStemmer().stem(word)) for word in words]


def words_of_in_memory(review: str) -> list[str]:
    """The same words, with the list of stop words read once."""
    words = [word for word in split(review) if word not in _STOP_WORDS]
    return [str(PorterStemmer().stem(word)) for word in words]


def split(review: str) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        text = BeautifulSoup(review, "html.parser").get_text()
    return re.sub(r"[^a-z0-9]", " ", text.lower()).split()


def encode(words: list[str], id_of: dict[str, int], length: int = 500) -> tuple[list[int], int]:
    """`length` ids, padded with 0 on the right, 1 for infrequent words; and the true length."""
    ids = [id_of.get(word, 1) for word in words[:length]]
    return ids + [0] * (length - len(ids)), len(ids)
