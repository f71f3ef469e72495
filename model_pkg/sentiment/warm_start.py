"""A model that goes on from others' weights, though their vocabularies may differ.

Models that went different ways from one beginning lie in one valley of the loss, and the mean of
their weights mostly lies lower in it than each of them (Wortsman et al., "Model soups", 2022).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from sentiment.artifact import Artifact
from sentiment.errors import InvalidHyperparameter
from sentiment.model import LSTMClassifier
from sentiment.vocabulary import FIRST_WORD_ID, Vocabulary

_VECTORS = "embedding.weight"


@torch.no_grad()
def take_over(model: LSTMClassifier, starts: Sequence[Artifact], vocabulary: Vocabulary) -> None:
    """Give `model`, whose ids are the vocabulary's, the mean of the weights of one or more others.

    Words are matched by their text; one that a model does not know is 'infrequent' to it.

    Raises:
        InvalidHyperparameter: a network differs from `model` in shape.
    """
    taken = [_weights(model, start, vocabulary) for start in starts]
    mean = {name: torch.stack([each[name] for each in taken]).mean(0) for name in taken[0]}
    model.load_state_dict(mean)


def _weights(model: LSTMClassifier, start: Artifact, vocabulary: Vocabulary) -> dict[str, Tensor]:
    """The weights of `start` for the ids of the vocabulary."""
    weights = dict(start.model.state_dict())
    vectors = weights.pop(_VECTORS)  # (words of start, embedding)
    words = vocabulary.words[: model.embedding.num_embeddings - FIRST_WORD_ID]
    ids = torch.tensor([*range(FIRST_WORD_ID), *start.encoder.vocabulary.ids(words)])
    weights[_VECTORS] = vectors[ids]
    expected = {name: tensor.shape for name, tensor in model.state_dict().items()}
    if {name: tensor.shape for name, tensor in weights.items()} != expected:
        raise InvalidHyperparameter(
            f"the model to start from ({start.version}) has another network than the job asks for: "
            f"embedding-dim {vectors.shape[1]}, hidden-dim {start.model.forward_lstm.hidden_size}"
        )
    return weights
