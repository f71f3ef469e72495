"""Lessons -> ids, for `prepare`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.data.archive import read_review
from sentiment.data.dataset import EncodedLessons, EncodedSplit
from sentiment.data.lessons import Lesson, ReviewEdits, read_edits, read_lessons
from sentiment.data.parallel_reader import ReadBatch, TextReader
from sentiment.recipe import Recipe
from sentiment.text.encoder import Encoder, ids_of

_LABELS = {1.0: 1, 0.0: 0, 0.5: -1}  # of a lesson's target


@dataclass(frozen=True)
class LessonText:
    """A text to learn from or to choose by."""

    text: str
    label: int  # -1 for no verdict
    original: int  # position of an edited review's original in the train split; otherwise -1
    chooses: bool


def read_lesson_texts(
    recipe: Recipe, root: Path, originals: Mapping[str, int]
) -> tuple[list[LessonText], ReadBatch]:
    """Return the lessons to learn from and to choose by, and their words.

    `originals` holds the position in the train split of each review that edits may be applied to.
    """
    found: list[tuple[str, int, Lesson | ReviewEdits]] = []
    if recipe.learns_lessons:
        found += [(lesson.text, -1, lesson) for lesson in read_lessons()]
        found += [
            (edits.apply(read_review(str(root / edits.review))), position, edits)
            for edits in read_edits()
            if (position := originals.get(edits.review)) is not None
        ]
    texts = [
        LessonText(text, _LABELS[source.target], position, source.part == "choose")
        for text, position, source in found
        if source.part != "test"
    ]
    return texts, TextReader(recipe).read(text.text for text in texts)


def encode_lessons(
    encoder: Encoder, texts: Sequence[LessonText], words: ReadBatch
) -> EncodedLessons:
    """Return the lessons as ids: those of `encoder.encode`, with each word looked up once."""
    known = np.array(ids_of(words.words, encoder.vocabulary, encoder.recipe.tokenizer), np.int32)
    ids, lengths = known[words.positions], words.lengths.copy()
    starts = np.cumsum(lengths) - lengths
    parts: list[NDArray[np.int32]] = []
    n_done = 0
    for i, text in enumerate(texts):
        # Only the encoder splits hashtags, and drops marks without words
        if "#" in text.text or not any(map(str.isalnum, text.text)):
            parts += [ids[n_done : starts[i]], np.array(encoder.encode(text.text).ids, np.int32)]
            n_done = starts[i] + lengths[i]
            lengths[i] = len(parts[-1])
    return EncodedLessons(
        EncodedSplit(
            np.concatenate([*parts, ids[n_done:]]),
            np.concatenate([[0], np.cumsum(lengths)]),
            np.array([text.label for text in texts], np.int8),
        ),
        np.array([text.original for text in texts], np.int32),
        np.array([text.chooses for text in texts], np.bool_),
    )
