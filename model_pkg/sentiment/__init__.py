"""From a raw review to a calibrated score: text, vocabulary, dataset, model, training, artifact.

Importing the package imports none of its modules, so that you pay only for what you use.
`Predictor` is loaded when you first name it:

    from sentiment import Predictor
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sentiment.version import __version__

__all__ = ["Predictor", "__version__"]


def __getattr__(name: str) -> Any:
    if name == "Predictor":
        return import_module("sentiment.serving.predictor").Predictor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
