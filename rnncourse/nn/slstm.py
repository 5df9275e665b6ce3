"""The sLSTM cell of xLSTM in PyTorch.

    c[t] = f' ⊙ c[t-1] + i' ⊙ g        n[t] = f' ⊙ n[t-1] + i'        h[t] = o ⊙ c[t] / n[t]

Weights have the names and shapes of `rnncourse.slstm.SLSTMParams`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from rnncourse import slstm
from rnncourse.nn._recurrent import Recurrent
from rnncourse.slstm import SLSTMParams, SLSTMState

__all__ = ["SLSTM"]


class SLSTM(Recurrent):
    """The network over a batch of sequences; arguments as `Recurrent`'s, and `forget_bias`.

    >>> h, state = SLSTM(2, 3)(torch.zeros(5, 4, 2))
    >>> tuple(h.shape), tuple(state.n.shape)
    ((5, 4, 3), (4, 3))
    """

    cell: ClassVar = slstm
    params_type: ClassVar = SLSTMParams
    state_type: ClassVar[Any] = SLSTMState
    W_ih: Tensor  # (4H, I)
    W_hh: Tensor  # (4H, H)
    b: Tensor  # (4H,)

    def step(self, x: Tensor, state: Any) -> Any:
        """h, c, n and m (B, H) from x[t] (B, I) and the state before it."""
        a = self.b + state.h @ self.W_hh.T + x @ self.W_ih.T  # eq. 1: (B, 4H)
        a_i, a_f, a_g, a_o = a.chunk(4, dim=1)
        kept = logsigmoid(a_f) + state.m
        empty = state.n == 0
        m = torch.where(empty, a_i, torch.maximum(kept, a_i))  # eq. 5
        i = torch.exp(a_i - m)  # eqs. 2, 5
        f = torch.exp(torch.where(empty, -torch.inf, kept - m))  # eqs. 2, 5
        c, n = f * state.c + i * torch.tanh(a_g), f * state.n + i  # eqs. 2, 3
        return self.state_type(torch.sigmoid(a_o) * c / n, c, n, m)  # eqs. 2, 4
