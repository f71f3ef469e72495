"""Optimizer steps with a scaled loss, as in float16."""

import torch

from sentiment.training.optimizer_step import ScaledOptimizer

CPU = torch.device("cpu")


def _descend(precision: torch.dtype, factors: list[float]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the weights after a step with each loss, and before the last one."""
    torch.manual_seed(1)
    network = torch.nn.Linear(3, 1)
    adam = torch.optim.Adam(network.parameters(), lr=0.1, fused=True)
    optimizer = ScaledOptimizer(adam, network, 1.0, precision, CPU)
    before = torch.zeros(0)
    for factor in factors:
        before = network.weight.detach().clone()
        optimizer.zero_grad()
        optimizer.backward(network(torch.ones(1, 3)).square().sum() * factor)
        optimizer.step()
    return network.weight.detach(), before


def test_the_scale_does_not_change_a_step() -> None:
    """The scale is a power of two, and the unscaled gradient is clipped."""
    unscaled, _ = _descend(torch.float32, [0.5, 3.0, 0.001])
    scaled, _ = _descend(torch.float16, [0.5, 3.0, 0.001])
    torch.testing.assert_close(scaled, unscaled, rtol=0, atol=1e-6)


def test_a_step_that_overflows_is_skipped() -> None:
    """The next step is taken again."""
    weights, before = _descend(torch.float16, [0.5, float("inf")])
    assert torch.equal(weights, before)
    weights, before = _descend(torch.float16, [0.5, float("inf"), 0.5])
    assert not torch.equal(weights, before)
    assert weights.isfinite().all()
