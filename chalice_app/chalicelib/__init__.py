"""The web app without its framework: what app.py's routes call."""

__version__ = "1.0.0"
