"""Batch transform jobs, which send S3 objects through a model's serving program."""
