"""Every stage of the pipeline against a plain implementation, in one table.

    python -m benchmarks [--quick] [--only WORDS] [--save NAME]      (or `make bench`)

Full sizes read the extracted IMDB archive. Without one, and with --quick, reviews are synthetic.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks import machine, stages
from benchmarks.plot import write_growth, write_plot
from benchmarks.stage import Result, Setting, Stage
from benchmarks.table import as_json, write_table

_ARCHIVE = Path("work/aclImdb")
_MODEL = Path("pretrained")
_RESULTS = Path("benchmarks/results")
# Retries of a quick stage that misses its target twofold: the machine may have been busy.
_REPEATS = 2


def main(arguments: Sequence[str]) -> int:
    """Print the table and write the files; return 1 if a target is missed, with --quick twofold."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=(__doc__ or "").split("\n", maxsplit=1)[0]
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, under a minute in all")
    parser.add_argument("--only", metavar="WORDS", help="only stages whose name contains this text")
    parser.add_argument(
        "--archive",
        metavar="FOLDER",
        type=Path,
        help=f"folder that `download` extracted (default: {_ARCHIVE})",
    )
    parser.add_argument(
        "--model",
        metavar="PATH",
        type=Path,
        default=_MODEL,
        help="model.tar.gz or artifact folder to serve (default: %(default)s)",
    )
    parser.add_argument(
        "--save",
        metavar="NAME",
        help=f"base name of the files in {_RESULTS} (default: quick or full)",
    )
    options = parser.parse_args(arguments)
    if options.save and Path(options.save).name != options.save:  # never overwrite other files
        parser.error(f"--save takes a name, not a path: {options.save}")
    archive = options.archive or (_ARCHIVE if _ARCHIVE.is_dir() else None)
    setting = Setting(options.quick, None if options.quick else archive, options.model)
    chosen = [stage for stage in stages.ALL if not options.only or options.only in stage.name]
    if options.quick:
        chosen = [stage for stage in chosen if stage.in_quick]
    if not chosen:
        names = "; ".join(stage.name for stage in stages.ALL)
        print(f"error: no stage has that name; try: one of {names}", file=sys.stderr)
        return 1
    started = time.monotonic()
    results = []
    for number, stage in enumerate(chosen, start=1):
        result = _measure(stage, setting, f"{number}/{len(chosen)}")
        for _ in range(_REPEATS if setting.quick else 0):
            if result.is_within_twice:
                break
            stage.forget()
            result = _measure(stage, setting, "again:")
        results.append(result)
    print(write_table(results))
    _write(results, options.save or ("quick" if options.quick else "full"), setting)
    print(f"{len(results)} stages in {time.monotonic() - started:.0f} s", file=sys.stderr)
    if setting.quick:
        return 0 if all(result.is_within_twice for result in results) else 1
    return 0 if all(result.is_met for result in results) else 1


def _measure(stage: Stage, setting: Setting, lead: str) -> Result:
    print(f"{lead} {stage.name} ...", end="", file=sys.stderr, flush=True)
    started = time.monotonic()
    result = Result(stage, stage.measure(setting))
    print(f" {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return result


def _write(results: Sequence[Result], name: str, setting: Setting) -> None:
    _RESULTS.mkdir(parents=True, exist_ok=True)
    content = {
        "quick": setting.quick,
        "reviews": "synthetic" if setting.archive is None else "the IMDB archive's",
        "machine": asdict(machine.describe()),
        "limits": None if setting.quick else asdict(machine.measure_limits()),
        "stages": as_json(results),
    }
    path = _RESULTS / f"{name}.json"
    path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    plots = [_RESULTS / f"{name}.svg"]
    write_plot(results, plots[0])
    for growth in (growth for result in results for growth in result.measurement.growths):
        plots.append(_RESULTS / f"{name}.{growth.name}.svg")
        write_growth(growth, plots[-1])
    print(f"written: {', '.join(map(str, [path, *plots]))}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
