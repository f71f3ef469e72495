"""Where this repository's other parts lie, and whether their packages are installed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from sagemaker_jobs.errors import InvalidSetting

ARCHIVE_FOLDER = Path("work/aclImdb")  # what `download` extracts
MODEL_PACKAGE = Path(__file__).resolve().parents[1] / "model_pkg"


def require_packages(*names: str) -> None:
    """Raise InvalidSetting unless Python can import every package named."""
    for name in names:
        if find_spec(name) is None:
            raise InvalidSetting(
                f"the Python package {name} is not installed", hint="run make install"
            )
