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
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import machine

Scorer = Callable[[Sequence[str]], Sequence[float]]  # reviews -> scores; above 0 is positive

_OURS = "movie-sentiment"
_ROOT = Path(__file__).resolve().parents[1]
_RESULTS = Path("benchmarks/results")
_N_SINGLE, _N_BULK = 200, 2_000
_PIECES_A_WORD, _LONGEST = 1.3, 512
_BATCH = 16
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


def load_ours(_folder: Path) -> Scorer:
    """Return the bundled model."""
    from sentiment.serving.predictor import Predictor, Verdict

    predictor = Predictor.load(_ROOT / "pretrained")
    return lambda texts: [
        verdict.score - 0.5 if isinstance(verdict, Verdict) else 0.0
        for verdict in predictor.predict(texts)
    ]


def load_ngrams(folder: Path) -> Scorer:
    """Return the logistic regression over n-grams that `fit_ngrams` wrote."""
    import joblib

    vectorizer, regression = joblib.load(folder / "ngrams")
    return lambda texts: regression.decision_function(vectorizer.transform(texts)).tolist()


def load_vader(_folder: Path) -> Scorer:
    """Return VADER's compound score (Hutto and Gilbert, 2014)."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return lambda texts: [analyzer.polarity_scores(text)["compound"] for text in texts]


def load_textblob(_folder: Path) -> Scorer:
    """Return TextBlob's polarity."""
    from textblob import TextBlob

    return lambda texts: [TextBlob(text).sentiment.polarity for text in texts]


def load_transformer(folder: Path) -> Scorer:
    """Return the int8 network of DistilBERT's size that `write_networks` wrote."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import numpy as np
    import onnxruntime as ort

    session = ort.InferenceSession(str(folder / "transformer"), providers=["CPUExecutionProvider"])
    generator = np.random.default_rng(1)

    def score(texts: Sequence[str]) -> list[float]:
        lengths = [min(_LONGEST, 2 + round(_PIECES_A_WORD * len(t.split()))) for t in texts]
        order = sorted(range(len(texts)), key=lengths.__getitem__)
        for start in range(0, len(order), _BATCH):
            of_batch = [lengths[i] for i in order[start : start + _BATCH]]
            ids = generator.integers(0, 30_000, (len(of_batch), max(of_batch)))
            is_padding = np.arange(max(of_batch)) >= np.array(of_batch)[:, None]
            mask = np.where(is_padding, np.float32(-1e4), np.float32(0))[:, None, None]
            session.run(None, {"ids": ids, "mask": mask})
        return [0.0] * len(texts)

    return score


PEERS: Mapping[str, Callable[[Path], Scorer]] = {
    _OURS: load_ours,
    "n-grams + logistic regression": load_ngrams,
    "VADER": load_vader,
    "TextBlob": load_textblob,
    "DistilBERT's size, int8": load_transformer,
}


def prepare_peers(folder: Path, archive: Path) -> None:
    """Fit the n-grams and write the transformer, so that a peer's start is only loading."""
    import joblib
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    from benchmarks.transformer import write_transformer

    texts, labels = _read(archive, "train")
    vectorizer = TfidfVectorizer(ngram_range=(1, 3), min_df=3, sublinear_tf=True)
    regression = LogisticRegression(C=30, max_iter=1000).fit(
        vectorizer.fit_transform(texts), labels
    )
    joblib.dump((vectorizer, regression), folder / "ngrams")
    write_transformer(folder / "transformer-float32")
    quantize_dynamic(
        folder / "transformer-float32", folder / "transformer", weight_type=QuantType.QInt8
    )


def measure(name: str, folder: Path, archive: Path) -> Measured:
    """Measure one peer in this process."""
    from sentiment.data.lessons import read_lessons

    started = time.perf_counter()
    score = PEERS[name](folder)
    score(["A wonderful film."])
    start_s = time.perf_counter() - started
    texts, _ = _read(archive, "test", _N_BULK)
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
        _size_mb(name, folder),
        start_s,
    )


def _imdb_accuracy(name: str, score: Scorer, archive: Path) -> float:
    if name == _OURS:  # scored once, when it was released
        metrics = json.loads((_ROOT / "pretrained" / "metrics.json").read_text())
        return float(metrics["test"]["accuracy"])
    texts, labels = _read(archive, "test")
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


def _size_mb(name: str, folder: Path) -> float:
    """Return the size on disk of the model or word list, without the libraries it needs."""
    files = {
        _OURS: [*(_ROOT / "pretrained").glob("model.safetensors")],
        "n-grams + logistic regression": [folder / "ngrams"],
        "DistilBERT's size, int8": [folder / "transformer"],
    }.get(name)
    if files is None:
        module = {"VADER": "vaderSentiment", "TextBlob": "textblob"}[name]
        place = Path(str(__import__(module).__file__)).parent
        files = [path for path in place.rglob("*") if path.suffix in (".txt", ".xml")]
    return sum(path.stat().st_size for path in files) / 1e6


def _read(archive: Path, split: Any, sample: int = 0) -> tuple[list[str], list[float]]:
    """Return the split's texts and labels, all of them or a random sample."""
    from sentiment.data.archive import find_root, list_reviews

    files = list_reviews(find_root(archive), split)
    if sample:
        files = random.Random(1).sample(files, sample)  # noqa: S311 - no secret
    return [file.read() for file in files], [float(file.label) for file in files]


def write_plot(results: Sequence[Measured], path: Path) -> None:
    """Write an SVG of accuracy against the time of one review."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "benchmarks"
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for result in results:
        is_ours = result.name == _OURS
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
    parser.add_argument("--archive", type=Path, default=Path("work/aclImdb"))
    parser.add_argument("--save", metavar="NAME", default="peers", help="base name of the files")
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
