"""The report about a made model, through the command line or without it."""

import io
import json
import tempfile
from pathlib import Path

from sagemaker_jobs.cli import as_json
from sagemaker_jobs.steps.report import report as step_report
from sagemaker_jobs.terminal import Ui
from tests.support.pipeline import Answer
from tests.support.pipeline import call_step as step
from tests.support.reports.made_scores import write_made_model

# matplotlib looks through the fonts once and remembers them here
FONTS = {"MPLCONFIGDIR": str(Path(tempfile.gettempdir()) / "movie-sentiment-matplotlib")}


def report(folder: Path, *arguments: object) -> Answer:
    """What the step says about a made model in the folder."""
    model = folder / "model.tar.gz"
    if not model.exists():
        write_made_model(model)
    given = ("--model", model, "--output", folder / "out", *arguments)
    return step("report", *given, environment=FONTS)


def make_page(
    folder: Path, archive: Path, scores: Path | None = None
) -> tuple[dict[str, object], str]:
    """What comes of the step without its command line, about the same model, and what it says."""
    model, said = folder / "model.tar.gz", io.StringIO()
    if not model.exists():
        write_made_model(model)
    ui = Ui(said, io.StringIO())
    made = step_report(model, archive, folder / "out", scores=scores, ui=ui)
    return json.loads(as_json(made)), said.getvalue()
