"""Folders of this repository."""

from __future__ import annotations

from pathlib import Path

ARCHIVE_FOLDER = Path("work/aclImdb")  # `download` extracts to it
MODEL_PACKAGE = Path(__file__).resolve().parents[1] / "model_pkg"
WEB_APP = Path(__file__).resolve().parents[1] / "chalice_app"
