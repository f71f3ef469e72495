"""Where this repository's other parts lie."""

from __future__ import annotations

import sys
from pathlib import Path

ARCHIVE_FOLDER = Path("work/aclImdb")  # what `download` extracts
MODEL_PACKAGE = Path(__file__).resolve().parents[1] / "model_pkg"


def put_model_package_on_path() -> None:
    """Make `import sentiment` work; it is one package under one name wherever it runs."""
    if str(MODEL_PACKAGE) not in sys.path:
        sys.path.insert(0, str(MODEL_PACKAGE))
