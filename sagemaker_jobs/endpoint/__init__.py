"""The endpoint: requests, revisions and its smoke test."""
