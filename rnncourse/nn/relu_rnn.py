"""The ReLU network in PyTorch: the chapter's equation forward.

    h[t] = max(b + W_hh h[t-1] + W_ih x[t], 0)

Weights have the names and shapes of `rnncourse.relu_rnn.ReLUParams`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from rnncourse import relu_rnn
from rnncourse.nn._recurrent import Recurrent
from rnncourse.relu_rnn import ReLUParams, ReLUState

__all__ = ["ReLURNN"]


class ReLURNN(Recurrent):
    """The network over a batch of sequences; arguments as `Recurrent`'s.

    >>> h, state = ReLURNN(2, 3)(torch.zeros(5, 4, 2))
    >>> tuple(h.shape), tuple(state.h.shape)
    ((5, 4, 3), (4, 3))
    """

    cell: ClassVar = relu_rnn
    params_type: ClassVar = ReLUParams
    state_type: ClassVar[Any] = ReLUState
    W_ih: Tensor  # (H, I)
    W_hh: Tensor  # (H, H)
    b: Tensor  # (H,)

    def step(self, x: Tensor, state: Any) -> Any:
        """h[t] (B, H) from x[t] (B, I) and the state before it."""
        a = self.b + state.h @ self.W_hh.T + x @ self.W_ih.T  # eq. 1
        return self.state_type(torch.relu(a))  # eq. 2
