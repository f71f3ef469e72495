"""A warm start: a model begins with another's weights, though their vocabularies may differ."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from sentiment.artifact.artifact import Artifact
from sentiment.errors import InvalidHyperparameter
from sentiment.models.lstm_classifier import LSTMClassifier
from sentiment.text.vocabulary import FIRST_WORD_ID, Vocabulary

_VECTORS = "embedding.weight"
_OUTPUT = "output.weight"
_ENDING_IS_NEW = "max_mean", "max_mean_ending"
_ENDING_SHARE = 0.2  # of the logit, if the ending was not pooled before; chosen on validation


@torch.no_grad()
def load_weights(model: LSTMClassifier, start: Artifact, vocabulary: Vocabulary) -> None:
    """Give `model`, whose ids are the vocabulary's, the weights of `start`.

    Words are matched by their text; one that `start` does not know begins as 'infrequent'. If
    `start` does not pool the last words, their weights begin as a share of the other weights.

    Raises:
        InvalidHyperparameter: the two networks differ in shape.
    """
    weights = {name: torch.from_numpy(array) for name, array in start.weights.items()}
    vectors = weights.pop(_VECTORS)  # (words of start, embedding)
    words = vocabulary.words[: model.embedding.num_embeddings - FIRST_WORD_ID]
    ids = torch.tensor([*range(FIRST_WORD_ID), *start.encoder.vocabulary.ids(words)])
    weights[_VECTORS] = vectors[ids]
    architecture = start.description["architecture"]
    if (architecture["pooling"], model.pooling) == _ENDING_IS_NEW:
        weights[_OUTPUT] = torch.cat(
            [(1 - _ENDING_SHARE) * weights[_OUTPUT], _ENDING_SHARE * weights[_OUTPUT]], dim=1
        )
    expected = {name: tensor.shape for name, tensor in model.state_dict().items()}
    if {name: tensor.shape for name, tensor in weights.items()} != expected:
        raise InvalidHyperparameter(
            f"the warm start ({start.version}) has another network than these settings: "
            f"embedding-dim {architecture['embedding_dim']}, hidden-dim "
            f"{architecture['hidden_dim']}, pooling {architecture['pooling']}"
        )
    model.load_state_dict(weights)


@torch.no_grad()
def mix_weights(model: LSTMClassifier, first: Mapping[str, Tensor], share: float) -> None:
    """Move each of the model's weights towards its value in `first`, by `share` of the way.

    A model between the start and the end of a short training is often better than either (Wortsman
    et al., "Robust fine-tuning of zero-shot models", 2022).
    """
    for name, tensor in model.state_dict().items():
        tensor.lerp_(first[name], share)
