"""Synthetic ratings as people write them: 'four stars out of five'.

The labels of reviews with a rating such as '8/10' show what the rating means. Too few reviews have
stars, words or school marks for a network to learn those. So such ratings are synthesized, and mean
what the same share of ten means in the labelled reviews.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.augmentation.opinion_sentences import OpinionSentences, SyntheticExample
from sentiment.data.dataset import EncodedSplit
from sentiment.text.vocabulary import INFREQUENT_ID
from sentiment.text.words import default_words

_TEN = 10
_PRIOR_REVIEWS = 4.0  # that say of every rating what it would mean if all were proportionate
_SURE = 0.03  # lowest probability of either side that is given to a rating
_NUMBERS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_STARS_OF = (4, 5, 5, 5, 10)
_NAMELESS = 5  # stars whose number is not named are mostly of five
_SCHOOL_MARKS = {  # out of ten; '+' is not a word, 'a' alone is mostly an article
    "a -": 9.0,
    "b": 8.0,
    "b -": 7.0,
    "c": 5.0,
    "c -": 4.0,
    "d": 3.0,
    "d -": 2.0,
    "f": 1.0,
}
_THUMBS = {"thumbs up": 9.0, "big thumbs up": 9.5, "thumbs down": 2.0, "big thumbs down": 1.5}
_OF_STARS = ("{} .", "{}", "i'd rate it {} .", "i'd give this {} .", "overall : {}", "rating : {}")
_OF_MARKS = (
    "grade : {}",
    "overall grade : {} .",
    "i'd grade this film {} .",
    "i'd give this a {} .",
)
_OF_THUMBS = ("{} .", "{} !", "{} from me .", "i give it a {} .")
_KINDS = (_OF_STARS, _OF_STARS, _OF_STARS, _OF_MARKS, _OF_THUMBS)  # most ratings are of stars


@dataclass(frozen=True)
class Ratings:
    """Makes synthetic ratings, some next to a neutral sentence of a review."""

    opinions: OpinionSentences
    meanings: NDArray[np.float64]  # (11,) the probability of 'positive' of 0 to 10 out of ten

    @classmethod
    def of(
        cls, opinions: OpinionSentences, split: EncodedSplit, indices: NDArray[np.int64]
    ) -> Ratings:
        """Return ratings that mean what they mean in the labelled reviews at `indices`."""
        names = [f"{n}/{_TEN}" for n in range(_TEN + 1)]
        ids = np.array(opinions.vocabulary.ids(names))
        meanings = np.linspace(0, 1, _TEN + 1)
        owners = np.repeat(np.arange(len(split)), np.diff(split.offsets))
        is_labelled = np.isin(np.arange(len(split)), indices)
        for n, id_ in enumerate(ids.tolist()):
            holders = np.unique(owners[split.ids == id_]) if id_ != INFREQUENT_ID else owners[:0]
            labels = split.labels[holders[is_labelled[holders]]].astype(np.float64)
            n_positive = labels.sum() + _PRIOR_REVIEWS * meanings[n]
            meanings[n] = n_positive / (len(labels) + _PRIOR_REVIEWS)
        return cls(opinions, meanings)

    def rate(
        self, review: NDArray[np.integer], generator: np.random.Generator
    ) -> SyntheticExample | None:
        """Return a random rating, at times next to a neutral sentence of the review (words,).

        Return None if a word of the rating is not in the vocabulary.
        """
        kind = _KINDS[generator.integers(len(_KINDS))]
        if kind is _OF_STARS:
            text, tenths = _stars(generator)
        else:
            ratings = _SCHOOL_MARKS if kind is _OF_MARKS else _THUMBS
            text, tenths = list(ratings.items())[generator.integers(len(ratings))]
        words = default_words(kind[generator.integers(len(kind))].format(text))
        ids = self.opinions.add_neutral_sentence(words, review, generator)
        meaning = float(np.interp(tenths, np.arange(_TEN + 1), self.meanings))
        return None if ids is None else SyntheticExample(ids, min(max(meaning, _SURE), 1 - _SURE))


def _stars(generator: np.random.Generator) -> tuple[str, float]:
    """Return a number of stars or points, and how many of ten it is.

    >>> _stars(np.random.default_rng(5)), _stars(np.random.default_rng(9))
    (('4.5 stars', 9.0), ('four and a half stars out of five', 9.0))
    """
    scale = _STARS_OF[generator.integers(len(_STARS_OF))]
    halves = int(generator.integers(2, 2 * scale + 1))
    number, has_half = divmod(halves, 2)
    # '4 out of 5' is read as '8/10', which labelled reviews teach; only the number is in digits
    in_words = scale != _NAMELESS or bool(generator.integers(2))
    given, most = (_NUMBERS[number], _NUMBERS[scale]) if in_words else (str(number), str(scale))
    if has_half:
        ways = (" and a half",) if in_words else (" 1/2", ".5")
        given += ways[generator.integers(len(ways))]
    star = "star" if given in ("1", "one") else "stars"
    forms = [f"{given} out of {most}"] if in_words else []
    if in_words and scale != _TEN:
        forms += [f"{given} {star} out of {most}", f"{given} out of {most} stars"]
    if scale == _NAMELESS:
        forms.append(f"{given} {star}")
    return forms[generator.integers(len(forms))], _TEN * halves / 2 / scale
