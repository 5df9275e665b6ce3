"""Long short-term memory with peepholes in PyTorch.

    i[t] = σ(a_i + p_i ⊙ c[t-1])    f[t] = σ(a_f + p_f ⊙ c[t-1])    o[t] = σ(a_o + p_o ⊙ c[t])

Weights have the names and shapes of `rnncourse.lstm_peephole.PeepholeParams`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from rnncourse import lstm_peephole
from rnncourse.lstm import LSTMState
from rnncourse.lstm_peephole import PeepholeParams
from rnncourse.nn._recurrent import Recurrent

__all__ = ["PeepholeLSTM"]


class PeepholeLSTM(Recurrent):
    """The network over a batch of sequences; arguments as `Recurrent`'s, and `forget_bias`.

    >>> h, state = PeepholeLSTM(2, 3)(torch.zeros(5, 4, 2))
    >>> tuple(h.shape), tuple(state.c.shape)
    ((5, 4, 3), (4, 3))
    """

    cell: ClassVar = lstm_peephole
    params_type: ClassVar = PeepholeParams
    state_type: ClassVar[Any] = LSTMState
    W_ih: Tensor  # (4H, I)
    W_hh: Tensor  # (4H, H)
    b: Tensor  # (4H,)
    p_i: Tensor  # (H,)
    p_f: Tensor  # (H,)
    p_o: Tensor  # (H,)

    def step(self, x: Tensor, state: Any) -> Any:
        """h[t] and c[t] (B, H) from x[t] (B, I) and the state before it."""
        a = self.b + state.h @ self.W_hh.T + x @ self.W_ih.T  # eq. 1: (B, 4H)
        a_i, a_f, a_g, a_o = a.chunk(4, dim=1)
        i = torch.sigmoid(a_i + self.p_i * state.c)  # eq. 2
        f = torch.sigmoid(a_f + self.p_f * state.c)  # eq. 2
        c = f * state.c + i * torch.tanh(a_g)  # eqs. 3, 4
        o = torch.sigmoid(a_o + self.p_o * c)  # eq. 3
        return self.state_type(o * torch.tanh(c), c)  # eq. 4
