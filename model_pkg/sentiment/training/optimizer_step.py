"""Optimizer steps with gradient clipping and, for float16, loss scaling."""

from __future__ import annotations

import torch
from torch import Tensor, nn

# float16 ends at 65,504. The largest gradients in our trainings, times this, are a 30th of that.
_SCALE = 2.0**13
_NEVER = 2**31 - 1


class ScaledOptimizer:
    """An optimizer that clips gradients and scales the loss for float16.

    In float16, small gradients would become zero. So the loss is multiplied by a scale before the
    backward pass (Micikevicius et al., "Mixed Precision Training", 2018). If a gradient overflows,
    the step is skipped and the scale is halved. A resumed run begins with the initial scale.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        network: nn.Module,
        gradient_clip: float,
        precision: torch.dtype,
        device: torch.device,
    ) -> None:
        """Wrap `optimizer` for the network; `gradient_clip` is the largest norm, 0 for any."""
        self._optimizer, self._network, self._gradient_clip = optimizer, network, gradient_clip
        self._scaler = torch.amp.GradScaler(
            device.type,
            init_scale=_SCALE,
            growth_interval=_NEVER,
            enabled=precision == torch.float16,
        )

    def zero_grad(self) -> None:
        """Forget the gradients of the step before."""
        self._optimizer.zero_grad()

    def backward(self, loss: Tensor) -> None:
        """Add the gradient of the scaled loss; `step` divides by the scale again."""
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]  # torch declares none

    def step(self) -> None:
        """Clip the gradients and change the weights; skip a step that float16 made infinite."""
        if self._gradient_clip:
            self._scaler.unscale_(self._optimizer)
            nn.utils.clip_grad_norm_(self._network.parameters(), self._gradient_clip)
        self._scaler.step(self._optimizer)
        self._scaler.update()
