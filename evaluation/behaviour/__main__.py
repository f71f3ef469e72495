"""Run the behavioural suite on a model and print its pass rates.

python -m evaluation.behaviour [--model pretrained] [--json]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from evaluation.behaviour.bundled import BUNDLED, scorer_of
from evaluation.behaviour.report import as_json, as_table
from evaluation.behaviour.suite import judge, read_families
from sentiment.serving.predictor import Predictor


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the pass rates and failed cases as a table, or as JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m evaluation.behaviour", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--model",
        type=Path,
        default=BUNDLED,
        metavar="PATH",
        help="model.tar.gz or artifact folder to judge (default: the bundled model)",
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args(arguments)
    predictor = Predictor.load(options.model)
    results = [judge(family, scorer_of(predictor)) for family in read_families()]
    if options.json:
        content = {"model_version": predictor.artifact.version, **as_json(results)}
        print(json.dumps(content, indent=2, ensure_ascii=False))
    else:
        print(as_table(results))


if __name__ == "__main__":
    main()
