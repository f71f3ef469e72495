"""How much faster `prepare` makes the classic dataset than the plain implementation does.

    python -m benchmarks.prepare_classic [--archive work/aclImdb] [--sample 400] [--rounds 3]

In each round the plain implementation does a random sample and `prepare` all labelled reviews, one
after the other on the same machine; the ratio is of their rates. On the samples, both must give the
same words and the same ids. The target is for the plain way that asks NLTK for the stop words at
each word; the ratio to the one that keeps them in memory is shown beside it.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import plain
from sentiment.archive import find_root, list_reviews
from sentiment.encoding import Encoder
from sentiment.prepare import prepare
from sentiment.recipe import CLASSIC
from sentiment.text import classic_words
from sentiment.vocabulary import Vocabulary

TARGET = 40


def main() -> int:
    """0 when the median ratio reaches the target and all words and ids agree."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--archive", type=Path, default=Path("work/aclImdb"))
    parser.add_argument("--sample", type=int, default=400, help="reviews for the plain way")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    root = find_root(options.archive)
    files = list_reviews(root, "train") + list_reviews(root, "test")
    chance = random.Random(1)  # noqa: S311 - a sample, not a secret
    ratios, in_memory_ratios = [], []
    for number in range(1, options.rounds + 1):
        texts = [file.read() for file in chance.sample(files, options.sample)]
        started = time.perf_counter()
        plainly = [plain.words_of(text) for text in texts]
        plain_rate = len(texts) / (time.perf_counter() - started)
        started = time.perf_counter()
        in_memory = [plain.words_of_in_memory(text) for text in texts]
        in_memory_rate = len(texts) / (time.perf_counter() - started)
        assert in_memory == plainly
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            prepare(options.archive, Path(folder) / "dataset", CLASSIC, check_counts=False)
            rate = len(files) / (time.perf_counter() - started)
            vocabulary = Vocabulary.read(Path(folder) / "dataset" / "vocabulary.txt")
        _compare(texts, plainly, vocabulary)
        ratios.append(rate / plain_rate)
        in_memory_ratios.append(rate / in_memory_rate)
        print(
            f"round {number}: plain {plain_rate:,.0f} reviews/s, prepare {rate:,.0f} reviews/s "
            f"({len(files):,} in {len(files) / rate:.1f} s), ratio {ratios[-1]:.0f}; "
            f"plain with the stop words in memory {in_memory_rate:,.0f} reviews/s, "
            f"ratio {in_memory_ratios[-1]:.1f}",
            flush=True,
        )
    median = statistics.median(ratios)
    result = {
        "prepare_classic_ratio": round(median, 1),
        "target": TARGET,
        "ratio_to_plain_with_stop_words_in_memory": round(statistics.median(in_memory_ratios), 1),
    }
    print(json.dumps(result))
    return 0 if median >= TARGET else 1


def _compare(texts: list[str], plainly: list[list[str]], vocabulary: Vocabulary) -> None:
    """A wrong answer is not fast."""
    encoder = Encoder(CLASSIC, vocabulary)
    id_of = {word: i for i, word in enumerate(vocabulary.words, start=2)}
    for text, words in zip(texts, plainly, strict=True):
        assert classic_words(text) == words
        ids, length = plain.encode(words, id_of)
        assert encoder.encode(text).ids == ids[:length]


if __name__ == "__main__":
    sys.exit(main())
