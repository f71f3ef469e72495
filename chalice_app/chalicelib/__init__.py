"""The web app without its framework: the handlers of app.py's routes."""

__version__ = "2.0.0"  # sentiment's, which the Lambda does not hold; a test compares them
