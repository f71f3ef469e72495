"""The behavioural suite: cases by family, judged by a model."""
