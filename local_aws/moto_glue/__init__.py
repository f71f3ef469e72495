"""Passes requests to moto, and corrects where moto differs from AWS."""
