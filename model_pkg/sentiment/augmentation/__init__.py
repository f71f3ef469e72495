"""Training examples beside whole reviews: excerpts and synthetic sentences."""
