"""Training jobs that really run, under AWS's own toolkit."""
