"""Endpoints that really serve."""
