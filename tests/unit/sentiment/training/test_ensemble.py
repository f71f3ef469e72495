"""The mix of what several teachers say."""

import torch

from sentiment.training.ensemble import fit_mix, mix


def test_parts_are_weighed_one_by_one_and_the_middle_is_set() -> None:
    """A part that says nothing is not heard, and a lean of all to one side is taken back."""
    generator = torch.Generator().manual_seed(1)
    labels = (torch.arange(4_000) % 2).float()
    telling = (2 * labels - 1) * 2 + 2 * torch.randn(4_000, generator=generator) + 3
    silent = 4 * torch.randn(4_000, generator=generator)
    parts = torch.stack([telling, silent], dim=1)
    weights = fit_mix(parts, labels)
    of_telling, of_silent, added = weights.tolist()
    assert abs(of_silent) < 0.05 * of_telling
    assert abs(added + 3 * of_telling) < 0.2
    right = ((mix(parts, weights) > 0) == (labels > 0)).float().mean()
    assert right > ((parts.sum(1) > 0) == (labels > 0)).float().mean() + 0.1
