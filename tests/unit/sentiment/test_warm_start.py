"""Weights that are taken over from other models."""

from dataclasses import replace

import torch

from sentiment.artifact import Artifact
from sentiment.encoding import Encoder
from sentiment.model import LSTMClassifier
from sentiment.vocabulary import INFREQUENT_ID, Vocabulary
from sentiment.warm_start import take_over


def test_words_keep_their_vectors_under_other_ids(artifact: Artifact) -> None:
    """A vector goes with its word; a new word begins as an infrequent one."""
    vocabulary = Vocabulary(["bad", "new", "wonderful"])
    model = LSTMClassifier(6, 5, len(vocabulary), bidirectional=True, pooling="max_mean").eval()
    take_over(model, [artifact], vocabulary)
    old, old_ids = artifact.model.embedding.weight, artifact.encoder.vocabulary.ids
    new = model.embedding.weight
    (bad, wonderful) = old_ids(["bad", "wonderful"])
    assert torch.equal(new, old[[0, INFREQUENT_ID, bad, INFREQUENT_ID, wonderful]])
    lengths = torch.tensor([3])
    expected = artifact.model(torch.tensor([[bad, INFREQUENT_ID, wonderful]]), lengths)
    assert torch.equal(model(torch.tensor([[2, 3, 4]]), lengths), expected)


def test_a_smaller_vocabulary_is_filled_too(artifact: Artifact) -> None:
    """A model of fewer ids than its vocabulary has takes over those it reads."""
    vocabulary = Vocabulary(["bad", "wonderful"])
    model = LSTMClassifier(6, 5, 3, bidirectional=True, pooling="max_mean")
    take_over(model, [artifact], vocabulary)
    assert model.embedding.weight.shape == (3, 6)


def test_of_several_models_the_mean_is_taken(artifact: Artifact) -> None:
    """Word by word, though their vocabularies differ; and tensor by tensor."""
    vocabulary = artifact.encoder.vocabulary
    other = LSTMClassifier(6, 5, len(vocabulary), bidirectional=True, pooling="max_mean")
    backwards = Vocabulary(vocabulary.words[::-1])
    with_other = replace(
        artifact,
        weights={name: tensor.numpy() for name, tensor in other.state_dict().items()},
        encoder=Encoder(artifact.encoder.recipe, backwards),
    )
    model = LSTMClassifier(6, 5, len(vocabulary), bidirectional=True, pooling="max_mean")
    take_over(model, [artifact, with_other], vocabulary)
    one, two = artifact.model.state_dict(), other.state_dict()
    (bad,), (bad_backwards,) = vocabulary.ids(["bad"]), backwards.ids(["bad"])
    assert bad != bad_backwards
    expected = (one["embedding.weight"][bad] + two["embedding.weight"][bad_backwards]) / 2
    assert torch.allclose(model.embedding.weight[bad], expected)
    name = "forward_lstm.weight_hh_l0"
    assert torch.allclose(model.state_dict()[name], (one[name] + two[name]) / 2)
