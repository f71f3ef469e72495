"""Weights that are taken over from another model."""

import pytest
import torch

from sentiment.artifact.artifact import Artifact
from sentiment.models.lstm_classifier import LSTMClassifier, rebuild
from sentiment.recipe import ENDING
from sentiment.text.vocabulary import INFREQUENT_ID, Vocabulary
from sentiment.training.batches import pad
from sentiment.training.warm_start import load_weights, mix_weights


def test_words_keep_their_vectors_under_other_ids(artifact: Artifact) -> None:
    """A vector goes with its word; a new word begins as an infrequent one."""
    vocabulary = Vocabulary(["bad", "new", "wonderful"])
    model = LSTMClassifier(6, 5, len(vocabulary), bidirectional=True, pooling="max_mean").eval()
    load_weights(model, artifact, vocabulary)
    trained = rebuild(artifact.weights, artifact.description["architecture"])
    old, old_ids = trained.embedding.weight, artifact.encoder.vocabulary.ids
    new = model.embedding.weight
    (bad, wonderful) = old_ids(["bad", "wonderful"])
    assert torch.equal(new, old[[0, INFREQUENT_ID, bad, INFREQUENT_ID, wonderful]])
    lengths = torch.tensor([3])
    expected = trained(torch.tensor([[bad, INFREQUENT_ID, wonderful]]), lengths)
    assert torch.equal(model(torch.tensor([[2, 3, 4]]), lengths), expected)


def test_an_ending_begins_with_a_share_of_the_same_weights(artifact: Artifact) -> None:
    """Pooling over the last words takes a share of the weights of pooling over all words.

    A review that is all ending scores as before.
    """
    model = LSTMClassifier(6, 5, 6, bidirectional=True, pooling="max_mean_ending").eval()
    load_weights(model, artifact, artifact.encoder.vocabulary)
    trained = rebuild(artifact.weights, artifact.description["architecture"])
    short = pad([list(range(1, 6)) * 3])
    torch.testing.assert_close(model(*short), trained(*short))
    long = pad([[*[2] * ENDING, *list(range(1, 6)) * 20]])
    model.output.weight.data[:, model.output.in_features // 2 :] = 0  # of the ending
    bias = model.output.bias.item()
    of_all = 0.8 * (trained(*long).item() - bias) + bias
    assert model(*long).item() == pytest.approx(of_all, abs=1e-5)


def test_a_smaller_vocabulary_is_filled_too(artifact: Artifact) -> None:
    """A model of fewer ids than its vocabulary has takes over those it reads."""
    vocabulary = Vocabulary(["bad", "wonderful"])
    model = LSTMClassifier(6, 5, 3, bidirectional=True, pooling="max_mean")
    load_weights(model, artifact, vocabulary)
    assert model.embedding.weight.shape == (3, 6)


def test_weights_move_back_towards_the_start(artifact: Artifact) -> None:
    """By the share that is asked for, in every tensor; the start itself stays as it is."""
    model = LSTMClassifier(6, 5, 6, bidirectional=True, pooling="max_mean")
    load_weights(model, artifact, artifact.encoder.vocabulary)
    first = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    kept = {name: tensor.clone() for name, tensor in first.items()}
    with torch.no_grad():
        for tensor in model.state_dict().values():
            tensor.add_(1)
    mix_weights(model, first, 0.75)
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(tensor, kept[name] + 0.25)
        assert torch.equal(first[name], kept[name])
