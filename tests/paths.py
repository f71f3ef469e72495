"""Where things are in a checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APP_FOLDER = ROOT / "chalice_app"
