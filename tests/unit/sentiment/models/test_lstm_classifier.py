"""The network's laws."""

from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.models.lstm_classifier import LSTMClassifier
from sentiment.recipe import ENDING, Pooling
from sentiment.training.batches import pad

REVIEWS = st.lists(st.lists(st.integers(1, 19), min_size=1, max_size=40), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("bidirectional", "pooling"),
    list(product([False, True], ["last", "max_mean", "max_mean_ending"])),
)
@settings(max_examples=25)
@given(reviews=REVIEWS)
def test_a_review_scores_the_same_alone_or_in_a_batch(
    bidirectional: bool, pooling: Pooling, reviews: list[list[int]]
) -> None:
    """Neither padding nor batch mates reach a review's logit."""
    torch.manual_seed(1)
    model = LSTMClassifier(5, 4, 20, bidirectional=bidirectional, pooling=pooling).eval()
    with torch.no_grad():
        together = model(*pad(reviews))
        alone = torch.cat([model(*pad([review])) for review in reviews])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


def test_backward_direction_reads_the_review_from_its_end() -> None:
    """The bidirectional states are those of torch's own bidirectional LSTM on unpadded reviews."""
    torch.manual_seed(2)
    ours = LSTMClassifier(5, 4, 20, bidirectional=True, pooling="max_mean").eval()
    assert ours.backward_lstm is not None
    theirs = torch.nn.LSTM(5, 4, batch_first=True, bidirectional=True)
    state = {**ours.forward_lstm.state_dict()}
    for name, value in ours.backward_lstm.state_dict().items():
        state[name + "_reverse"] = value
    theirs.load_state_dict(state)
    embedded = torch.randn(1, 9, 5)
    with torch.no_grad():
        states, _ = theirs(embedded)
        pooled = torch.cat([states.amax(1), states.mean(1)], dim=1)
        expected = ours.output(pooled).squeeze(1)
        torch.testing.assert_close(ours.classify(embedded, torch.tensor([9])), expected)


@pytest.mark.parametrize("n_words", [1, ENDING - 1, ENDING, ENDING + 1, 3 * ENDING])
def test_an_ending_is_pooled_beside_the_whole(n_words: int) -> None:
    """Max pooling and mean pooling cover the states of the last words, or of all if few."""
    torch.manual_seed(4)
    model = LSTMClassifier(5, 4, 20, bidirectional=True, pooling="max_mean_ending").eval()
    embedded, lengths = torch.randn(1, n_words, 5), torch.tensor([n_words])
    with torch.no_grad():
        (states,) = model.states(embedded, lengths)
        ending = states[-ENDING:]
        pooled = torch.cat([states.amax(0), states.mean(0), ending.amax(0), ending.mean(0)])
        torch.testing.assert_close(model.classify(embedded, lengths), model.output(pooled))


@pytest.mark.parametrize(
    ("pooling", "n_parts"), [("last", 1), ("max_mean", 2), ("max_mean_ending", 2)]
)
def test_parts_add_up_to_the_logit(pooling: Pooling, n_parts: int) -> None:
    """What the greatest states bring and what their mean does, of every review of a batch."""
    torch.manual_seed(4)
    model = LSTMClassifier(5, 4, 20, bidirectional=True, pooling=pooling).eval()
    ids, lengths = pad([[1, 2, 3], list(range(1, 19)) * 3])
    parts = model.parts(ids, lengths)
    assert parts.shape == (2, n_parts)
    torch.testing.assert_close(parts.sum(1), model(ids, lengths).detach())
