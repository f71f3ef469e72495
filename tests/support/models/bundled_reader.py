"""The bundled vocabulary with the check of what is a review."""

from functools import cache

from sentiment.recipe import DEFAULT
from sentiment.serving.not_a_review import ReviewCheck
from sentiment.text.encoder import Encoder
from sentiment.text.vocabulary import Vocabulary
from tests.support.paths import ROOT


class Reader:
    """An encoder and the check that belongs to it."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.check = ReviewCheck(encoder)

    def reason(self, text: str) -> str | None:
        ids = self.encoder.encode(text).ids
        return self.check.reason(text, ids)


@cache
def bundled_reader() -> Reader:
    """The default recipe with the 30,000 words of the bundled model."""
    return Reader(Encoder(DEFAULT, Vocabulary.read(ROOT / "pretrained" / "vocabulary.txt")))
