"""The folder that SageMaker's containers call /opt/ml, and its place on this machine."""

from __future__ import annotations

from pathlib import Path

OPT_ML = "/opt/ml"


def relocate(text: str, base: Path) -> str:
    """Replace /opt/ml in `text` by `base`.

    >>> relocate("/opt/ml/model/code", Path("/scratch/opt/ml"))
    '/scratch/opt/ml/model/code'
    """
    return text.replace(OPT_ML, str(base))
