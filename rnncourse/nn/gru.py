"""The gated recurrent unit in PyTorch, its reset after the product.

    n[t] = tanh(a_n + r[t] ⊙ (p_n + b_hn))        h[t] = z[t] ⊙ h[t-1] + (1 - z[t]) ⊙ n[t]

Weights have the names and shapes of `rnncourse.gru.GRUParams`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from rnncourse import gru
from rnncourse.gru import GRUParams, GRUState
from rnncourse.nn._recurrent import Recurrent

__all__ = ["GRU"]


class GRU(Recurrent):
    """The network over a batch of sequences; arguments as `Recurrent`'s.

    >>> h, state = GRU(2, 3)(torch.zeros(5, 4, 2))
    >>> tuple(h.shape), tuple(state.h.shape)
    ((5, 4, 3), (4, 3))
    """

    cell: ClassVar = gru
    params_type: ClassVar = GRUParams
    state_type: ClassVar[Any] = GRUState
    W_ih: Tensor  # (3H, I)
    W_hh: Tensor  # (3H, H)
    b: Tensor  # (3H,)
    b_hn: Tensor  # (H,)

    def step(self, x: Tensor, state: Any) -> Any:
        """h[t] (B, H) from x[t] (B, I) and the state before it."""
        a_r, a_z, a_n = (self.b + x @ self.W_ih.T).chunk(3, dim=1)  # eq. 1
        p_r, p_z, p_n = (state.h @ self.W_hh.T).chunk(3, dim=1)  # eq. 1
        r, z = torch.sigmoid(a_r + p_r), torch.sigmoid(a_z + p_z)  # eqs. 2, 3
        n = torch.tanh(a_n + r * (p_n + self.b_hn))  # eq. 4
        return self.state_type(z * state.h + (1 - z) * n)  # eq. 5
