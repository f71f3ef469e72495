"""The IMDB archive: downloading, extracting and listing its reviews."""
