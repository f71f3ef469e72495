"""The unit of the prices: a second file beside the scripts."""

UNIT = "thousand"
