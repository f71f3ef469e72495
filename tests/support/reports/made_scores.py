"""Scores of reviews that do not exist, and the description of a model that does not either."""

import io
import json
import random
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from sagemaker_jobs.scores.score_file import ScoredReview, write_scores
from tests.support.pipeline import Answer, call_step

# matplotlib looks through the fonts once and remembers them here
_FONTS = {"MPLCONFIGDIR": str(Path(tempfile.gettempdir()) / "movie-sentiment-matplotlib")}
VERSION = "9.9.9-made"
DESCRIPTION: dict[str, Any] = {
    "format_version": 2,
    "model_version": VERSION,
    "temperature": 1.3,
    "unsure_below": 0.7,
    "training": {
        "settings": {"epochs": 2, "hidden_dim": 8},
        "history": [
            {"phase": "pretraining", "epoch": 1, "train_loss": 5.1, "validation_loss": 5.0},
            {
                "phase": "student",
                "epoch": 1,
                "train_loss": 0.4,
                "validation_loss": 0.3,
                "validation_accuracy": 0.9,
                "seconds": 12.5,
            },
            {
                "phase": "student",
                "epoch": 2,
                "train_loss": 0.2,
                "validation_loss": None,
                "validation_accuracy": 0.91,
            },
        ],
        "validation": {"phase": "student", "epoch": 2, "validation_accuracy": 0.91},
    },
}


def made_rows(n: int = 400, seed: int = 1) -> list[ScoredReview]:
    """Half of them positive; the surer the score, the oftener it is right; some unsure."""
    draw = random.Random(seed)  # noqa: S311 - reviews, not secrets
    rows = []
    for number in range(n):
        label = number % 2
        towards = min(max(draw.gauss(0.85, 0.2), 0.001), 0.999)  # the score of its own label
        score = round(towards if label else 1 - towards, 6)
        stars = draw.choice((7, 8, 9, 10) if label else (1, 2, 3, 4))
        verdict = "positive" if score >= 0.5 else "negative"
        name = f"test/{'pos' if label else 'neg'}/{number}_{stars}"
        said = verdict if max(score, 1 - score) >= 0.7 else "unsure"
        words = draw.randint(20, 900)
        rows.append(ScoredReview("test", name, label, stars, words, score, said, VERSION))
    return rows


def write_made_model(path: Path, description: dict[str, Any] | None = None) -> Path:
    """A model.tar.gz that holds its description and nothing else."""
    content = json.dumps(DESCRIPTION if description is None else description).encode()
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("model.json")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return path


def write_made_archive(root: Path, rows: list[ScoredReview], text: str) -> Path:
    """An extracted archive with `text` as each row's review."""
    for folder in ("train/pos", "train/neg", "test/pos", "test/neg"):
        (root / folder).mkdir(parents=True)
    for row in rows:
        (root / f"{row.id}.txt").write_text(text, "utf-8")
    return root


def write_made_scores(path: Path, rows: list[ScoredReview] | None = None) -> Path:
    write_scores(path, made_rows() if rows is None else rows)
    return path


def report_of_made_model(folder: Path, *arguments: object) -> Answer:
    """Return what `report` answers about a made model in the folder."""
    model = folder / "model.tar.gz"
    if not model.exists():
        write_made_model(model)
    given = ("--model", model, "--output", folder / "out", *arguments)
    return call_step("report", *given, environment=_FONTS)
