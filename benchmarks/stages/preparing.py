"""Archive folder -> dataset folder, against the plain cleaning of the classic recipe."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.pairing import seconds, take_turns
from benchmarks.reviews import made_up, write_archive
from benchmarks.stage import Measurement, Setting, Stage, require
from sentiment.archive import ReviewFile

_MS = 1e3


def measure_classic(setting: Setting) -> Measurement:
    """`prepare` of all labelled reviews against the plain cleaning of a sample of them."""
    from benchmarks import plain
    from sentiment.prepare import prepare
    from sentiment.recipe import CLASSIC

    with _archive(setting) as (root, files), tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder) / "dataset"
        prepare(root, dataset, CLASSIC, check_counts=False)
        texts = [file.read() for file in files[:: max(1, len(files) // setting.size(40, 200))]]
        _compare(texts, dataset)

        def plainly() -> float:
            taken = seconds(lambda: [plain.words_of(text) for text in texts])
            return taken / len(texts) * _MS

        def ours() -> float:
            taken = seconds(lambda: prepare(root, dataset, CLASSIC, check_counts=False))
            return taken / len(files) * _MS

        times = take_turns(plainly, ours, setting.size(3, 5))
        in_memory = [
            seconds(lambda: [plain.words_of_in_memory(text) for text in texts]) / len(texts) * _MS
            for _ in times[0]
        ]
    return Measurement(
        *times,
        note=f"plain on {len(texts)} reviews, ours on {len(files):,}; a plain way that keeps the "
        f"stop words in memory takes {statistics.median(in_memory):.2f} ms a review",
        checked=f"words and ids of {len(texts)} reviews",
        details={"plain_with_stop_words_in_memory_ms": in_memory},
    )


@contextmanager
def _archive(setting: Setting) -> Iterator[tuple[Path, list[ReviewFile]]]:
    """The archive's root and its labelled reviews."""
    from sentiment.archive import find_root, list_reviews

    with tempfile.TemporaryDirectory() as folder:
        if setting.archive is None or setting.quick:
            texts = made_up(setting.model, setting.size(2_000, 50_000))
            root = write_archive(Path(folder) / "archive", texts)
        else:
            root = find_root(setting.archive)
        yield root, list_reviews(root, "train") + list_reviews(root, "test")


def _compare(texts: Sequence[str], dataset: Path) -> None:
    from benchmarks import plain
    from sentiment.encoding import Encoder
    from sentiment.recipe import CLASSIC
    from sentiment.text import classic_words
    from sentiment.vocabulary import Vocabulary

    vocabulary = Vocabulary.read(dataset / "vocabulary.txt")
    encoder = Encoder(CLASSIC, vocabulary)
    id_of = {word: i for i, word in enumerate(vocabulary.words, start=2)}
    for text in texts:
        words = plain.words_of(text)
        require(equal=classic_words(text) == words, what="the words of a review differ")
        ids, length = plain.encode(words, id_of)
        require(equal=encoder.encode(text).ids == ids[:length], what="the ids of a review differ")


STAGES = (Stage("prepare, classic recipe", "times_faster", 200, "ms a review", measure_classic),)
