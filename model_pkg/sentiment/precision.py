"""In which arithmetic the LSTMs learn."""

from __future__ import annotations

import torch

from sentiment.hyperparameters import Precision


def is_half(precision: Precision, device: torch.device) -> bool:
    """Whether the LSTMs compute in bfloat16.

    'auto' does where the device has instructions for it, which makes an epoch twice as fast or
    more and moves its loss by less than another order of the reviews would. Elsewhere bfloat16 is
    emulated, and slower than float32.
    """
    if precision != "auto":
        return precision == "bfloat16"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if not hasattr(torch.cpu, "get_capabilities"):  # an older torch cannot tell
        return False
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name) for name in ("avx512_bf16", "amx_bf16"))
