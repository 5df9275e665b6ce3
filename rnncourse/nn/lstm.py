"""Long short-term memory in PyTorch: the chapter's equations forward.

    c[t] = f ⊙ c[t-1] + i ⊙ g        h[t] = o ⊙ tanh(c[t])

Weights have the names and shapes of `rnncourse.lstm.LSTMParams`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from rnncourse import lstm
from rnncourse.lstm import LSTMParams, LSTMState
from rnncourse.nn._recurrent import Recurrent

__all__ = ["LSTM"]


class LSTM(Recurrent):
    """The network over a batch of sequences; arguments as `Recurrent`'s, and `forget_bias`.

    >>> h, state = LSTM(2, 3)(torch.zeros(5, 4, 2))
    >>> tuple(h.shape), tuple(state.c.shape)
    ((5, 4, 3), (4, 3))
    """

    cell: ClassVar = lstm
    params_type: ClassVar = LSTMParams
    state_type: ClassVar[Any] = LSTMState
    W_ih: Tensor  # (4H, I)
    W_hh: Tensor  # (4H, H)
    b: Tensor  # (4H,)

    def step(self, x: Tensor, state: Any) -> Any:
        """h[t] and c[t] (B, H) from x[t] (B, I) and the state before it."""
        a = self.b + state.h @ self.W_hh.T + x @ self.W_ih.T  # eq. 1: (B, 4H)
        a_i, a_f, a_g, a_o = a.chunk(4, dim=1)
        i, f, o = torch.sigmoid(a_i), torch.sigmoid(a_f), torch.sigmoid(a_o)  # eqs. 2, 3
        c = f * state.c + i * torch.tanh(a_g)  # eqs. 3, 4
        return self.state_type(o * torch.tanh(c), c)  # eq. 5
