"""Where things are in a checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APP_FOLDER = ROOT / "chalice_app"
MODEL_PACKAGE = ROOT / "model_pkg"
