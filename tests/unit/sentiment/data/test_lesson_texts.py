"""Lessons -> ids."""

from pathlib import Path

from sentiment.data.lesson_texts import encode_lessons, read_lesson_texts
from sentiment.data.lessons import read_lessons
from sentiment.recipe import DEFAULT
from sentiment.text.encoder import Encoder
from sentiment.text.vocabulary import Vocabulary
from tests.support.paths import ROOT


def test_training_and_serving_read_a_lesson_alike() -> None:
    """Also one with hashtags, or with no word in it."""
    encoder = Encoder(DEFAULT, Vocabulary.read(ROOT / "pretrained/vocabulary.txt"))
    texts = encode_lessons(encoder, *read_lesson_texts(DEFAULT, Path(), {})).texts
    served = [encoder.encode(lesson.text).ids for lesson in read_lessons() if lesson.part != "test"]
    assert [texts.review(i).tolist() for i in range(len(texts))] == served
