"""LSTMs as a GPU reads them, computed here in float32."""

import torch

from sentiment.models.cudnn_lstm import run_lstm, run_widened


def test_zeros_on_all_sides_change_nothing() -> None:
    """States, the state behind them and every gradient are those of the LSTM alone."""
    torch.manual_seed(1)
    lstm = torch.nn.LSTM(20, 16, batch_first=True)
    vectors = torch.randn(5, 9, 20, requires_grad=True)
    beginning = (torch.randn(1, 5, 16), torch.randn(1, 5, 16))
    for state in (None, beginning):
        found: list[list[torch.Tensor | None]] = []
        for run in (run_lstm, run_widened):
            lstm.zero_grad()
            vectors.grad = None
            states, behind = run(lstm, vectors, state)
            torch.autograd.backward(states.square().sum() + behind[1].sum())
            assert vectors.grad is not None
            gradients = [parameter.grad for parameter in lstm.parameters()]
            found.append([states, *behind, vectors.grad.clone(), *gradients])
        for alone, widened in zip(*found, strict=True):
            assert alone is not None
            assert widened is not None
            torch.testing.assert_close(widened, alone)
