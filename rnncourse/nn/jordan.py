"""Jordan's network in PyTorch: the chapter's equations forward.

    s[t] = α ⊙ s[t-1] + ŷ[t-1]        h[t] = tanh(b + W_sh s[t] + W_ih x[t])
    o[t] = b_o + W_ho h[t]            ŷ[t] = g(o[t])

Weights have the names and shapes of `rnncourse.jordan.JordanParams`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from rnncourse import jordan
from rnncourse.jordan import JordanParams, JordanState
from rnncourse.nn._feedback import OutputFed

__all__ = ["Jordan"]


class Jordan(OutputFed):
    """The network over a batch of sequences; arguments as `OutputFed`'s, and `alpha`.

    >>> o, state = Jordan(2, 3, 7, feedback="decision")(torch.zeros(5, 4, 2))
    >>> tuple(o.shape), tuple(state.s.shape)
    ((5, 4, 7), (4, 7))
    """

    cell: ClassVar = jordan
    params_type: ClassVar = JordanParams
    state_type: ClassVar[Any] = JordanState
    W_ih: Tensor  # (H, I)
    W_sh: Tensor  # (H, K)
    b: Tensor  # (H,)
    b_o: Tensor  # (K,)
    alpha: Tensor  # (K,)

    def step(self, x: Tensor, state: Any, y: Tensor | None = None) -> Any:
        """o[t] and the state units (B, K), from x[t] (B, I) and the state before it."""
        h = torch.tanh(self.b + state.s @ self.W_sh.T + x @ self.W_ih.T)  # eq. 2
        o = self.b_o + h @ self.W_ho.T  # eq. 3
        return self.state_type(o, self.alpha * state.s + self.returned(o, y))  # eqs. 1, 3
