"""Tables of reviews, as people have them: CSV, TSV, JSON Lines and text."""
