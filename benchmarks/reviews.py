"""Reviews to measure with: the archive's, or made-up ones like them.

Made-up reviews are words of the served model's vocabulary, drawn as often as their rank makes them
likely (Zipf's law as Mandelbrot, 1953, has it), in sentences, of the archive's lengths, with line
breaks in six of ten, a few typing errors and names. They say nothing; they cost what reviews cost.
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
from sentiment.artifact.packing import VOCABULARY_FILE, open_artifact
from sentiment.data.archive import Split, find_root, list_reviews

_MEAN_LOG_LENGTH, _DEVIATION = 5.2, 0.6  # of the archive: 230 words in the mean, some 2,000
_SHARE_OF_BREAKS, _SHARE_OF_SLIPS, _SHARE_OF_NAMES = 0.6, 0.01, 0.03
_FOLDERS = (("train/neg", 1), ("train/pos", 8), ("test/neg", 2), ("test/pos", 9))
_GROUPS: tuple[tuple[Split, int], ...] = (("train", 0), ("train", 1), ("test", 0), ("test", 1))
_AT_ONCE = 1_000  # made-up reviews at least, so that a quick run's stages share them
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def sample_reviews(setting: Setting, n: int, seed: int = 1) -> list[str]:
    """n random reviews of the archive's test split; made-up ones where there is no archive."""
    if setting.archive is None:
        return made_up(setting.model, n, seed)
    files = list_reviews(find_root(setting.archive), "test")
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    return [file.read() for file in chance.sample(files, n)]


def made_up(model: Path, n: int, seed: int = 1) -> list[str]:
    """n made-up reviews, the same for the same seed."""
    return _made_up(model, max(n, _AT_ONCE), seed)[:n]


@lru_cache(maxsize=1)  # stages that are measured one after the other share them
def _made_up(model: Path, n: int, seed: int) -> list[str]:
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    words, weights = _words(model)
    return [_review(chance, words, weights) for _ in range(n)]


def write_archive(folder: Path, reviews: list[str]) -> Path:
    """An archive folder of the reviews, a quarter in each of train and test, neg and pos."""
    for name, _ in _FOLDERS:
        (folder / name).mkdir(parents=True)
    for number, review in enumerate(reviews):
        name, stars = _FOLDERS[number % len(_FOLDERS)]
        path = folder / name / f"{number // len(_FOLDERS)}_{stars}.txt"
        path.write_text(review, "utf-8")
    return folder


def list_files(setting: Setting, n: int) -> list[str]:
    """n review files, the archive's or made-up ones, in `write_archive`'s order of the folders.

    Where all labelled ones are not enough, unlabelled ones follow.
    """
    if setting.archive is None:
        root = _made_up_archive(setting.model, max(n, _AT_ONCE))
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
def _made_up_archive(model: Path, n: int) -> Path:
    """Written once for all stages, and removed when the program ends."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    return write_archive(Path(folder.name), made_up(model, n))


def link_archive(folder: Path, files: Sequence[str]) -> Path:
    """As `write_archive`, of links to review files."""
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


def _review(chance: random.Random, words: list[str], weights: list[float]) -> str:
    n_words = max(10, min(2_400, round(chance.lognormvariate(_MEAN_LOG_LENGTH, _DEVIATION))))
    drawn = [
        _changed(chance, word) for word in chance.choices(words, cum_weights=weights, k=n_words)
    ]
    pause = "<br /><br />" if chance.random() < _SHARE_OF_BREAKS else " "
    return "".join(_sentences(chance, drawn, pause))


def _changed(chance: random.Random, word: str) -> str:
    luck = chance.random()
    if luck < _SHARE_OF_SLIPS:
        place = chance.randrange(len(word))
        return word[:place] + chance.choice(_LETTERS) + word[place:]
    return word.capitalize() if luck < _SHARE_OF_SLIPS + _SHARE_OF_NAMES else word


def _sentences(chance: random.Random, words: list[str], pause: str) -> Iterator[str]:
    start, n_sentences = 0, 0
    while start < len(words):
        sentence = words[start : start + chance.randint(5, 35)]
        start += len(sentence)
        n_sentences += 1
        comma = len(sentence) // 2
        yield " ".join([sentence[0].capitalize(), *sentence[1:comma]])
        yield f", {' '.join(sentence[comma:])}" if comma else ""
        yield chance.choice(".....!?") + (pause if n_sentences % 5 == 0 else " ")
