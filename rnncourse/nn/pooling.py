"""Pooling in PyTorch: one vector for each sequence, from the states of all its steps.

    last    v   = h[n]                  n is the sequence's own number of steps
    mean    v   = Σ_t h[t] / n
    max     v_k = max_t h_k[t]

A sequence of no steps has v = 0. Weights and states are those of the module within.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from rnncourse import pooling
from rnncourse.nn import _layers, _validate

__all__ = ["Pooled"]


class Pooled(nn.Module):
    """A module of which one vector for each sequence comes out.

    Args:
        cell: a module such as `LSTM(2, 3)`.
        how: "last", "mean" or "max".

    Raises:
        ValueError: an unknown way to pool.

    >>> from rnncourse.nn import GRU
    >>> h, state = Pooled(GRU(2, 3), "mean")(torch.zeros(5, 4, 2), lengths=[5, 1, 3, 0])
    >>> tuple(h.shape), tuple(state.h.shape)
    ((1, 4, 3), (4, 3))
    """

    pools = True

    def __init__(self, cell: nn.Module, how: str = "last") -> None:
        super().__init__()
        pooling.check_how(how)
        _validate.module("cell", cell)
        self.cell, self.how = cell, how

    @property
    def input_size(self) -> int:
        """I, what the module within reads."""
        return self.cell.input_size  # type: ignore[return-value]

    def forward(self, x: Tensor, state: Any = None, lengths: Any = None) -> tuple[Tensor, Any]:
        """Run over sequences, time-major.

        Args:
            x: (T, B, I).
            state: where the module within starts; zeros when left out.
            lengths: (B,) steps in each sequence. What x holds beyond changes nothing.

        Returns:
            h (1, B, H), zero for a sequence of no steps; and the state at each one's end.

        Raises:
            ValueError: a shape or dtype that does not fit, or lengths out of range.
        """
        h, end = self.cell(x, state, lengths)
        n, real = _layers.batch(h, lengths)
        T, B, H = h.shape
        if n is None:
            n = torch.full((B,), T, device=h.device)
        if not T:
            return h.new_zeros(1, B, H), end
        if real is not None:
            h = torch.where(real, h, h.new_zeros(()))
        if self.how == "mean":
            return h.sum(dim=0, keepdim=True) / n.clamp(min=1)[:, None], end
        if self.how == "last":
            v = h[(n - 1).clamp(min=0), torch.arange(B, device=h.device)]  # (B, H)
        else:
            seen = h if real is None else torch.where(real, h, h.new_full((), -torch.inf))
            v = h.gather(0, seen.argmax(dim=0, keepdim=True))[0]  # of equals the first
        return v[None], end

    @classmethod
    def from_params(cls, net: pooling.Pooled, params: Any, **options: Any) -> Pooled:
        """A module of this class with the weights of a NumPy network, copied.

        Args:
            net: the NumPy network, whose cell rnncourse.nn must have too.
            params: its weights.
            options: how the cell is built, such as `by_hand=True`.

        Raises:
            ValueError: rnncourse.nn has no such cell.
        """
        return cls(_layers.reading(net.cell, params, **options), net.how)

    def to_params(self) -> Any:
        """The weights as NumPy arrays, copied."""
        return self.cell.to_params()  # type: ignore[operator]
