"""The behavioural suite: cases written for this project, and how a model passes them.

After Ribeiro et al., "Beyond Accuracy: Behavioral Testing of NLP Models with CheckList" (ACL 2020).
A family is a file in cases/. It has three kinds of case:

    positive = ["..."], negative = ["..."]     each text gets the sentiment it is listed under
    [[invariant]] sentiment, texts             all texts get this sentiment, with close scores
    [[flip]] text, positive, negative          a small edit flips the verdict; both must be right

Where texts differ in a few words only, `text` has named blanks, and the entries of `fill` (or
`positive` and `negative`) fill them. CheckList requires only that the scores of invariant texts are
close. Here the sentiment must be right too; otherwise a model that ignores its input would pass.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

_CASES = Path(__file__).parent / "cases"
_MAX_SPREAD = 0.1

# reviews -> calibrated probabilities of 'positive', in order; None where there is no verdict
Score = float | None
Scorer = Callable[[Sequence[str]], Sequence[Score]]


@dataclass(frozen=True)
class Case:
    """Texts, and for each whether it is positive."""

    name: str  # kind and number: 'flip 3'
    texts: tuple[str, ...]
    positive: tuple[bool, ...]
    max_spread: float = 1.0  # highest score - lowest score


@dataclass(frozen=True)
class Family:
    """Cases that test one ability."""

    name: str
    about: str
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Result:
    """A case and the scores of its texts."""

    case: Case
    scores: tuple[Score, ...]

    @property
    def wrong(self) -> tuple[str, ...]:
        """The texts without a verdict or with the wrong one; a score of 0.5 is positive."""
        judged = zip(self.case.texts, self.case.positive, self.scores, strict=True)
        return tuple(
            text for text, positive, score in judged if score is None or (score >= 0.5) != positive
        )

    @property
    def spread(self) -> float:
        """Highest score - lowest score, of the texts that have one."""
        scores = [score for score in self.scores if score is not None]
        return max(scores, default=0.0) - min(scores, default=0.0)

    @property
    def passed(self) -> bool:
        return not self.wrong and self.spread <= self.case.max_spread


@dataclass(frozen=True)
class FamilyResult:
    """A family and the results of its cases."""

    family: Family
    results: tuple[Result, ...]

    @property
    def failures(self) -> tuple[Result, ...]:
        return tuple(result for result in self.results if not result.passed)

    @property
    def n_cases(self) -> int:
        return len(self.results)

    @property
    def n_passed(self) -> int:
        return self.n_cases - len(self.failures)

    @property
    def rate(self) -> float:
        return self.n_passed / self.n_cases


def judge(family: Family, scorer: Scorer) -> FamilyResult:
    r"""Return the results of the family's cases, from one call of the scorer.

    >>> size = read_family("size", 'about = "size"\\nnegative = ["Too small.", "Not big enough."]')
    >>> judge(size, lambda texts: [0.9 if "big" in text else 0.1 for text in texts]).rate
    0.5
    """
    texts = [text for case in family.cases for text in case.texts]
    scores = iter(scorer(texts))
    results = [Result(case, tuple(islice(scores, len(case.texts)))) for case in family.cases]
    return FamilyResult(family, tuple(results))


def overall_rate(results: Sequence[FamilyResult]) -> float:
    """Return the passed cases of all families as a share of all cases."""
    return sum(result.n_passed for result in results) / sum(result.n_cases for result in results)


def read_families() -> list[Family]:
    """Return the families of the TOML files in cases/, sorted by name."""
    return [read_family(path.stem, path.read_text("utf-8")) for path in sorted(_CASES.iterdir())]


def read_family(name: str, toml: str) -> Family:
    """Return the family that a file's content describes.

    >>> family = read_family("size", '''
    ... about = "size"
    ... negative = ["Too small."]
    ... [[flip]]
    ... text = "It is {size}."
    ... positive = {size = "big"}
    ... negative = {size = "small"}
    ... ''')
    >>> [(case.name, case.texts) for case in family.cases]
    [('negative 1', ('Too small.',)), ('flip 1', ('It is big.', 'It is small.'))]

    Raises:
        ValueError: the file has a key that is not a kind of case.
    """
    content = tomllib.loads(toml)
    about = content.pop("about")
    cases: list[Case] = []
    for kind, entries in content.items():
        if kind not in _READERS:
            raise ValueError(f"{name}: {kind} is not a kind of case")
        cases += [_READERS[kind](f"{kind} {n}", entry) for n, entry in enumerate(entries, 1)]
    return Family(name, about, tuple(cases))


def _read_positive(name: str, text: str) -> Case:
    return Case(name, (text,), (True,))


def _read_negative(name: str, text: str) -> Case:
    return Case(name, (text,), (False,))


def _read_invariant(name: str, entry: Mapping[str, Any]) -> Case:
    texts = entry.get("texts") or [entry["text"].format_map(blanks) for blanks in entry["fill"]]
    positive = {"positive": True, "negative": False}[entry["sentiment"]]
    return Case(name, tuple(texts), (positive,) * len(texts), _MAX_SPREAD)


def _read_flip(name: str, entry: Mapping[str, Any]) -> Case:
    text: str = entry["text"]
    texts = (text.format_map(entry["positive"]), text.format_map(entry["negative"]))
    return Case(name, texts, (True, False))


_READERS: Mapping[str, Callable[[str, Any], Case]] = {
    "positive": _read_positive,
    "negative": _read_negative,
    "invariant": _read_invariant,
    "flip": _read_flip,
}
