"""Logistic regression on a few columns, for the ensemble's weights and for calibration."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

_ITERATIONS = 200


def fit_logistic(
    columns: Tensor, labels: Tensor, penalty: float, start: Tensor, importance: Tensor
) -> Tensor:
    """Return weights (columns,); the weighted sum of a row's columns is the logit of its label.

    They minimise the cross-entropy, weighted by importance, plus `penalty` times the squared
    weights. This sum is convex.

    Args:
        columns: (rows, columns)
        labels: (rows,) of 0 and 1.
        penalty: of the squared weights.
        start: (columns,) initial weights, of the same type as `columns`.
        importance: (rows,) weights of the rows.

    >>> column, labels = torch.tensor([[2.0], [-2.0]]), torch.tensor([1.0, 0.0])
    >>> bool(fit_logistic(column, labels, 0.01, torch.zeros(1), torch.ones(2)) > 1)
    True
    """
    weights = start.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([weights], max_iter=_ITERATIONS, line_search_fn="strong_wolfe")

    def closure() -> float:
        optimizer.zero_grad()
        loss = binary_cross_entropy_with_logits(
            columns @ weights, labels, importance, reduction="sum"
        )
        loss = loss + penalty * weights.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]  # torch declares no types here
        return float(loss.detach())

    optimizer.step(closure)  # type: ignore[no-untyped-call]  # torch declares no types here
    return weights.detach()
