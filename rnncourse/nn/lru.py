"""The linear recurrent unit in PyTorch, one step after another, in real numbers.

    s[t] = λ ⊙ s[t-1] + exp(γ) ⊙ (W_re + i W_im) x[t]        h[t] = (Re s[t], Im s[t])

`by_hand=True` runs it by the parallel scan. Weights have the names and shapes of
`rnncourse.lru.LRUParams`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from rnncourse import lru
from rnncourse.lru import LRUParams, LRUState
from rnncourse.nn._recurrent import Recurrent

__all__ = ["LRU"]


class LRU(Recurrent):
    """The network over a batch of sequences; arguments as `Recurrent`'s, `ring` and `max_phase`.

    >>> h, state = LRU(2, 3)(torch.zeros(5, 4, 2))
    >>> tuple(h.shape), tuple(state.h.shape)
    ((5, 4, 6), (4, 6))
    """

    cell: ClassVar = lru
    params_type: ClassVar = LRUParams
    state_type: ClassVar[Any] = LRUState
    W_ih: Tensor  # (2N, I)
    nu: Tensor  # (N,)
    theta: Tensor  # (N,)
    gamma: Tensor  # (N,)

    def step(self, x: Tensor, state: Any) -> Any:
        """h[t] (B, 2N) from x[t] (B, I) and the state before it."""
        size, angle = torch.exp(-torch.exp(self.nu)), torch.exp(self.theta)
        l_re, l_im = size * torch.cos(angle), size * torch.sin(angle)  # eq. 1
        s_re, s_im = state.h.chunk(2, dim=1)
        u_re, u_im = (x @ self.W_ih.T).chunk(2, dim=1)
        scale = torch.exp(self.gamma)
        re = l_re * s_re - l_im * s_im + scale * u_re  # eq. 2
        im = l_re * s_im + l_im * s_re + scale * u_im  # eq. 2
        return self.state_type(torch.cat([re, im], dim=1))  # eq. 3

    @classmethod
    def _sizes(cls, params: Any) -> tuple[int, int]:
        return len(params.nu), params.W_ih.shape[1]

    def _state_sizes(self) -> tuple[tuple[int, ...], ...]:
        return ((2 * self.hidden_size,),)
