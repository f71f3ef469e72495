"""From the raw archive to a dataset folder, and which of its reviews validate."""
