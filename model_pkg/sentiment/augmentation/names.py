"""Exchange names for others of their kind, because a name does not make a film good.

A network learns from reviews which names occur in good ones. In a short text that decides too much:
'a wonderful film from India' must score as one from France does. So excerpts are also learned with
other names (counterfactual data augmentation: Lu et al., "Gender Bias in Neural Natural Language
Processing", 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from sentiment.text.vocabulary import FIRST_WORD_ID, Vocabulary

_LIST = "names.txt"


@dataclass(frozen=True)
class Names:
    """Kinds of names in a vocabulary."""

    kinds: tuple[NDArray[np.int64], ...]  # ids, without the names that it does not hold
    vocabulary_size: int

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> Names:
        """Return the names that the vocabulary holds."""
        ids = (np.unique(vocabulary.ids(kind)) for kind in read_kinds())
        return cls(tuple(kind[kind >= FIRST_WORD_ID] for kind in ids), len(vocabulary))

    def exchange(self, generator: np.random.Generator) -> NDArray[np.int64]:
        """Return for each id (vocabulary,) the id to read instead: itself, or one of its kind.

        >>> names = Names.of(Vocabulary(["paris", "film", "rome"]))
        >>> names.exchange(np.random.default_rng(3)).tolist()
        [0, 1, 4, 3, 2]
        """
        others = np.arange(self.vocabulary_size)
        for kind in self.kinds:
            others[kind] = generator.permutation(kind)
        return others


def read_kinds() -> list[list[str]]:
    """Return the names of each kind, in lower case."""
    paragraphs = (files("sentiment.augmentation") / _LIST).read_text("ascii").split("\n\n")
    lines = ([line for line in p.splitlines() if not line.startswith("#")] for p in paragraphs)
    kinds = (" ".join(kept).split() for kept in lines)
    return [kind for kind in kinds if kind]
