"""The Elman network in PyTorch: the chapter's equations forward.

    a[t] = b + W_hh h[t-1] + W_ih x[t]        h[t] = tanh(a[t])

Weights have the names and shapes of `rnncourse.elman.ElmanParams`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from rnncourse import elman
from rnncourse.elman import ElmanParams, ElmanState
from rnncourse.nn._recurrent import Recurrent

__all__ = ["Elman"]


class Elman(Recurrent):
    """The network over a batch of sequences; arguments as `Recurrent`'s.

    >>> h, state = Elman(2, 3)(torch.zeros(5, 4, 2))
    >>> tuple(h.shape), tuple(state.h.shape)
    ((5, 4, 3), (4, 3))
    """

    cell: ClassVar = elman
    params_type: ClassVar = ElmanParams
    state_type: ClassVar[Any] = ElmanState
    W_ih: Tensor  # (H, I)
    W_hh: Tensor  # (H, H)
    b: Tensor  # (H,)

    def step(self, x: Tensor, state: Any) -> Any:
        """h[t] (B, H) from x[t] (B, I) and the state before it."""
        a = self.b + state.h @ self.W_hh.T + x @ self.W_ih.T  # eq. 1
        return self.state_type(torch.tanh(a))  # eq. 2
