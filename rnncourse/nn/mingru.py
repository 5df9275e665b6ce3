"""The minimal gated recurrent unit in PyTorch, one step after another.

    h[t] = (1 - z[t]) ⊙ h[t-1] + z[t] ⊙ n[t]

`by_hand=True` runs it by the parallel scan. Weights have the names and shapes of
`rnncourse.mingru.MinGRUParams`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from rnncourse import mingru
from rnncourse.mingru import MinGRUParams, MinGRUState
from rnncourse.nn._recurrent import Recurrent

__all__ = ["MinGRU"]


class MinGRU(Recurrent):
    """The network over a batch of sequences; arguments as `Recurrent`'s.

    >>> h, state = MinGRU(2, 3)(torch.zeros(5, 4, 2))
    >>> tuple(h.shape), tuple(state.h.shape)
    ((5, 4, 3), (4, 3))
    """

    cell: ClassVar = mingru
    params_type: ClassVar = MinGRUParams
    state_type: ClassVar[Any] = MinGRUState
    W_ih: Tensor  # (2H, I)
    b: Tensor  # (2H,)

    def step(self, x: Tensor, state: Any) -> Any:
        """h[t] (B, H) from x[t] (B, I) and the state before it."""
        a_z, n = (self.b + x @ self.W_ih.T).chunk(2, dim=1)  # eqs. 1, 2
        z = torch.sigmoid(a_z)  # eq. 1
        return self.state_type((1 - z) * state.h + z * n)  # eq. 3

    @classmethod
    def _sizes(cls, params: Any) -> tuple[int, int]:
        return len(params.b) // 2, params.W_ih.shape[1]
