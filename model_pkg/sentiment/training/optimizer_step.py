"""A step down the gradient, in whichever arithmetic it was computed."""

from __future__ import annotations

import torch
from torch import Tensor, nn

# float16 ends at 65,504. The greatest gradients that were met, times this, are a thirtieth of that.
_SCALE = 2.0**13
_NEVER = 2**31 - 1


class Descent:
    """An optimizer, and what a gradient goes through before its step.

    In float16 gradients are computed as those of a loss many times as large, lest the small ones be
    zero (Micikevicius et al., "Mixed Precision Training", 2018). Where one is too large for that,
    the step is left out and the multiple is halved; a run that is resumed begins with the first.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        network: nn.Module,
        gradient_clip: float,
        precision: torch.dtype,
        device: torch.device,
    ) -> None:
        """gradient_clip: the greatest norm of a step's gradient; 0 for any."""
        self._optimizer, self._network, self._gradient_clip = optimizer, network, gradient_clip
        self._scaler = torch.amp.GradScaler(
            device.type,
            init_scale=_SCALE,
            growth_interval=_NEVER,
            enabled=precision == torch.float16,
        )

    def begin(self) -> None:
        self._optimizer.zero_grad()

    def backward(self, loss: Tensor) -> None:
        """Add the gradient of the loss; it is in multiples until the step is taken."""
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]  # torch declares none

    def step(self) -> None:
        if self._gradient_clip:
            self._scaler.unscale_(self._optimizer)
            nn.utils.clip_grad_norm_(self._network.parameters(), self._gradient_clip)
        self._scaler.step(self._optimizer)
        self._scaler.update()
