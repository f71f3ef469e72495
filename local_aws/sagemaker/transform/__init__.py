"""Batch transform jobs that really run."""
