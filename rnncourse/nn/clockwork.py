"""The clockwork network in PyTorch: the chapter's equations forward.

    h[t] = tanh(b + (M ⊙ W_hh) h[t-1] + W_ih x[t])   in groups whose period divides the clock

Weights have the names and shapes of `rnncourse.clockwork.ClockworkParams`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from rnncourse import clockwork
from rnncourse.clockwork import PERIODS, ClockworkParams, ClockworkState
from rnncourse.nn._recurrent import Recurrent

__all__ = ["Clockwork"]


class Clockwork(Recurrent):
    """The network over a batch of sequences; arguments as `Recurrent`'s, and `periods`.

    >>> h, state = Clockwork(2, 3, periods=(1, 4))(torch.zeros(5, 4, 2))
    >>> tuple(h.shape), state.clock.tolist()
    ((5, 4, 3), [5.0, 5.0, 5.0, 5.0])
    """

    cell: ClassVar[Any] = clockwork
    params_type: ClassVar = ClockworkParams
    state_type: ClassVar[Any] = ClockworkState
    W_ih: Tensor  # (H, I)
    W_hh: Tensor  # (H, H)
    b: Tensor  # (H,)
    M: Tensor  # (H, H)
    of: Tensor  # (H,), each unit's period

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        periods: tuple[int, ...] = PERIODS,
        **how: Any,
    ) -> None:
        super().__init__(input_size, hidden_size, **how)
        self.cell = clockwork.with_periods(periods)  # type: ignore[misc]  # this one's own periods
        M = torch.from_numpy(clockwork.connections(hidden_size, periods))
        self.register_buffer("M", M.to(self.b.dtype), persistent=False)
        of = torch.from_numpy(clockwork.unit_periods(hidden_size, periods))
        self.register_buffer("of", of, persistent=False)

    def step(self, x: Tensor, state: Any) -> Any:
        """h[t] (B, H) and the clock, from x[t] (B, I) and the state before it."""
        a = self.b + state.h @ (self.M * self.W_hh).T + x @ self.W_ih.T  # eq. 1
        moves = torch.floor(state.clock)[:, None] % self.of == 0
        h = torch.where(moves, torch.tanh(a), state.h)  # eqs. 2, 3
        return self.state_type(h, state.clock + 1)

    def _state_sizes(self) -> tuple[tuple[int, ...], ...]:
        return (self.hidden_size,), ()
