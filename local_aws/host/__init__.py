"""Processes, logs and S3 objects on this machine."""
