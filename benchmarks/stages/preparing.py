"""Archive folder -> dataset folder: speed against plain cleaning, memory, and growth."""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from benchmarks.memory import peak_megabytes
from benchmarks.pairing import MS_PER_S, seconds, take_turns
from benchmarks.reviews import link_archive, list_files, write_archive
from benchmarks.stage import Growth, Measurement, Setting, Stage, require
from sentiment.data.archive import ReviewFile
from sentiment.recipe import CLASSIC, DEFAULT, Recipe

_LARGEST_MB = 600
_SIZES = (1_000, 3_000, 10_000, 30_000, 100_000)  # reviews
_QUICK_SIZES = (250, 1_000)
_LENGTHS = (30, 60, 125, 250, 500, 1_000, 2_000)  # words
_QUICK_LENGTHS = (60, 500)
_N_CUT = 200  # reviews of each length
_PROGRAM = """
import sys
import benchmarks
from pathlib import Path
from sentiment.data.prepare import prepare
from sentiment.recipe import CLASSIC
prepare(Path(sys.argv[1]), Path(sys.argv[2]), CLASSIC, check_counts=False)
"""


def measure_classic(setting: Setting) -> Measurement:
    """Measure `prepare` of all labelled reviews against the plain cleaning of a sample."""
    from benchmarks import plain

    with _labelled(setting) as (root, files), tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder) / "dataset"
        ours = partial(_ms_a_review, root, dataset, CLASSIC, len(files))
        ours()  # fill the file cache
        texts = [file.read() for file in files[:: max(1, len(files) // setting.size(4, 50))]]
        checked = _compare(texts, dataset)
        if setting.archive is not None:
            from benchmarks.proof import prove

            checked += f"; {prove(setting.archive)}"

        def plainly() -> float:
            taken = seconds(lambda: [plain.words_of(text) for text in texts])
            return taken / len(texts) * MS_PER_S

        times = take_turns(plainly, ours, setting.size(2, 3))
        in_memory = [
            seconds(lambda: [plain.words_of_in_memory(text) for text in texts])
            / len(texts)
            * MS_PER_S
            for _ in times[0]
        ]
    kept = statistics.median(in_memory)
    return Measurement(
        *times,
        note=f"plain on {len(texts)} reviews, ours on {len(files):,}; a plain one that keeps the "
        f"stop words in memory takes {kept:.2f} ms a review, "
        f"{kept / statistics.median(times[1]):.0f} times as long as ours",
        checked=checked,
        details={"plain_with_stop_words_in_memory_ms": in_memory},
    )


def measure_default(setting: Setting) -> Measurement:
    """Measure `prepare` with the default recipe against the classic one, on the same reviews."""
    with _labelled(setting) as (root, files), tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder) / "dataset"
        times = take_turns(
            partial(_ms_a_review, root, dataset, CLASSIC, len(files), n_workers=2),
            partial(_ms_a_review, root, dataset, DEFAULT, len(files), n_workers=2),
            setting.size(2, 3),
        )
        _prepare(root, dataset, DEFAULT)
        texts = [file.read() for file in files[:: max(1, len(files) // 200)]]
        _find_in(dataset, DEFAULT, texts)
    return Measurement(
        *times,
        note=f"{len(files):,} reviews; 'plain' is our classic recipe",
        checked=f"ids of {len(texts)} reviews equal those of serving",
    )


def measure_memory(setting: Setting) -> Measurement:
    """Measure the peak memory of all processes of a `prepare`."""
    with _labelled(setting) as (root, files), tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder) / "dataset"
        command = [sys.executable, "-c", _PROGRAM, str(root), str(dataset)]
        peaks = [peak_megabytes(command) for _ in range(setting.size(1, 2))]
        _find_in(dataset, CLASSIC, [file.read() for file in files[::1_000]])
    return Measurement(
        [],
        peaks,
        note=f"{len(files):,} reviews; resident pages of all processes, shared ones in each",
        checked="the dataset holds the reviews",
    )


def measure_growth(setting: Setting) -> Measurement:
    """Measure the time a review among many reviews against that among few, in one process."""
    sizes = _QUICK_SIZES if setting.quick else _SIZES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = list_files(setting, max(sizes))
        roots = [link_archive(folder / f"{size}", files[:size]) for size in sizes]
        dataset = folder / "dataset"
        taken = [
            [
                _ms_a_review(root, dataset, CLASSIC, size, n_workers=1)
                for root, size in zip(roots, sizes, strict=True)
            ]
            for _ in range(setting.size(1, 2))
        ]
        _find_in(dataset, CLASSIC, [Path(file).read_text("utf-8") for file in files[::1_000]])
        by_words = _growth_by_words(setting, folder, files)
    by_reviews = Growth(
        "reviews",
        "prepare, classic recipe, one process",
        "reviews",
        "seconds",
        sizes,
        [
            [ms * size / MS_PER_S for ms, size in zip(of_round, sizes, strict=True)]
            for of_round in taken
        ],
    )
    return Measurement(
        [of_round[0] for of_round in taken],
        [of_round[-1] for of_round in taken],
        note=f"'plain' is {sizes[0]:,} reviews, 'ours' {sizes[-1]:,}; one process",
        checked="the dataset holds the reviews",
        growths=[by_reviews, by_words],
    )


def _growth_by_words(setting: Setting, folder: Path, files: Sequence[str]) -> Growth:
    """Measure the time a review by its length, with reviews cut from the files' words."""
    sizes = _QUICK_LENGTHS if setting.quick else _LENGTHS
    texts = [Path(file).read_text("utf-8") for file in files[:: len(files) // _N_CUT]]
    words = cycle(" ".join(texts).split())
    roots = [
        write_archive(
            folder / f"words-{size}", [" ".join(islice(words, size)) for _ in range(_N_CUT)]
        )
        for size in sizes
    ]
    dataset = folder / "dataset-of-words"
    values = [
        [_ms_a_review(root, dataset, CLASSIC, _N_CUT, n_workers=1) for root in roots]
        for _ in range(setting.size(1, 3))
    ]
    title = "prepare, classic recipe, one process"
    return Growth("words", title, "words a review", "ms a review", sizes, values)


def _prepare(root: Path, dataset: Path, recipe: Recipe, n_workers: int | None = None) -> None:
    from sentiment.data.prepare import prepare

    prepare(root, dataset, recipe, check_counts=False, n_workers=n_workers)


def _ms_a_review(
    root: Path, dataset: Path, recipe: Recipe, n_reviews: int, n_workers: int | None = None
) -> float:
    return seconds(lambda: _prepare(root, dataset, recipe, n_workers)) / n_reviews * MS_PER_S


@contextmanager
def _labelled(setting: Setting) -> Iterator[tuple[Path, list[ReviewFile]]]:
    """Yield the root of an archive of labelled reviews only, and those reviews."""
    from sentiment.data.archive import list_reviews

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = list_files(setting, setting.size(1_000, 50_000))
        root = link_archive(folder / "labelled", files)
        yield root, list_reviews(root, "train") + list_reviews(root, "test")


def _compare(texts: Sequence[str], dataset: Path) -> str:
    """Compare the words and ids of both implementations, and find them in the dataset."""
    from benchmarks import plain
    from sentiment.text.vocabulary import Vocabulary
    from sentiment.text.words import classic_words

    vocabulary = Vocabulary.read(dataset / "vocabulary.txt")
    id_of = {word: i for i, word in enumerate(vocabulary.words, start=2)}
    rows = _find_in(dataset, CLASSIC, texts)
    for text, row in zip(texts, rows, strict=True):
        words = plain.words_of(text)
        require(equal=classic_words(text) == words, what="the words of a review differ")
        ids, length = plain.encode(words, id_of)
        require(equal=row == ids[:length], what="the ids of a review differ")
    return f"words and ids of {len(texts)} reviews"


def _find_in(dataset: Path, recipe: Recipe, texts: Sequence[str]) -> list[list[int]]:
    """Return the texts' ids as serving makes them; each must be a review of the dataset."""
    from sentiment.data.dataset import EncodedSplit
    from sentiment.text.encoder import Encoder
    from sentiment.text.vocabulary import Vocabulary

    prepared = set()
    for name in ("train", "test"):
        split = EncodedSplit.read(dataset / f"{name}.safetensors")
        prepared |= {tuple(split.review(i).tolist()) for i in range(len(split))}
    encoder = Encoder(recipe, Vocabulary.read(dataset / "vocabulary.txt"))
    found = [encoder.encode(text).ids for text in texts]
    require(equal=all(tuple(ids) in prepared for ids in found), what="a review was not prepared")
    return found


_WHY_SLOWER = (
    "it keeps 265 words a review where the classic one keeps 120, reads pieces with case and "
    "punctuation, which repeat four times less often, and looks up misspelt words; splitting and "
    "look-ups alone, the same in both, take a quarter of the classic recipe's time"
)

STAGES = (
    Stage("prepare, classic recipe", "times_faster", 200, "ms a review", measure_classic),
    Stage(
        "prepare, default recipe over classic",
        "times_faster",
        1,
        "ms a review",
        measure_default,
        _WHY_SLOWER,
    ),
    Stage("prepare, memory", "at_most", _LARGEST_MB, "MB", measure_memory),
    Stage("prepare, many reviews over few", "times_as_long", 1.25, "ms a review", measure_growth),
)
