"""Leaky units in PyTorch: the chapter's equation forward.

    h[t] = (1 - α) ⊙ h[t-1] + α ⊙ tanh(b + W_hh h[t-1] + W_ih x[t])

Weights have the names and shapes of `rnncourse.leaky.LeakyParams`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from rnncourse import leaky
from rnncourse.leaky import LeakyParams, LeakyState
from rnncourse.nn._recurrent import Recurrent

__all__ = ["Leaky"]


class Leaky(Recurrent):
    """The network over a batch of sequences; arguments as `Recurrent`'s, and `slowest`.

    >>> h, state = Leaky(2, 3)(torch.zeros(5, 4, 2))
    >>> tuple(h.shape), tuple(state.h.shape)
    ((5, 4, 3), (4, 3))
    """

    cell: ClassVar = leaky
    params_type: ClassVar = LeakyParams
    state_type: ClassVar[Any] = LeakyState
    W_ih: Tensor  # (H, I)
    W_hh: Tensor  # (H, H)
    b: Tensor  # (H,)
    alpha: Tensor  # (H,)

    def step(self, x: Tensor, state: Any) -> Any:
        """h[t] (B, H) from x[t] (B, I) and the state before it."""
        a = self.b + state.h @ self.W_hh.T + x @ self.W_ih.T  # eq. 1
        g = torch.tanh(a)  # eq. 2
        return self.state_type((1 - self.alpha) * state.h + self.alpha * g)  # eq. 3
