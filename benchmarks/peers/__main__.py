"""Compare the model with others that run on a CPU: speed, accuracy, memory, size and start.

    pip install -r requirements-peers.txt
    python -m benchmarks.peers [--archive work/aclImdb] [--save peers]

Every peer runs in a process of its own, one after the other, on the same reviews: 200 test reviews
one by one, and 2,000 at once. All are scored on the IMDB test split and on the lessons' test part.
The figure of our model on the test split is that of `pretrained/metrics.json`. For a network of
DistilBERT's size the published accuracy stands, since its weights here are random.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import machine
from benchmarks.peers.models import OURS, PEERS, ROOT, Scorer, prepare_peers, read_reviews, size_mb

_RESULTS = Path("benchmarks/results")
_N_SINGLE, _N_BULK = 200, 2_000
_DISTILBERT_ACCURACY = 0.928  # Sanh et al., 2019, table 2


@dataclass(frozen=True)
class Measured:
    """One peer's figures."""

    name: str
    one_review_ms: float
    bulk_review_ms: float
    imdb_accuracy: float
    lessons_accuracy: float | None
    memory_mb: float
    size_mb: float
    start_s: float


def measure(name: str, folder: Path, archive: Path) -> Measured:
    """Measure one peer in this process."""
    from sentiment.data.lessons import read_lessons

    started = time.perf_counter()
    score = PEERS[name](folder)
    score(["A wonderful film."])
    start_s = time.perf_counter() - started
    texts, _ = read_reviews(archive, "test", _N_BULK)
    singles = [_seconds(lambda text=text: score([text])) for text in texts[:_N_SINGLE]]  # type: ignore[misc]
    bulk_s = _seconds(lambda: score(texts))
    memory_mb = _peak_memory_mb()
    lessons_accuracy: float | None = None
    if name.startswith("DistilBERT"):
        imdb_accuracy = _DISTILBERT_ACCURACY
    else:
        lessons = [x for x in read_lessons() if x.part == "test" and x.target != 0.5]
        lessons_accuracy = _accuracy(score([x.text for x in lessons]), [x.target for x in lessons])
        imdb_accuracy = _imdb_accuracy(name, score, archive)
    return Measured(
        name,
        1000 * statistics.median(singles),
        1000 * bulk_s / len(texts),
        imdb_accuracy,
        lessons_accuracy,
        memory_mb,
        size_mb(name, folder),
        start_s,
    )


def _imdb_accuracy(name: str, score: Scorer, archive: Path) -> float:
    if name == OURS:  # scored once, when it was released
        metrics = json.loads((ROOT / "pretrained" / "metrics.json").read_text())
        return float(metrics["test"]["accuracy"])
    texts, labels = read_reviews(archive, "test")
    return _accuracy(score(texts), labels)


def _peak_memory_mb() -> float:
    """Return the most memory that this program has held; not its parent's, as getrusage has it."""
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(kilobytes) / 1024


def _seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _accuracy(scores: Sequence[float], labels: Sequence[float]) -> float:
    pairs = zip(scores, labels, strict=True)
    return sum((score > 0) == (label > 0.5) for score, label in pairs) / len(labels)


def write_plot(results: Sequence[Measured], path: Path) -> None:
    """Write an SVG of accuracy against the time of one review."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "benchmarks"
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for result in results:
        is_ours = result.name == OURS
        axes.plot(
            result.one_review_ms, result.imdb_accuracy, "o", color="#1b7f5c" if is_ours else "#555"
        )
        axes.annotate(
            result.name,
            (result.one_review_ms, result.imdb_accuracy),
            xytext=(6, -12),
            textcoords="offset points",
        )
    axes.set_xscale("log")
    axes.set_xlabel("milliseconds for one review (less is better)")
    axes.set_ylabel("accuracy on the 25,000 IMDB test reviews")
    axes.grid(which="both", alpha=0.25)
    axes.margins(x=0.25, y=0.15)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def as_table(results: Sequence[Measured]) -> str:
    """Return the figures as a Markdown table."""
    names = ("model", "one review", "bulk, a review", "IMDB test", "lessons", "memory", "size")
    rows: list[Sequence[str]] = [(*names, "start"), ["---"] * (len(names) + 1)]
    rows += [
        (
            r.name,
            f"{r.one_review_ms:.2f} ms",
            f"{r.bulk_review_ms:.2f} ms",
            f"{r.imdb_accuracy:.4f}",
            "-" if r.lessons_accuracy is None else f"{r.lessons_accuracy:.3f}",
            f"{r.memory_mb:.0f} MB",
            f"{r.size_mb:.1f} MB",
            f"{r.start_s:.2f} s",
        )
        for r in results
    ]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Measure all peers, print the table, and write it with its plot to benchmarks/results."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--archive",
        metavar="FOLDER",
        type=Path,
        default=Path("work/aclImdb"),
        help="folder that `download` extracted (default: %(default)s)",
    )
    parser.add_argument(
        "--save",
        metavar="NAME",
        default="peers",
        help="base name of the files to write (default: %(default)s)",
    )
    parser.add_argument("--measure", choices=PEERS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.measure:
        print(json.dumps(asdict(measure(options.measure, options.folder, options.archive))))
        return 0
    if Path(options.save).name != options.save:
        parser.error(f"--save takes a name, not a path: {options.save}")
    results = []
    with tempfile.TemporaryDirectory() as folder:
        print("fitting n-grams ...", file=sys.stderr)
        prepare_peers(Path(folder), options.archive)
        for name in PEERS:
            print(f"{name} ...", file=sys.stderr)
            command = [sys.executable, "-m", "benchmarks.peers", "--measure", name]
            command += ["--folder", folder, "--archive", str(options.archive)]
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            results.append(Measured(**json.loads(output.splitlines()[-1])))
    table = as_table(results)
    print(table)
    _RESULTS.mkdir(parents=True, exist_ok=True)
    content = {"machine": asdict(machine.describe()), "peers": [asdict(r) for r in results]}
    (_RESULTS / f"{options.save}.json").write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    write_plot(results, _RESULTS / f"{options.save}.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
