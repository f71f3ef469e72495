"""Proof on the archive's own texts that the fast preprocessing changes no word.

    python -m benchmarks.proof [--archive work/aclImdb] [--every N]

Each text is cleaned as the source report does it (BeautifulSoup for every text, NLTK's stemmer),
and split in one go by the default recipe's regular expression. `prepare` works piece by piece, and
must give the same words in both recipes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from nltk.stem.porter import PorterStemmer

from benchmarks import plain
from benchmarks.stage import require
from sentiment.data.archive import find_root, list_reviews, read_review
from sentiment.recipe import Tokenizer
from sentiment.text.words import default_words, read_pieces, split_pieces, stop_words

_BATCH = 500


def prove(archive: Path, every: int = 1) -> str:
    """Compare the words of every `every`th text of each split; return what was compared.

    Raises:
        WrongAnswer: a text's words differ.
    """
    root = find_root(archive)
    files = [
        file.location
        for split in ("train", "test", "unsup")
        for file in list_reviews(root, split)[::every]
    ]
    batches = [files[start : start + _BATCH] for start in range(0, len(files), _BATCH)]
    n_words = 0
    n_cores = len(os.sched_getaffinity(0))
    with multiprocessing.get_context("forkserver").Pool(n_cores) as pool:
        for n_of_batch in pool.imap_unordered(_compare, batches):
            n_words += n_of_batch
    return f"all {n_words:,} words of both recipes in {len(files):,} texts of the archive"


def _compare(files: Sequence[str]) -> int:
    stops = stop_words()
    n_words = 0
    for file in files:
        text = read_review(file)
        classic = [_nltk_stem(word) for word in plain.split(text) if word not in stops]
        expected: dict[Tokenizer, list[str]] = {"classic": classic, "default": default_words(text)}
        for tokenizer, words in expected.items():
            by_piece, _ = read_pieces(split_pieces(text, tokenizer), tokenizer)
            require(equal=by_piece == words, what=f"the {tokenizer} words of {file} differ")
            n_words += len(words)
    return n_words


@cache
def _nltk_stem(word: str) -> str:
    return str(PorterStemmer().stem(word))


def main(arguments: Sequence[str]) -> int:
    """Print what was compared; return 0 if no word differs."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.proof", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--archive",
        metavar="FOLDER",
        type=Path,
        default=Path("work/aclImdb"),
        help="folder that `download` extracted (default: %(default)s)",
    )
    parser.add_argument(
        "--every",
        metavar="N",
        type=int,
        default=1,
        help="compare every Nth text of each split (default: 1)",
    )
    options = parser.parse_args(arguments)
    print(f"equal: {prove(options.archive, options.every)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
