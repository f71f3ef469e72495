"""From a dataset to trained, calibrated weights; `run` is the entry point."""
