"""The gated recurrent unit in PyTorch, its reset before the product.

    n[t] = tanh(a_n + W_hn (r[t] ⊙ h[t-1]))        h[t] = z[t] ⊙ h[t-1] + (1 - z[t]) ⊙ n[t]

Weights have the names and shapes of `rnncourse.gru_before.GRUBeforeParams`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from rnncourse import gru_before
from rnncourse.gru_before import GRUBeforeParams, GRUBeforeState
from rnncourse.nn._recurrent import Recurrent

__all__ = ["GRUBefore"]


class GRUBefore(Recurrent):
    """The network over a batch of sequences; arguments as `Recurrent`'s.

    >>> h, state = GRUBefore(2, 3)(torch.zeros(5, 4, 2))
    >>> tuple(h.shape), tuple(state.h.shape)
    ((5, 4, 3), (4, 3))
    """

    cell: ClassVar = gru_before
    params_type: ClassVar = GRUBeforeParams
    state_type: ClassVar[Any] = GRUBeforeState
    W_ih: Tensor  # (3H, I)
    W_hh: Tensor  # (3H, H)
    b: Tensor  # (3H,)

    def step(self, x: Tensor, state: Any) -> Any:
        """h[t] (B, H) from x[t] (B, I) and the state before it."""
        W_hr, W_hz, W_hn = self.W_hh.chunk(3)
        a_r, a_z, a_n = (self.b + x @ self.W_ih.T).chunk(3, dim=1)
        r = torch.sigmoid(a_r + state.h @ W_hr.T)  # eq. 1
        z = torch.sigmoid(a_z + state.h @ W_hz.T)  # eq. 2
        n = torch.tanh(a_n + (r * state.h) @ W_hn.T)  # eq. 3
        return self.state_type(z * state.h + (1 - z) * n)  # eq. 4
