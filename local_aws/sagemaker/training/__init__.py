"""Training jobs, which run real programs under AWS's own toolkit."""
