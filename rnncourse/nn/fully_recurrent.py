"""The fully recurrent network in PyTorch: the chapter's equation forward.

    s[t] = tanh(b + W_hh s[t-1] + W_ih x[t])        ŷ[t] = (s[t]_1, …, s[t]_K)

Weights have the names and shapes of `rnncourse.elman.ElmanParams`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from rnncourse import fully_recurrent
from rnncourse.elman import ElmanParams, ElmanState
from rnncourse.nn._recurrent import Recurrent

__all__ = ["FullyRecurrent"]


class FullyRecurrent(Recurrent):
    """The network over a batch of sequences; arguments as `Recurrent`'s, and `output_size`, K.

    >>> y_hat, state = FullyRecurrent(2, 6, output_size=3)(torch.zeros(5, 4, 2))
    >>> tuple(y_hat.shape), tuple(state.h.shape)
    ((5, 4, 3), (4, 6))
    """

    cell: ClassVar = fully_recurrent
    params_type: ClassVar = ElmanParams
    state_type: ClassVar[Any] = ElmanState
    W_ih: Tensor  # (N, I)
    W_hh: Tensor  # (N, N)
    b: Tensor  # (N,)

    def __init__(
        self, input_size: int, hidden_size: int, *, output_size: int | None = None, **how: Any
    ) -> None:
        super().__init__(input_size, hidden_size, **how)
        self.output_size = hidden_size if output_size is None else output_size
        fully_recurrent.window(hidden_size, self.output_size)

    def forward(self, x: Tensor, state: Any = None, lengths: Any = None) -> tuple[Tensor, Any]:
        """The units that are seen, ŷ (T, B, K), and the state; arguments as `Recurrent.forward`."""
        s, end = super().forward(x, state, lengths)
        return s[..., : self.output_size], end

    def step(self, x: Tensor, state: Any) -> Any:
        """s[t] (B, N) from x[t] (B, I) and the state before it."""
        return self.state_type(torch.tanh(self.b + state.h @ self.W_hh.T + x @ self.W_ih.T))
