"""Long short-term memory with one gate for forgetting and letting in, in PyTorch.

    c[t] = f ⊙ c[t-1] + (1 - f) ⊙ g        h[t] = o ⊙ tanh(c[t])

Weights have the names and shapes of `rnncourse.lstm_coupled.CoupledParams`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from rnncourse import lstm_coupled
from rnncourse.lstm import LSTMState
from rnncourse.lstm_coupled import CoupledParams
from rnncourse.nn._recurrent import Recurrent

__all__ = ["CoupledLSTM"]


class CoupledLSTM(Recurrent):
    """The network over a batch of sequences; arguments as `Recurrent`'s, and `forget_bias`.

    >>> h, state = CoupledLSTM(2, 3)(torch.zeros(5, 4, 2))
    >>> tuple(h.shape), tuple(state.c.shape)
    ((5, 4, 3), (4, 3))
    """

    cell: ClassVar = lstm_coupled
    params_type: ClassVar = CoupledParams
    state_type: ClassVar[Any] = LSTMState
    W_ih: Tensor  # (3H, I)
    W_hh: Tensor  # (3H, H)
    b: Tensor  # (3H,)

    def step(self, x: Tensor, state: Any) -> Any:
        """h[t] and c[t] (B, H) from x[t] (B, I) and the state before it."""
        a = self.b + state.h @ self.W_hh.T + x @ self.W_ih.T  # eq. 1: (B, 3H)
        a_f, a_g, a_o = a.chunk(3, dim=1)
        f, o = torch.sigmoid(a_f), torch.sigmoid(a_o)  # eq. 2
        c = f * state.c + (1 - f) * torch.tanh(a_g)  # eqs. 2, 3
        return self.state_type(o * torch.tanh(c), c)  # eq. 4
