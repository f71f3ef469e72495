"""Steps down a gradient that is computed in multiples, as in float16."""

import torch

from sentiment.training.optimizer_step import Descent

CPU = torch.device("cpu")


def _descend(precision: torch.dtype, factors: list[float]) -> tuple[torch.Tensor, torch.Tensor]:
    """The weights after a step with each loss, and before the last one."""
    torch.manual_seed(1)
    network = torch.nn.Linear(3, 1)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.1, fused=True)
    descent = Descent(optimizer, network, 1.0, precision, CPU)
    before = torch.zeros(0)
    for factor in factors:
        before = network.weight.detach().clone()
        descent.begin()
        descent.backward(network(torch.ones(1, 3)).square().sum() * factor)
        descent.step()
    return network.weight.detach(), before


def test_multiples_do_not_change_a_step() -> None:
    """Of a power of two; the gradient is clipped as itself."""
    alone, _ = _descend(torch.float32, [0.5, 3.0, 0.001])
    in_multiples, _ = _descend(torch.float16, [0.5, 3.0, 0.001])
    torch.testing.assert_close(in_multiples, alone, rtol=0, atol=1e-6)


def test_a_step_that_overflows_is_left_out() -> None:
    """And the next one is taken."""
    weights, before = _descend(torch.float16, [0.5, float("inf")])
    assert torch.equal(weights, before)
    weights, before = _descend(torch.float16, [0.5, float("inf"), 0.5])
    assert not torch.equal(weights, before)
    assert weights.isfinite().all()
