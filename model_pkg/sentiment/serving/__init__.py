"""From requests to verdicts and explanations; needs no PyTorch."""
