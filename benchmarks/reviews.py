"""Reviews to measure with: the archive's, or synthetic ones like them.

Synthetic reviews are words of the served model's vocabulary, drawn by rank (Zipf's law in
Mandelbrot's form, 1953). They form sentences and have the archive's lengths, some typing errors and
names, and six of ten have line breaks. They mean nothing, but they cost what real reviews cost.
"""

from __future__ import annotations

import atexit
import random
import tempfile
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, chain, islice
from pathlib import Path

from benchmarks.stage import Setting
from sentiment.artifact.description import VOCABULARY_FILE
from sentiment.artifact.packing import open_artifact
from sentiment.data.archive import Split, find_root, list_reviews

_MEAN_LOG_LENGTH, _DEVIATION = 5.2, 0.6  # of the archive: 230 words in the mean, some 2,000
_SHARE_OF_BREAKS, _SHARE_OF_SLIPS, _SHARE_OF_NAMES = 0.6, 0.01, 0.03
_FOLDERS = (("train/neg", 1), ("train/pos", 8), ("test/neg", 2), ("test/pos", 9))
_GROUPS: tuple[tuple[Split, int], ...] = (("train", 0), ("train", 1), ("test", 0), ("test", 1))
_AT_ONCE = 1_000  # synthetic reviews at least, so that a quick run's stages share them
_SEED = 1
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def sample_reviews(setting: Setting, n: int) -> list[str]:
    """Return n random reviews of the archive's test split; synthetic ones without an archive."""
    if setting.archive is None:
        return synthetic_reviews(setting.model, n)
    files = list_reviews(find_root(setting.archive), "test")
    generator = random.Random(_SEED)  # noqa: S311 - a sample, not a secret
    return [file.read() for file in generator.sample(files, n)]


def synthetic_reviews(model: Path, n: int) -> list[str]:
    """Return n synthetic reviews, the same in every run."""
    return _synthetic_reviews(model, max(n, _AT_ONCE))[:n]


@lru_cache(maxsize=1)  # stages that are measured one after the other share them
def _synthetic_reviews(model: Path, n: int) -> list[str]:
    generator = random.Random(_SEED)  # noqa: S311 - a sample, not a secret
    words, weights = _words(model)
    return [_review(generator, words, weights) for _ in range(n)]


def write_archive(folder: Path, reviews: list[str]) -> Path:
    """Write the reviews as an archive folder, a quarter in each of train and test, neg and pos."""
    for name, _ in _FOLDERS:
        (folder / name).mkdir(parents=True)
    for number, review in enumerate(reviews):
        name, stars = _FOLDERS[number % len(_FOLDERS)]
        path = folder / name / f"{number // len(_FOLDERS)}_{stars}.txt"
        path.write_text(review, "utf-8")
    return folder


def list_files(setting: Setting, n: int) -> list[str]:
    """Return n review files, of the archive or synthetic, in `write_archive`'s order of folders.

    Unlabelled reviews follow when all labelled ones are used up.
    """
    if setting.archive is None:
        root = _synthetic_archive(setting.model, max(n, _AT_ONCE))
    else:
        root = find_root(setting.archive.resolve())
    labelled = zip(
        *(
            [file.location for file in list_reviews(root, split) if file.label == label]
            for split, label in _GROUPS
        ),
        strict=True,
    )
    unlabelled = (file.location for file in list_reviews(root, "unsup"))
    return list(islice(chain(chain.from_iterable(labelled), unlabelled), n))


@lru_cache(maxsize=1)
def _synthetic_archive(model: Path, n: int) -> Path:
    """Write the archive once for all stages; it is deleted when the program ends."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    return write_archive(Path(folder.name), synthetic_reviews(model, n))


def link_archive(folder: Path, files: Sequence[str]) -> Path:
    """Write an archive folder as `write_archive` does, with links to the review files."""
    for name, _ in _FOLDERS:
        (folder / name).mkdir(parents=True)
    for number, file in enumerate(files):
        name, stars = _FOLDERS[number % len(_FOLDERS)]
        (folder / name / f"{number // len(_FOLDERS)}_{stars}.txt").symlink_to(file)
    return folder


@lru_cache(maxsize=1)
def _words(model: Path) -> tuple[list[str], list[float]]:
    with open_artifact(model) as folder:
        text = (folder / VOCABULARY_FILE).read_text("utf-8")
    words = [word for word in text.split("\n")[:-1] if word[0].isalpha()]
    return words, list(accumulate(1 / (rank + 2.7) for rank in range(1, len(words) + 1)))


def _review(generator: random.Random, words: list[str], weights: list[float]) -> str:
    n_words = max(10, min(2_400, round(generator.lognormvariate(_MEAN_LOG_LENGTH, _DEVIATION))))
    drawn = [
        _changed(generator, word)
        for word in generator.choices(words, cum_weights=weights, k=n_words)
    ]
    pause = "<br /><br />" if generator.random() < _SHARE_OF_BREAKS else " "
    return "".join(_sentences(generator, drawn, pause))


def _changed(generator: random.Random, word: str) -> str:
    luck = generator.random()
    if luck < _SHARE_OF_SLIPS:
        place = generator.randrange(len(word))
        return word[:place] + generator.choice(_LETTERS) + word[place:]
    return word.capitalize() if luck < _SHARE_OF_SLIPS + _SHARE_OF_NAMES else word


def _sentences(generator: random.Random, words: list[str], pause: str) -> Iterator[str]:
    start, n_sentences = 0, 0
    while start < len(words):
        sentence = words[start : start + generator.randint(5, 35)]
        start += len(sentence)
        n_sentences += 1
        comma = len(sentence) // 2
        yield " ".join([sentence[0].capitalize(), *sentence[1:comma]])
        yield f", {' '.join(sentence[comma:])}" if comma else ""
        yield generator.choice(".....!?") + (pause if n_sentences % 5 == 0 else " ")
