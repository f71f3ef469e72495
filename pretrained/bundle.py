"""Put a trained model under pretrained/, with today's code, and score the fixed 2,000 reviews.

    python pretrained/bundle.py MODEL.tar.gz EVALUATION.json [--archive work/aclImdb]
    python pretrained/bundle.py --renew-code

EVALUATION.json is what `python -m sagemaker_jobs evaluate --json` printed for that model. Weights,
vocabulary and model.json are copied unchanged; only code/ is replaced, so that the bundle serves
with the code beside it in the repository. `--renew-code` does that to the bundle as it is.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "model_pkg"))

from sentiment.artifact.artifact import DESCRIPTION_FILE, copy_code  # noqa: E402
from sentiment.data.archive import find_root, list_reviews  # noqa: E402 - needs the path above
from sentiment.serving.predictor import Predictor, Verdict  # noqa: E402

BUNDLE = ROOT / "pretrained" / "model.tar.gz"
_KEPT = (DESCRIPTION_FILE, "model.safetensors", "vocabulary.txt")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("model", type=Path, nargs="?", help="the model.tar.gz of a training")
    parser.add_argument("evaluation", type=Path, nargs="?", help="its figures on the test split")
    parser.add_argument("--archive", type=Path, default=ROOT / "work" / "aclImdb")
    parser.add_argument("--renew-code", action="store_true", help="of the bundle as it is")
    options = parser.parse_args()
    if options.renew_code:
        _bundle(BUNDLE)
        return 0
    if options.model is None or options.evaluation is None:
        parser.error("MODEL and EVALUATION are needed, or --renew-code")
    predictor = _bundle(options.model)
    evaluation = json.loads(options.evaluation.read_text())
    evaluation.pop("scores", None)  # a path on the evaluating machine
    metrics = {
        "model_version": predictor.artifact.version,
        "validation": predictor.artifact.description["training"]["validation"],
        "test": evaluation,
        "test_2000": {"accuracy": _score_fixed_reviews(predictor, options.archive)},
    }
    (ROOT / "pretrained" / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    print(json.dumps(metrics))
    return 0


def _bundle(model: Path) -> Predictor:
    """The model as it serves, once it stands with today's code where the bundle stands."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with tarfile.open(model) as archive:
            for name in _KEPT:
                archive.extract(name, folder, filter="data")
        predictor = Predictor.load(folder)
        copy_code(ROOT / "model_pkg", folder)
        _pack(folder, BUNDLE)
    return predictor


def _pack(folder: Path, destination: Path) -> None:
    """The same files give the same bytes.

    The weights come before the model's description, and the code last: then another calibration or
    new code leaves the megabytes before it as they were, and git keeps the difference alone.
    """

    def place(path: Path) -> tuple[bool, bool, Path]:
        return folder / "code" in path.parents, path.name == DESCRIPTION_FILE, path

    files = [path for path in folder.rglob("*") if path.is_file()]
    partial = destination.with_name(f"{destination.name}.partial")
    with (
        partial.open("wb") as raw,
        gzip.GzipFile("", "wb", 9, raw, mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w") as archive,
    ):
        for path in sorted(files, key=place):
            member = tarfile.TarInfo(path.relative_to(folder).as_posix())
            member.size = path.stat().st_size
            member.mode = 0o644
            with path.open("rb") as content:
                archive.addfile(member, content)
    partial.replace(destination)  # interrupted before, the bundle is still the old one


def _score_fixed_reviews(predictor: Predictor, archive: Path) -> float:
    """Accuracy on the 2,000 test reviews whose number leaves 0 or 1 when divided by 25."""
    files = [f for f in list_reviews(find_root(archive), "test") if f.identifier % 25 < 2]  # noqa: PLR2004
    verdicts = predictor.predict([file.read() for file in files])
    right = sum(
        isinstance(verdict, Verdict) and (verdict.score >= 0.5) == (file.label == 1)  # noqa: PLR2004
        for verdict, file in zip(verdicts, files, strict=True)
    )
    return right / len(files)


if __name__ == "__main__":
    sys.exit(main())
