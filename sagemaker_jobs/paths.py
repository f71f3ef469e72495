"""Folders of this repository."""

from __future__ import annotations

import sys
from pathlib import Path

ARCHIVE_FOLDER = Path("work/aclImdb")  # `download` extracts to it
MODEL_PACKAGE = Path(__file__).resolve().parents[1] / "model_pkg"


def put_model_package_on_path() -> None:
    """Put model_pkg on the import path, so that `import sentiment` works."""
    if str(MODEL_PACKAGE) not in sys.path:
        sys.path.insert(0, str(MODEL_PACKAGE))
