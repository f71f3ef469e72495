"""profile.json: how scores, lengths and unknown words of the validation reviews are distributed.

A deployed model's traffic is compared with it to find drift. It has counts only, no text. An
artifact without it is complete: models of earlier versions have none.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.errors import InvalidArtifact
from sentiment.safe_files import write_atomically
from sentiment.text.vocabulary import INFREQUENT_ID

PROFILE_FILE = "profile.json"
Values = Sequence[float] | NDArray[np.floating]
_FORMAT_VERSION = 1
# A bin has the values above its lower edge, up to its upper edge; the last one has the rest.
# The model reads 500 words of a review or more, so no review is in a wrong bin of words.
UPPER_EDGES: Mapping[str, tuple[float, ...]] = {
    "score": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    "words": (10, 20, 50, 100, 150, 200, 300, 400),
    "unknown_share": (0, 0.01, 0.02, 0.05, 0.1, 0.2),
}


@dataclass(frozen=True)
class Histogram:
    """How many values are in each bin; there is one bin more than upper edges."""

    upper_edges: tuple[float, ...]
    counts: tuple[int, ...]

    @classmethod
    def of(
        cls, values: Sequence[float] | NDArray[np.floating], upper_edges: Sequence[float]
    ) -> Histogram:
        """Count the values in each bin.

        >>> Histogram.of([0, 0.1, 0.2, 7], (0.1, 0.5)).counts
        (2, 1, 1)
        """
        bins = np.searchsorted(
            upper_edges, np.round(np.asarray(values, np.float64), 4), side="left"
        )
        counts = np.bincount(bins, minlength=len(upper_edges) + 1)
        return cls(tuple(upper_edges), tuple(counts.tolist()))


Profile = Mapping[str, Histogram]  # by the names in UPPER_EDGES


def make_profile(scores: Values, reviews: Sequence[NDArray[np.integer]]) -> Profile:
    """Return the histograms of the reviews' scores (reviews,) and of their ids."""
    values = {
        "score": scores,
        "words": [len(ids) for ids in reviews],
        "unknown_share": [share_unknown(ids) for ids in reviews if len(ids)],
    }
    return {name: Histogram.of(values[name], edges) for name, edges in UPPER_EDGES.items()}


def share_unknown(ids: Sequence[int] | NDArray[np.integer]) -> float:
    """Return the share of the ids that stand for a word outside the vocabulary, in [0, 1].

    >>> share_unknown([5, 1, 7, 9])
    0.25
    """
    return float(np.mean(np.asarray(ids) == INFREQUENT_ID))


def write_profile(profile: Profile, folder: Path) -> None:
    """Write profile.json to the artifact's folder."""
    content: dict[str, object] = {"format_version": _FORMAT_VERSION}
    content |= {name: asdict(histogram) for name, histogram in profile.items()}
    write_atomically((json.dumps(content, indent=1) + "\n").encode(), folder / PROFILE_FILE)


def read_profile(folder: Path) -> Profile | None:
    """Return the artifact's profile; None if it has none.

    Raises:
        InvalidArtifact: it cannot be read, or is of a later format.
    """
    path = folder / PROFILE_FILE
    try:
        content = json.loads(path.read_bytes())
        if content["format_version"] != _FORMAT_VERSION:
            raise ValueError(f"its format version is {content['format_version']}")
        profile = {
            name: Histogram(*(tuple(content[name][field]) for field in ("upper_edges", "counts")))
            for name in UPPER_EDGES
        }
        for name, histogram in profile.items():
            _check(name, histogram)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise InvalidArtifact(f"cannot read {PROFILE_FILE} of the model: {error}") from error
    return profile


def _check(name: str, histogram: Histogram) -> None:
    """Raise ValueError unless the edges are finite and ascend, and each bin has a count."""
    edges, counts = histogram.upper_edges, histogram.counts
    are_numbers = all(type(edge) in {int, float} and math.isfinite(edge) for edge in edges)
    fits = len(counts) == len(edges) + 1 and are_numbers and list(edges) == sorted(set(edges))
    if not fits or not all(type(count) is int and count >= 0 for count in counts):
        raise ValueError(f"its bins of {name} do not fit together")
