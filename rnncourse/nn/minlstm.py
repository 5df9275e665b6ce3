"""The minimal LSTM in PyTorch, one step after another.

    h[t] = k[t] ⊙ h[t-1] + (1 - k[t]) ⊙ n[t],    k = f / (f + i)

`by_hand=True` runs it by the parallel scan. Weights have the names and shapes of
`rnncourse.minlstm.MinLSTMParams`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from rnncourse import minlstm
from rnncourse.minlstm import MinLSTMParams, MinLSTMState
from rnncourse.nn._recurrent import Recurrent

__all__ = ["MinLSTM"]


class MinLSTM(Recurrent):
    """The network over a batch of sequences; arguments as `Recurrent`'s.

    >>> h, state = MinLSTM(2, 3)(torch.zeros(5, 4, 2))
    >>> tuple(h.shape), tuple(state.h.shape)
    ((5, 4, 3), (4, 3))
    """

    cell: ClassVar = minlstm
    params_type: ClassVar = MinLSTMParams
    state_type: ClassVar[Any] = MinLSTMState
    W_ih: Tensor  # (3H, I)
    b: Tensor  # (3H,)

    def step(self, x: Tensor, state: Any) -> Any:
        """h[t] (B, H) from x[t] (B, I) and the state before it."""
        a_f, a_i, n = (self.b + x @ self.W_ih.T).chunk(3, dim=1)  # eq. 1
        k = torch.sigmoid(logsigmoid(a_f) - logsigmoid(a_i))  # eq. 2: f / (f + i)
        return self.state_type(k * state.h + (1 - k) * n)  # eq. 3

    @classmethod
    def _sizes(cls, params: Any) -> tuple[int, int]:
        return len(params.b) // 3, params.W_ih.shape[1]
