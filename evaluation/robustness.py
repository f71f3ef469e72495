"""Judge a model by the lessons' test part: short opinions by family, and edited reviews.

    python -m evaluation.robustness [--model pretrained] [--archive work/aclImdb] [--part test]

Nothing was learned from these texts or chosen by them; with `--part choose` the other held-out part
is judged, by which models are chosen and calibrated. Edited reviews need the IMDB archive: a review
is only right in both versions if the model follows the few words that turn it round.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sagemaker_jobs.scores.metrics import calibration_error
from sentiment.data.archive import find_root, read_review
from sentiment.data.lessons import FAMILIES, Lesson, Part, read_edits, read_lessons
from sentiment.errors import SentimentError
from sentiment.serving.predictor import Predictor, Verdict

_ROOT = Path(__file__).resolve().parents[1]
_EVEN = 0.5


@dataclass(frozen=True)
class FamilyFigures:
    """Figures of one family; shares in [0, 1]."""

    n_texts: int  # that have a verdict
    accuracy: float  # by the score's side of 0.5
    firm: float  # share of the texts with a firm verdict
    firm_right: float  # share of the firm verdicts that are right
    confidence: float  # mean
    calibration_error: float


def judge_lessons(predictor: Predictor, part: Part) -> dict[str, FamilyFigures]:
    """Return the figures of each family, and of all together; texts without a verdict apart."""
    lessons = [lesson for lesson in read_lessons() if lesson.part == part]
    verdicts = [
        *zip(lessons, _predict(predictor, [lesson.text for lesson in lessons]), strict=True)
    ]
    decided = [(lesson, verdict) for lesson, verdict in verdicts if lesson.target != _EVEN]
    figures = {
        family: measure([pair for pair in decided if pair[0].family == family])
        for family in FAMILIES
        if any(lesson.family == family for lesson, _ in decided)
    }
    return {**figures, "all": measure(decided)}


def share_without_verdict(predictor: Predictor, part: Part) -> tuple[int, float]:
    """Return how many texts give no opinion, and the share of them without a firm verdict."""
    texts = [
        lesson.text for lesson in read_lessons() if lesson.part == part and lesson.target == _EVEN
    ]
    verdicts = _predict(predictor, texts)
    return len(texts), _mean(
        [verdict.sentiment in ("unsure", "not_a_review") for verdict in verdicts]
    )


def judge_edits(predictor: Predictor, archive: Path, part: Part) -> dict[str, float]:
    """Return the accuracy on edited reviews, on their originals, and on both versions at once.

    Raises:
        InvalidDataset: `archive` is not the extracted IMDB archive.
    """
    root = find_root(archive)
    edits = [edits for edits in read_edits() if edits.part == part]
    originals = [read_review(str(root / found.review)) for found in edits]
    edited = [found.apply(text) for found, text in zip(edits, originals, strict=True)]
    of_edited, of_originals = (
        [verdict.score for verdict in _predict(predictor, texts)] for texts in (edited, originals)
    )
    right = [
        (score > _EVEN) == (e.target > _EVEN) for e, score in zip(edits, of_edited, strict=True)
    ]
    before = [
        (score > _EVEN) != (e.target > _EVEN) for e, score in zip(edits, of_originals, strict=True)
    ]
    both = [first and second for first, second in zip(right, before, strict=True)]
    return {
        "n_reviews": len(edits),
        "edited": _mean(right),
        "originals": _mean(before),
        "both": _mean(both),
    }


def measure(verdicts: Sequence[tuple[Lesson, Verdict]]) -> FamilyFigures:
    """Return the figures of texts with a verdict; there must be some."""
    is_positive = [int(lesson.target > _EVEN) for lesson, _ in verdicts]
    scores = [verdict.score for _, verdict in verdicts]
    right = [(score > _EVEN) == bool(y) for y, score in zip(is_positive, scores, strict=True)]
    is_firm = [verdict.sentiment in ("positive", "negative") for _, verdict in verdicts]
    of_firm = [is_right for is_right, firm in zip(right, is_firm, strict=True) if firm]
    return FamilyFigures(
        len(verdicts),
        _mean(right),
        _mean(is_firm),
        _mean(of_firm),
        _mean([verdict.confidence for _, verdict in verdicts]),
        calibration_error(is_positive, scores),
    )


def as_table(figures: dict[str, FamilyFigures]) -> str:
    """Return the families' figures as a Markdown table, as the model card has it."""
    lines = ["| family | texts | right | firm verdicts | right of them |", "|---|---|---|---|---|"]
    lines += [
        f"| {family} | {found.n_texts:,} | {found.accuracy:.1%} | {found.firm:.1%} | "
        f"{found.firm_right:.1%} |"
        for family, found in figures.items()
    ]
    return "\n".join(lines)


def _predict(predictor: Predictor, texts: Sequence[str]) -> list[Verdict]:
    verdicts = predictor.predict(texts)
    for text, verdict in zip(texts, verdicts, strict=True):
        if not isinstance(verdict, Verdict):
            raise TypeError(f"no verdict on {text!r}: {verdict}")
    return [verdict for verdict in verdicts if isinstance(verdict, Verdict)]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, or everything as JSON; return 1 if the model or archive is unreadable."""
    parser = argparse.ArgumentParser(
        prog="python -m evaluation.robustness", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--model",
        metavar="PATH",
        type=Path,
        default=_ROOT / "pretrained",
        help="model.tar.gz or artifact folder to judge (default: the bundled model)",
    )
    parser.add_argument(
        "--archive",
        metavar="FOLDER",
        type=Path,
        help="folder that `download` extracted (default: none; leave out the edited reviews)",
    )
    parser.add_argument(
        "--part",
        choices=("test", "choose"),
        default="test",
        help="lessons to judge by: `choose` to compare models, `test` once at the end "
        "(default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args(arguments)
    try:
        predictor = Predictor.load(options.model)
        figures = judge_lessons(predictor, options.part)
        n_without, share = share_without_verdict(predictor, options.part)
        edits: dict[str, Any] | None = None
        if options.archive is not None:
            edits = judge_edits(predictor, options.archive, options.part)
    except SentimentError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if options.json:
        families = {family: asdict(found) for family, found in figures.items()}
        without = {"n_texts": n_without, "unsure": share}
        content = {"model_version": predictor.artifact.version, "part": options.part}
        print(json.dumps({**content, "families": families, "none": without, "edits": edits}))
        return 0
    every = figures["all"]
    print(as_table(figures))
    print(f"\nno opinion: {share:.1%} of {n_without:,} texts get no firm verdict")
    print(
        f"mean confidence {every.confidence:.3f}, calibration error {every.calibration_error:.4f}"
    )
    if edits:
        print(
            f"edited reviews: {edits['edited']:.1%} of {edits['n_reviews']} right, "
            f"{edits['originals']:.1%} of their originals, {edits['both']:.1%} both"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
