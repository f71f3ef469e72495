"""The models that `peers` compares: how each is prepared, loaded, and how large it is."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Scorer = Callable[[Sequence[str]], Sequence[float]]  # reviews -> scores; above 0 is positive

OURS = "movie-sentiment"
ROOT = Path(__file__).resolve().parents[2]
_PIECES_A_WORD, _LONGEST = 1.3, 512
_BATCH = 16


def load_ours(_folder: Path) -> Scorer:
    """Return the bundled model."""
    from sentiment.serving.predictor import Predictor, Verdict

    predictor = Predictor.load(ROOT / "pretrained")
    return lambda texts: [
        verdict.score - 0.5 if isinstance(verdict, Verdict) else 0.0
        for verdict in predictor.predict(texts)
    ]


def load_ngrams(folder: Path) -> Scorer:
    """Return the logistic regression over n-grams that `prepare_peers` wrote."""
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
    """Return the int8 network of DistilBERT's size that `prepare_peers` wrote."""
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
    OURS: load_ours,
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

    from benchmarks.peers.transformer import write_transformer

    texts, labels = read_reviews(archive, "train")
    vectorizer = TfidfVectorizer(ngram_range=(1, 3), min_df=3, sublinear_tf=True)
    regression = LogisticRegression(C=30, max_iter=1000).fit(
        vectorizer.fit_transform(texts), labels
    )
    joblib.dump((vectorizer, regression), folder / "ngrams")
    write_transformer(folder / "transformer-float32")
    quantize_dynamic(
        folder / "transformer-float32", folder / "transformer", weight_type=QuantType.QInt8
    )


def size_mb(name: str, folder: Path) -> float:
    """Return the size on disk of the model or word list, without the libraries it needs."""
    files = {
        OURS: [*(ROOT / "pretrained").glob("model.safetensors")],
        "n-grams + logistic regression": [folder / "ngrams"],
        "DistilBERT's size, int8": [folder / "transformer"],
    }.get(name)
    if files is None:
        module = {"VADER": "vaderSentiment", "TextBlob": "textblob"}[name]
        place = Path(str(__import__(module).__file__)).parent
        files = [path for path in place.rglob("*") if path.suffix in (".txt", ".xml")]
    return sum(path.stat().st_size for path in files) / 1e6


def read_reviews(archive: Path, split: Any, sample: int = 0) -> tuple[list[str], list[float]]:
    """Return the split's texts and labels, all of them or a random sample."""
    from sentiment.data.archive import find_root, list_reviews

    files = list_reviews(find_root(archive), split)
    if sample:
        files = random.Random(1).sample(files, sample)  # noqa: S311 - no secret
    return [file.read() for file in files], [float(file.label) for file in files]
