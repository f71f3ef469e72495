"""A share of the reviews, read by a program of its own."""

import json
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sentiment.data.parallel_reader import ReadBatch, TextReader
from sentiment.data.read_shard import main
from sentiment.recipe import find_recipe

REVIEWS = ["A superb film, 9/10!", "", "Dull.<br /><br />Don't see it 👎"]


def same(one: ReadBatch, other: ReadBatch) -> bool:
    arrays = ("counts", "positions", "lengths")
    return one.words == other.words and all(
        np.array_equal(getattr(one, name), getattr(other, name))
        and getattr(one, name).dtype == getattr(other, name).dtype
        for name in arrays
    )


@given(st.lists(st.text(), max_size=4))
def test_a_batch_survives_the_way_through_a_file(reviews: list[str]) -> None:
    """Every word, also none, and the kinds of the numbers."""
    batch = TextReader(find_recipe("default")).read(reviews)
    assert same(ReadBatch.from_bytes(batch.to_bytes()), batch)


def test_each_file_of_a_share_becomes_a_batch(tmp_path: Path) -> None:
    """Under its own name, as the reader here reads it."""
    given, wanted = tmp_path / "in", tmp_path / "out"
    given.mkdir()
    wanted.mkdir()
    (given / "000007").write_text(json.dumps(REVIEWS))
    main("classic", str(given), str(wanted))
    (file,) = wanted.iterdir()
    assert file.name == "000007"
    expected = TextReader(find_recipe("classic")).read(REVIEWS)
    assert same(ReadBatch.from_bytes(file.read_bytes()), expected)
