"""From a raw review to a calibrated score: text, vocabulary, dataset, model, training, artifact.

Importing the package imports none of its modules: what a path does not need, it does not pay for.
"""

__version__ = "2.0.0"  # the project's: pyproject.toml reads it, a test holds chalicelib to it
