"""Deep networks in PyTorch: modules of this package, one above the other.

    u_l = F_l(u_{l-1})          or u_{l-1} + F_l(u_{l-1}), where it has weights and the widths fit

Weights and states have the names of `rnncourse.deep`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from rnncourse import _validate as _arrays
from rnncourse import deep
from rnncourse.deep import DeepParams, DeepState
from rnncourse.nn import _layers, _validate

__all__ = ["Deep"]


class Deep(nn.Module):
    """Layers over a batch of sequences.

    Args:
        layers: modules, the lowest first, such as `[LSTM(2, 3), LSTM(3, 3)]`.
        residual: add a layer's inputs to its outputs wherever both are of one width.

    Raises:
        ValueError: no layer.

    >>> from rnncourse.nn import GRU, LSTM, Bidirectional
    >>> net = Deep([Bidirectional(GRU(2, 3), GRU(2, 3)), LSTM(6, 4)])
    >>> h, state = net(torch.zeros(5, 7, 2))
    >>> tuple(h.shape), tuple(state.layers[1].c.shape)
    ((5, 7, 4), (7, 4))
    """

    def __init__(self, layers: Iterable[nn.Module], *, residual: bool = False) -> None:
        super().__init__()
        if not isinstance(layers, Iterable):
            raise ValueError(f"layers must be modules, a list of them, got {type(layers).__name__}")
        layers = tuple(layers)
        for k, layer in enumerate(layers):
            _validate.module(f"layers[{k}]", layer)
        self.layers, self.residual = nn.ModuleList(layers), residual
        if not len(self.layers):
            raise ValueError("a deep network must have at least 1 layer, got 0")

    @property
    def input_size(self) -> int:
        """I, what the lowest layer reads; one without weights, as dropout, is as wide as it."""
        return next(layer.input_size for layer in self.layers if hasattr(layer, "input_size"))  # type: ignore[return-value]

    @property
    def pools(self) -> bool:
        """Whether one vector for a whole sequence comes out of some layer."""
        return any(map(_layers.pools, self.layers))

    def forward(
        self, x: Tensor, state: Any = None, lengths: Any = None
    ) -> tuple[Tensor, DeepState]:
        """Run over sequences, time-major.

        Args:
            x: (T, B, I).
            state: where each layer starts; zeros when left out.
            lengths: (B,) steps in each sequence. What x holds beyond changes nothing.

        Returns:
            h (T, B, H), the outputs of the last layer, zero beyond a sequence's end; and where
            each layer ended.

        Raises:
            ValueError: a shape or dtype that does not fit, lengths out of range, or residual
                connections that fit nowhere.
        """
        known, real = _layers.batch(x, lengths)
        if real is not None:
            x = torch.where(real, x, x.new_zeros(()))
        n = len(self.layers)
        starts = [None] * n if state is None else _arrays.state("state", state, DeepState).layers
        if not isinstance(starts, tuple | list) or len(starts) != n:
            raise ValueError(f"state.layers must be a tuple of {n} states, one for each layer")
        ends, around = [], []
        for layer, start in zip(self.layers, starts, strict=True):
            h, end = layer(x, start, known)
            fits = x.shape[2] == h.shape[2] and any(True for _ in layer.parameters())
            around.append(self.residual and fits and not _layers.pools(layer))
            known, _ = _layers.put_out(layer, x, known)
            x = x + h if around[-1] else h
            ends.append(end)
        if self.residual and not any(around):
            raise ValueError("residual must be False: no layer is as wide as what it reads")
        return x, DeepState(tuple(ends))

    @classmethod
    def from_params(cls, net: deep.Deep, params: DeepParams, **options: Any) -> Deep:
        """A module of this class with the weights of a NumPy network, copied.

        Args:
            net: the NumPy network, whose layers rnncourse.nn must have too.
            params: its weights.
            options: how the cells are built, such as `by_hand=True`.

        Raises:
            ValueError: rnncourse.nn has no such layer.

        >>> import numpy as np
        >>> from rnncourse import lstm
        >>> net = deep.Deep(lstm, layers=3)
        >>> params = net.init(np.random.default_rng(0), 2, 3)
        >>> [layer.b.shape for layer in Deep.from_params(net, params).to_params().layers]
        [(12,), (12,), (12,)]
        """
        pairs = zip(net.stack, params.layers, strict=True)
        layers = [_layers.reading(layer, weights, **options) for layer, weights in pairs]
        return cls(layers, residual=net.residual)

    def to_params(self) -> DeepParams:
        """The weights as NumPy arrays, copied."""
        return DeepParams(tuple(layer.to_params() for layer in self.layers))  # type: ignore[operator]
