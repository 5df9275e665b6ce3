"""Recurrence from the output in PyTorch: the chapter's equations forward.

    h[t] = tanh(b + W_oh ŷ[t-1] + W_ih x[t])      o[t] = b_o + W_ho h[t]      ŷ[t] = g(o[t])

Weights have the names and shapes of `rnncourse.output_recurrence.OutputParams`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from rnncourse import output_recurrence
from rnncourse.nn._feedback import OutputFed
from rnncourse.output_recurrence import OutputParams, OutputState

__all__ = ["OutputRecurrence"]


class OutputRecurrence(OutputFed):
    """The network over a batch of sequences; arguments as `OutputFed`'s.

    >>> module, y = OutputRecurrence(2, 3, 7), torch.eye(7)[torch.zeros(5, 4, dtype=torch.long)]
    >>> o, state = module(torch.zeros(5, 4, 2), teacher=y)
    >>> tuple(o.shape), tuple(state.y_hat.shape)
    ((5, 4, 7), (4, 7))
    """

    cell: ClassVar = output_recurrence
    params_type: ClassVar = OutputParams
    state_type: ClassVar[Any] = OutputState
    W_ih: Tensor  # (H, I)
    W_oh: Tensor  # (H, K)
    b: Tensor  # (H,)
    b_o: Tensor  # (K,)

    def step(self, x: Tensor, state: Any, y: Tensor | None = None) -> Any:
        """o[t] and what returns (B, K), from x[t] (B, I) and the state before it."""
        h = torch.tanh(self.b + state.y_hat @ self.W_oh.T + x @ self.W_ih.T)  # eq. 1
        o = self.b_o + h @ self.W_ho.T  # eq. 2
        return self.state_type(o, self.returned(o, y))  # eq. 2
