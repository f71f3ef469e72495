"""The behavioural suite: cases by family, scored by a model."""
