"""The web app without its framework: what app.py's routes call."""

__version__ = "2.0.0"  # sentiment's, which the Lambda does not hold; a test compares them
