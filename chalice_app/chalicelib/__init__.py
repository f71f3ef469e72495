"""The web app without its framework: the handlers of app.py's routes."""
