"""Embedding in PyTorch: a vector for each class number, before a module of this package.

    v[t] = E[x[t]]        h = F(v)

Weights have the names of `rnncourse.embedding.EmbeddedParams`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from rnncourse import _init, embedding
from rnncourse.embedding import EmbeddedParams
from rnncourse.nn import _layers, _validate

__all__ = ["Embedded"]


class Embedded(nn.Module):
    """A module that reads class numbers.

    Args:
        cell: what reads the vectors, such as `LSTM(16, 32)`; they are as wide as what it reads.
        input_size: V, how many class numbers there are, at least 1.

    Raises:
        ValueError: a number of classes below 1.

    >>> from rnncourse.nn import LSTM
    >>> h, _ = Embedded(LSTM(16, 32), 1000)(torch.tensor([[7], [999]]))
    >>> tuple(h.shape)
    (2, 1, 32)
    """

    reads_numbers = True

    def __init__(self, cell: Any, input_size: int) -> None:
        super().__init__()
        _init.sizes(input_size=input_size)
        _validate.module("cell", cell)
        like = next(cell.parameters())
        self.cell, self.input_size = cell, input_size
        self.E = nn.Parameter(torch.randn(input_size, cell.input_size).to(like))

    @property
    def pools(self) -> bool:
        """Whether one vector for a whole sequence comes out of the module within."""
        return _layers.pools(self.cell)

    def forward(self, x: Tensor, state: Any = None, lengths: Any = None) -> tuple[Tensor, Any]:
        """Run over sequences of class numbers, time-major.

        Args:
            x: (T, B) integers from 0 to V - 1.
            state: where the module within starts; zeros when left out.
            lengths: (B,) steps in each sequence. What x holds beyond may be any integers.

        Returns:
            What the module within puts out, and its state at each sequence's end.

        Raises:
            ValueError: a shape that does not fit, numbers out of range or not integers, or lengths
                out of range.
        """
        if not isinstance(x, Tensor) or x.ndim != 2:
            found = tuple(x.shape) if isinstance(x, Tensor) else type(x).__name__
            raise ValueError(f"x must have shape (T, B), class numbers, got {found}")
        if x.is_floating_point() or x.is_complex() or x.dtype == torch.bool:
            raise ValueError(f"x must hold class numbers as integers, got dtype {x.dtype}")
        _, real = _layers.batch(x[:, :, None], lengths)
        if real is not None:
            x = torch.where(real[:, :, 0], x, 0)
        V = len(self.E)
        if x.numel() and not 0 <= int(x.min()) <= int(x.max()) < V:
            wrong = x[(x < 0) | (x >= V)][0]
            raise ValueError(f"x must lie between 0 and V - 1 = {V - 1}, got {wrong}")
        h, end = self.cell(nn.functional.embedding(x.long(), self.E), state, lengths)
        return h, end

    @classmethod
    def from_params(
        cls, net: embedding.Embedded, params: EmbeddedParams, **options: Any
    ) -> Embedded:
        """A module of this class with the weights of a NumPy network, copied.

        Args:
            net: the NumPy network, whose cell rnncourse.nn must have too.
            params: its weights.
            options: how the cell is built, such as `by_hand=True`.

        Raises:
            ValueError: rnncourse.nn has no such cell.

        >>> import numpy as np
        >>> from rnncourse import lstm
        >>> net = embedding.Embedded(lstm, size=4)
        >>> params = net.init(np.random.default_rng(0), 10, 3)
        >>> Embedded.from_params(net, params).to_params().E.shape
        (10, 4)
        """
        E = torch.from_numpy(params.E.copy())
        module = cls(_layers.reading(net.cell, params.cell, **options), len(E))
        module.E = nn.Parameter(E)
        return module

    def to_params(self) -> EmbeddedParams:
        """The weights as NumPy arrays, copied."""
        return EmbeddedParams(self.E.detach().cpu().numpy().copy(), self.cell.to_params())
