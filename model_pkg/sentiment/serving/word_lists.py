"""Lists of words that lie beside this module."""

from functools import cache
from importlib.resources import files


@cache
def read_words(name: str) -> frozenset[str]:
    """Return the words of a list; lines that begin with # are comments."""
    lines = (files("sentiment.serving") / name).read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
