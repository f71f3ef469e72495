"""The project's version. pyproject.toml reads it here; chalicelib has a link to this file."""

__version__ = "2.0.0"
