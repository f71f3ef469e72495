"""The model beside others that run on a CPU: `python -m benchmarks.peers`."""
