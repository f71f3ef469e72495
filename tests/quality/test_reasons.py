"""The bundled model's explanations: whether what they say of words is what the network does."""

from typing import cast

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from evaluation.behaviour.bundled import BUNDLED
from evaluation.behaviour.suite import read_families
from evaluation.deletion import GAP_TARGET, completeness_gap
from sentiment.models.lstm_classifier import LSTMClassifier, rebuild
from sentiment.serving.predictor import Predictor, Verdict
from sentiment.text.vocabulary import INFREQUENT_ID
from sentiment.training.batches import pad

TEXTS = [text for family in read_families() for case in family.cases for text in case.texts]
_STEPS = 16


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load(BUNDLED)


@pytest.fixture(scope="module")
def verdicts(predictor: Predictor) -> list[Verdict]:
    """Of the texts, explained."""
    explained = [predictor.explain(text) for text in TEXTS]
    assert all(isinstance(verdict, Verdict) for verdict in explained)
    return cast("list[Verdict]", explained)


def test_the_sentences_make_the_verdict(verdicts: list[Verdict]) -> None:
    """In every text of the suite, they add up to the verdict, and so point to its side."""
    explained = [verdict for verdict in verdicts if verdict.sentiment != "not_a_review"]
    assert len(explained) > 300
    for verdict in explained:
        assert completeness_gap(verdict) <= GAP_TARGET
        content = verdict.as_json()
        moved = sum(sentence["contribution"] for sentence in content["sentences"])
        if round(abs(moved), 2) > 0:  # nearer to even, rounding hides the sign
            assert ("positive" if moved > 0 else "negative") == content["lean"] or (
                content["lean"] is None
            )


def test_the_longest_review_is_explained_from_what_was_read(predictor: Predictor) -> None:
    """Its sentences leave out what was not read, and still add up."""
    review = "The cast is lovely. The plot is a mess! " * 500
    verdict = predictor.explain(review[:20_000])
    assert isinstance(verdict, Verdict)
    assert verdict.explanation is not None
    assert verdict.reading.unread is not None
    start, end = verdict.reading.unread
    for sentence in verdict.explanation.sentences:
        assert not start < sentence.start <= sentence.end < end
    assert completeness_gap(verdict) <= GAP_TARGET


def test_explanations_follow_integrated_gradients(
    predictor: Predictor, verdicts: list[Verdict]
) -> None:
    """One gradient, without the weaker ways over the recurrent weights, says what the mean says of
    the exact ones on the whole way from unknown words to the review."""
    artifact = predictor.artifact
    read: list[list[int]] = []
    said: list[list[float]] = []
    for text, verdict in zip(TEXTS, verdicts, strict=True):
        ids = artifact.encoder.encode(text).ids
        assert verdict.explanation is not None
        words = verdict.explanation.words
        # of fewer words the effects correlate by chance, of many not all are named
        if len(ids) >= 20 and len(words) == len(ids):
            read.append(ids)
            said.append([word.contribution for word in words])
    assert len(read) > 50
    trained = rebuild(artifact.weights, artifact.description["architecture"])
    exact = integrated_gradients(trained.requires_grad_(requires_grad=False), read)
    alike = [np.corrcoef(*pair)[0, 1] for pair in zip(said, exact, strict=True)]
    assert np.median(alike) > 0.95
    assert min(alike) > 0.8


def integrated_gradients(
    trained: LSTMClassifier, reviews: list[list[int]]
) -> list[NDArray[np.float32]]:
    """(time,) each, by PyTorch (Sundararajan, Taly & Yan, 2017); unknown words are the baseline."""
    ids, lengths = pad(reviews)
    baseline = trained.embedding.weight[INFREQUENT_ID]
    steps = trained.embedding(ids) - baseline  # (reviews, time, vector)
    gradients = torch.zeros_like(steps)
    for step in range(_STEPS):
        vectors = (baseline + (step + 0.5) / _STEPS * steps).requires_grad_()
        (gradient,) = torch.autograd.grad(trained.classify(vectors, lengths).sum(), vectors)
        gradients += gradient / _STEPS
    effects = (gradients * steps).sum(2).numpy()
    return [effects[i, :n] for i, n in enumerate(lengths.tolist())]
