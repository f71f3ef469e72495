"""The web app without its framework: the handlers of app.py's routes."""

__version__ = "1.0.0"
