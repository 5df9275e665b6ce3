"""Bidirectional networks in PyTorch: two modules of this package, one of them turned around.

    b = turn(G(turn(x)))        turn(x)[t] = x[n + 1 - t] within each sequence's own length n

Weights and states have the names of `rnncourse.bidirectional`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from rnncourse import _validate as _arrays
from rnncourse import bidirectional
from rnncourse.bidirectional import BidirectionalParams, BidirectionalState
from rnncourse.nn import _layers, _validate

__all__ = ["Bidirectional"]


class Bidirectional(nn.Module):
    """Two modules over a batch of sequences, in both directions.

    Args:
        forth: reads from the left, such as `LSTM(2, 3)`.
        back: reads from the right.
        combine: "concatenate", "sum" or "product".

    Raises:
        ValueError: an unknown way to combine.

    >>> from rnncourse.nn import GRU
    >>> net = Bidirectional(GRU(2, 3), GRU(2, 3))
    >>> h, state = net(torch.zeros(5, 4, 2))
    >>> tuple(h.shape), tuple(state.backward.h.shape)
    ((5, 4, 6), (4, 3))
    """

    def __init__(self, forth: nn.Module, back: nn.Module, *, combine: str = "concatenate") -> None:
        super().__init__()
        bidirectional.check_combine(combine)
        _validate.module("forth", forth)
        _validate.module("back", back)
        self.forth, self.back, self.combine = forth, back, combine

    @property
    def input_size(self) -> int:
        """I, what both directions read."""
        return self.forth.input_size  # type: ignore[return-value]

    @property
    def pools(self) -> bool:
        """Whether one vector for a whole sequence comes out of each direction."""
        return _layers.pools(self.forth)

    def forward(
        self, x: Tensor, state: Any = None, lengths: Any = None
    ) -> tuple[Tensor, BidirectionalState]:
        """Run over sequences, time-major.

        Args:
            x: (T, B, I).
            state: where each direction starts, a pair; zeros when left out.
            lengths: (B,) steps in each sequence. What x holds beyond changes nothing.

        Returns:
            h (T, B, H), or (T, B, 2H) side by side, zero beyond a sequence's end; and where each
            direction ended.

        Raises:
            ValueError: a shape or dtype that does not fit, or lengths out of range.
        """
        known, _ = _layers.batch(x, lengths)
        start_f, start_b = (
            (None, None) if state is None else _arrays.state("state", state, BidirectionalState)
        )
        h_f, end_f = self.forth(x, start_f, known)
        turned, end_b = self.back(_turned(x, known), start_b, known)
        h_b = _turned(turned, known)
        if self.combine == "concatenate":
            h = torch.cat([h_f, h_b], dim=2)
        else:
            h = h_f + h_b if self.combine == "sum" else h_f * h_b
        return h, BidirectionalState(end_f, end_b)

    @classmethod
    def from_params(
        cls, net: bidirectional.Bidirectional, params: BidirectionalParams, **options: Any
    ) -> Bidirectional:
        """A module of this class with the weights of a NumPy network, copied.

        Args:
            net: the NumPy network, whose cell rnncourse.nn must have too.
            params: its weights.
            options: how the cells are built, such as `by_hand=True`.

        Raises:
            ValueError: rnncourse.nn has no such cell.

        >>> import numpy as np
        >>> from rnncourse import lstm
        >>> net = bidirectional.Bidirectional(lstm, "sum")
        >>> params = net.init(np.random.default_rng(0), 2, 3)
        >>> Bidirectional.from_params(net, params).to_params().backward.b.shape
        (12,)
        """
        pairs = zip(net.pair, params, strict=True)
        forth, back = (_layers.reading(cell, direction, **options) for cell, direction in pairs)
        return cls(forth, back, combine=net.combine)

    def to_params(self) -> BidirectionalParams:
        """The weights as NumPy arrays, copied."""
        return BidirectionalParams(self.forth.to_params(), self.back.to_params())  # type: ignore[operator]


def _turned(x: Tensor, lengths: Tensor | None) -> Tensor:
    """Turn x (T, B, …) around within each sequence's length; padding stays in its place."""
    if lengths is None or len(x) == 1:  # one step, of whatever was pooled, stays in its place
        return x.flip(0)
    steps = torch.arange(len(x), device=x.device)[:, None]
    turned = torch.where(steps < lengths, lengths - 1 - steps, steps)
    return x[turned, torch.arange(x.shape[1], device=x.device)]
