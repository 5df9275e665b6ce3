"""Skip connections through time in PyTorch: the chapter's equation forward.

    h[t] = tanh(b + W_hh h[t-1] + W_skip h[t-d] + W_ih x[t])

Weights have the names and shapes of `rnncourse.skip.SkipParams`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from rnncourse import _init, skip
from rnncourse.nn._recurrent import Recurrent
from rnncourse.skip import SkipParams, SkipState

__all__ = ["Skip"]


class Skip(Recurrent):
    """The network over a batch of sequences; arguments as `Recurrent`'s, and `delay`, d.

    >>> h, state = Skip(2, 3, delay=6)(torch.zeros(5, 4, 2))
    >>> tuple(h.shape), tuple(state.past.shape)
    ((5, 4, 3), (4, 5, 3))
    """

    cell: ClassVar = skip
    params_type: ClassVar = SkipParams
    state_type: ClassVar[Any] = SkipState
    W_ih: Tensor  # (H, I)
    W_hh: Tensor  # (H, H)
    W_skip: Tensor  # (H, H)
    b: Tensor  # (H,)

    def __init__(self, input_size: int, hidden_size: int, *, delay: int = 2, **how: Any) -> None:
        super().__init__(input_size, hidden_size, **how)
        _init.sizes(delay=delay)
        self.delay = delay

    def step(self, x: Tensor, state: Any) -> Any:
        """h[t] (B, H) and the line behind it, from x[t] (B, I) and the state before it."""
        line = torch.cat([state.h[:, None], state.past], dim=1)  # (B, d, H), the latest first
        a = self.b + state.h @ self.W_hh.T + x @ self.W_ih.T  # eq. 1: (B, H)
        h = torch.tanh(a + line[:, -1] @ self.W_skip.T)  # eqs. 1, 2
        return self.state_type(h, line[:, :-1])

    def _state_sizes(self) -> tuple[tuple[int, ...], ...]:
        return (self.hidden_size,), (self.delay - 1, self.hidden_size)
