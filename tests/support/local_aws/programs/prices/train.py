"""A foreign project's training script: fits a line through areas and prices, in script mode."""

from __future__ import annotations

import argparse
import csv
import json
import os
from pathlib import Path
from statistics import linear_regression

parser = argparse.ArgumentParser()
parser.add_argument("--rounding", type=int, default=3)
options, _ = parser.parse_known_args()

rows = [
    [float(field) for field in row]
    for path in sorted(Path(os.environ["SM_CHANNEL_TRAINING"]).glob("*.csv"))
    for row in csv.reader(path.read_text().splitlines())
]
slope, intercept = linear_regression([row[0] for row in rows], [row[1] for row in rows])
model = {"base": round(intercept, options.rounding), "each": round(slope, options.rounding)}
Path(os.environ["SM_MODEL_DIR"], "line.json").write_text(json.dumps(model))
print(f"rows={len(rows)} model={model}")
