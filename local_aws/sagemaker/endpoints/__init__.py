"""Endpoints, and the programs that serve their models."""
