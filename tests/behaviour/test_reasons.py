"""The bundled model's explanations: whether what they say of words is what the network does."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from sentiment.batching import pad
from sentiment.model import LSTMClassifier, rebuild
from sentiment.predictor import Predictor, Verdict
from sentiment.vocabulary import INFREQUENT_ID
from tests.behaviour.bundled import BUNDLED
from tests.behaviour.suite import read_families

TEXTS = [text for family in read_families() for case in family.cases for text in case.texts]
_STEPS = 8  # of the way that is integrated
_SURE = 0.95


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load_archive(BUNDLED)


def test_a_sure_verdict_rests_on_its_own_side(predictor: Predictor) -> None:
    """Where the model is sure, its sentences together push to where the verdict went.

    By the gradient at the review itself they do not in three cases of ten: a network that is sure
    no longer moves there.
    """
    sure = right = 0
    for text in TEXTS:
        verdict = predictor.explain(text)
        assert isinstance(verdict, Verdict)
        assert verdict.explanation is not None
        if verdict.sentiment == "not_a_review" or verdict.confidence < _SURE:
            continue
        pushed = sum(sentence.contribution for sentence in verdict.explanation.sentences)
        sure += 1
        right += (pushed > 0) == (verdict.sentiment == "positive")
    assert sure > 50
    assert right / sure >= 0.98


def test_explanations_follow_integrated_gradients(predictor: Predictor) -> None:
    """One gradient, without the weaker ways over the recurrent weights, says what the mean says of
    the exact ones on the whole way from unknown words to the review."""
    artifact = predictor.artifact
    trained = rebuild(artifact.weights, artifact.description["architecture"])
    alike = []
    for text in TEXTS:
        encoded = artifact.encoder.encode(text)
        if len(encoded.ids) < 20:  # so few words correlate by chance
            continue
        verdict = predictor.explain(text)
        assert isinstance(verdict, Verdict)
        assert verdict.explanation is not None
        said = [word.contribution for word in verdict.explanation.words]
        if len(said) == len(encoded.ids):  # all are named
            exact = integrated_gradients(trained, encoded.ids)
            alike.append(float(np.corrcoef(said, exact)[0, 1]))
    assert len(alike) > 50
    assert np.median(alike) > 0.95
    assert min(alike) > 0.8


def integrated_gradients(trained: LSTMClassifier, ids: list[int]) -> NDArray[np.float32]:
    """(time,) by PyTorch (Sundararajan, Taly & Yan, 2017), with unknown words for a baseline."""
    reviews, lengths = pad([ids])
    baseline = trained.embedding.weight[INFREQUENT_ID]
    steps = (trained.embedding(reviews) - baseline).detach()  # (1, time, vector)
    shares = (torch.arange(_STEPS) + 0.5)[:, None, None] / _STEPS
    vectors = (baseline + shares * steps).detach().requires_grad_()  # (_STEPS, time, vector)
    logits = trained.classify(vectors, lengths.expand(_STEPS))
    (gradients,) = torch.autograd.grad(logits.sum(), vectors)
    found: NDArray[np.float32] = (gradients.mean(0) * steps[0]).sum(1).numpy()
    return found
