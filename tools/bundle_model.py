"""Put a trained model into pretrained/, and score the fixed 2,000 reviews with it.

    python -m tools.bundle_model MODEL EVALUATION.json [--archive work/aclImdb]
    python -m tools.bundle_model --rewrite-description

MODEL is a model.tar.gz or an artifact folder. EVALUATION.json is what `python -m sagemaker_jobs
evaluate --json` printed for it. Weights, vocabulary and profile are copied as they are; model.json
is written in the current format, and the model's version stays. Code is not copied: the model is
packed with today's code where that is needed. `--rewrite-description` only brings the bundled
model's model.json up to the current format.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from sentiment.artifact.artifact import read_artifact, rewrite_description
from sentiment.artifact.description import VOCABULARY_FILE, WEIGHTS_FILE
from sentiment.artifact.packing import open_artifact
from sentiment.artifact.profile import PROFILE_FILE, read_profile, write_profile
from sentiment.data.archive import find_root, list_reviews
from sentiment.safe_files import write_atomically
from sentiment.serving.predictor import Predictor, Verdict

ROOT = Path(__file__).resolve().parents[1]
BUNDLE = ROOT / "pretrained"


def main() -> int:
    """Write the bundle and print its figures; return 0."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.bundle_model", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "model", type=Path, nargs="?", help="model.tar.gz or artifact folder to bundle"
    )
    parser.add_argument(
        "evaluation",
        type=Path,
        nargs="?",
        help="JSON file of its figures, as `evaluate --json` printed them",
    )
    parser.add_argument(
        "--archive",
        metavar="FOLDER",
        type=Path,
        default=ROOT / "work" / "aclImdb",
        help="folder that `download` extracted (default: work/aclImdb)",
    )
    parser.add_argument(
        "--rewrite-description",
        action="store_true",
        help="only write the description of the bundled model again",
    )
    options = parser.parse_args()
    if options.rewrite_description:
        bundle_model(BUNDLE, BUNDLE)
        return 0
    if options.model is None or options.evaluation is None:
        parser.error("MODEL and EVALUATION are needed, or --rewrite-description")
    bundle_model(options.model, BUNDLE)
    predictor = Predictor.load(BUNDLE)
    evaluation = json.loads(options.evaluation.read_text())
    evaluation.pop("scores", None)  # a file on the machine that evaluated
    metrics = {
        "model_version": predictor.artifact.version,
        "validation": predictor.artifact.description["training"]["validation"],
        "test": evaluation,
        "test_2000": {"accuracy": _score_fixed_reviews(predictor, options.archive)},
    }
    (BUNDLE / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    print(json.dumps(metrics))
    return 0


def bundle_model(model: Path, folder: Path) -> None:
    """Write the model's weights, vocabulary and description, in the current format, to the folder.

    Raises:
        InvalidArtifact: `model` is not an artifact that this code reads.
    """
    artifact = read_artifact(model)
    with open_artifact(model) as source:
        contents = {name: (source / name).read_bytes() for name in (WEIGHTS_FILE, VOCABULARY_FILE)}
        profile = read_profile(source)
    for name, content in contents.items():
        if not (folder / name).is_file() or (folder / name).read_bytes() != content:
            write_atomically(content, folder / name)
    if profile is not None:
        write_profile(profile, folder)
    else:
        (folder / PROFILE_FILE).unlink(missing_ok=True)  # the previous model's
    rewrite_description(artifact, folder)


def _score_fixed_reviews(predictor: Predictor, archive: Path) -> float:
    """Return the accuracy on the test reviews whose number modulo 25 is 0 or 1: 2,000 of them."""
    files = [f for f in list_reviews(find_root(archive), "test") if f.identifier % 25 < 2]  # noqa: PLR2004
    verdicts = predictor.predict([file.read() for file in files])
    right = sum(
        isinstance(verdict, Verdict) and (verdict.score >= 0.5) == (file.label == 1)  # noqa: PLR2004
        for verdict, file in zip(verdicts, files, strict=True)
    )
    return right / len(files)


if __name__ == "__main__":
    sys.exit(main())
