"""The classic recipe's preprocessing written plainly: the baseline of the measurements.

Unoptimised but not sabotaged: each word scans a list of stop words and makes a stemmer, and reviews
are processed one after the other on one core. There are two versions, which differ by a factor of
thirty. `words_of` gets the list from NLTK at each word, as tutorials do, and NLTK reads its file
each time. `words_of_in_memory` keeps the list.
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

LENGTH = 500  # ids that every review is padded or cut to

# nltk.corpus.stopwords reads files that NLTK downloads; this reader reads our copy
_FOLDER = str(Path(sentiment.__file__).parent / "text")
nltk.data.path.append(_FOLDER)
stopwords = WordListCorpusReader(_FOLDER, ".*_stop_words.txt")
_STOP_WORDS: list[str] = list(stopwords.words("english_stop_words.txt"))


def words_of(review: str) -> list[str]:
    """Return the stems without stop words; NLTK reads its list again at each word."""
    words = split(review)
    words = [word for word in words if word not in stopwords.words("english_stop_words.txt")]
    return [str(PorterStemmer().stem(word)) for word in words]


def words_of_in_memory(review: str) -> list[str]:
    """Return the same words, with the list of stop words kept in memory."""
    words = [word for word in split(review) if word not in _STOP_WORDS]
    return [str(PorterStemmer().stem(word)) for word in words]


def split(review: str) -> list[str]:
    """Return the review's lower-case words, without HTML and punctuation."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        text = BeautifulSoup(review, "html.parser").get_text()
    return re.sub(r"[^a-z0-9]", " ", text.lower()).split()


def encode(words: list[str], id_of: dict[str, int]) -> tuple[list[int], int]:
    """Return LENGTH ids, right-padded with 0, 1 for infrequent words; and the true length."""
    ids = [id_of.get(word, 1) for word in words[:LENGTH]]
    return ids + [0] * (LENGTH - len(ids)), len(ids)
