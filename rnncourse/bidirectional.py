"""Bidirectional networks: one cell reads from the left, another of its kind from the right.

    f[t] = F(x[t], f[t-1])      t = 1, 2, … n                                        (1)
    b[t] = G(x[t], b[t+1])      t = n, … 2, 1                                        (2)
    h[t] = (f[t], b[t])         concatenate: 2H wide                                 (3)
    h[t] = f[t] + b[t]          sum                                                  (4)
    h[t] = f[t] ⊙ b[t]          product                                              (5)

F and G are one cell with two sets of weights, and n is the sequence's own length: in a padded batch
the right-to-left direction starts at each sequence's last real step, in its own initial state. Seen
from G, the inputs are a sequence like any other, turned around within its length:

    b = turn(G(turn(x)))        turn(x)[t] = x[n + 1 - t]        turn(turn(x)) = x   (6)

and back, given d_h[t],

    (d_f[t], d_b[t]) = d_h[t]                           concatenate                  (7)
    d_f[t] = d_b[t] = d_h[t]                            sum                          (8)
    d_f[t] = b[t] ⊙ d_h[t]      d_b[t] = f[t] ⊙ d_h[t]  product                      (9)
    d_x    = F's d_x given d_f  +  turn(G's d_x given turn(d_b))                    (10)

A state has a part for each direction: where it starts (`forward` before the first step, `backward`
after the last), and afterwards where it ended (`forward` after the last, `backward` before the
first). So it cannot be carried from one part of a sequence to the next: what the right-to-left
direction brings to a part comes from the part not yet seen. Such a net is not `causal`: no
truncated back-propagation, no outputs while a sequence still arrives.

Source: M. Schuster and K. K. Paliwal, Bidirectional recurrent neural networks, IEEE Transactions on
Signal Processing 45 (1997).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from rnncourse import _torch, _wiring
from rnncourse._validate import Array

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Bidirectional", "BidirectionalParams", "BidirectionalState"]

COMBINE = ("concatenate", "sum", "product")


class BidirectionalParams(NamedTuple):
    """The weights of both directions, or the gradient of a loss by them."""

    forward: Any
    backward: Any


class BidirectionalState(NamedTuple):
    """The states of both directions, or a gradient by them."""

    forward: Any
    backward: Any


class _Cache(NamedTuple):
    forth: Any  # the cell's own
    back: Any
    factors: tuple[Array, Array] | None  # f and b (T, B, H), of a product
    h: Array  # (T, B, H) or (T, B, 2H)
    lengths: Array | None
    real: Array | None  # (T, B, 1)


@dataclass(frozen=True, repr=False)
class Bidirectional:
    """A cell in both directions, for everything that takes a cell.

    Args:
        cell: a module such as `rnncourse.lstm`, or a wrapper around one.
        combine: "concatenate" puts the directions side by side, 2H wide; "sum" and "product" go
            entry by entry.
        back: what reads from the right where that is not `cell` itself; so
            `rnncourse.dropout.with_masks` gives each direction masks of its own.

    Raises:
        ValueError: what cannot be a cell, or an unknown way to combine.

    >>> from rnncourse import check_gradients, lstm, network
    >>> check_gradients(Bidirectional(lstm)).worst < 1e-13
    True
    >>> rng = np.random.default_rng(0)
    >>> net = network.init(Bidirectional(lstm), rng, input_size=2, hidden_size=3, output_size=4)
    >>> net.out.W_ho.shape, net.cell.backward.W_ih.shape
    ((4, 6), (12, 2))
    """

    cell: Any
    combine: str = "concatenate"
    back: Any = None
    causal: ClassVar = False

    def __post_init__(self) -> None:
        _wiring.check("cell", self.cell)
        if self.back is not None:
            _wiring.check("back", self.back)
        check_combine(self.combine)

    @property
    def pools(self) -> bool:
        """Whether one vector for a whole sequence comes out of each direction."""
        return _wiring.pools(self.cell)

    @property
    def pair(self) -> tuple[Any, Any]:
        """What reads from the left, and what reads from the right."""
        return self.cell, self.cell if self.back is None else self.back

    def __repr__(self) -> str:
        how = "" if self.combine == "concatenate" else f", {self.combine!r}"
        return f"Bidirectional({_wiring.label(self.cell)}{how})"

    def init(
        self,
        rng: np.random.Generator,
        input_size: int,
        hidden_size: int,
        *,
        dtype: Any = np.float64,
    ) -> BidirectionalParams:
        """Draw both directions by the cell's `init`, each with `hidden_size` units.

        Raises:
            ValueError: what the cell refuses.

        >>> from rnncourse import elman
        >>> params = Bidirectional(elman).init(np.random.default_rng(0), 2, 3)
        >>> params.forward.W_hh.shape, params.backward.W_hh.shape
        ((3, 3), (3, 3))
        """
        return BidirectionalParams(
            *(layer.init(rng, input_size, hidden_size, dtype=dtype) for layer in self.pair)
        )

    def forward(
        self,
        params: BidirectionalParams,
        x: Array,
        state: BidirectionalState | None = None,
        *,
        lengths: Any = None,
    ) -> tuple[Array, BidirectionalState, _Cache]:
        """Run over a batch of sequences, in both directions.

        Args:
            params: the weights.
            x: (T, B, I), of the weights' dtype.
            state: where each direction starts; zeros when left out.
            lengths: (B,) steps in each sequence, 0 to T. What stands in x beyond may be anything,
                NaN included: no direction reads it.

        Returns:
            h (T, B, H), or (T, B, 2H) where the directions stand side by side, zero beyond a
            sequence's end; where each direction ended; and the cache for `backward`.

        Raises:
            ValueError: what the cell refuses, with the direction before it.

        >>> from rnncourse import elman
        >>> one = elman.scalar(w=1.0, u=1.0).params
        >>> x = np.array([1.0, 0.0, 0.0]).reshape(3, 1, 1)
        >>> h, _, _ = Bidirectional(elman).forward(BidirectionalParams(one, one), x)
        >>> h[:, 0].round(3).tolist()  # from the right, nothing comes before the 1
        [[0.762, 0.762], [0.642, 0.0], [0.566, 0.0]]
        """
        x, lengths, real = _wiring.batch(x, lengths)
        params = _wiring.parts("params", params, BidirectionalParams)
        start = _wiring.parts("state", state, BidirectionalState, None, None)
        with _wiring.within("forward"):
            h_f, end_f, forth = self.cell.forward(  # eq. 1
                params.forward, x, start.forward, lengths=lengths
            )
        with _wiring.within("backward"):
            turned, end_b, back = self.pair[1].forward(  # eqs. 2, 6
                params.backward, _turned(x, lengths), start.backward, lengths=lengths
            )
        h_b = _turned(turned, lengths)  # eq. 6
        if self.combine == "concatenate":
            h = np.concatenate([h_f, h_b], axis=2)  # eq. 3: (T, B, 2H)
        elif self.combine == "sum":
            h = h_f + h_b  # eq. 4
        else:
            h = h_f * h_b  # eq. 5
        factors = (h_f, h_b) if self.combine == "product" else None
        _, real = _wiring.put_out(self.cell, x, lengths, real)
        cache = _Cache(forth, back, factors, h, lengths, real)
        return h, BidirectionalState(end_f, end_b), cache

    def backward(
        self, cache: _Cache, d_h: Array, d_state: BidirectionalState | None = None
    ) -> tuple[Array, BidirectionalParams, BidirectionalState]:
        """Back-propagate through time, each direction from where it ended.

        Args:
            cache: the third result of `forward`.
            d_h: of h's shape, gradient of the loss by each output; ignored beyond a sequence's end.
            d_state: gradient by where each direction ended, if the loss uses it directly.

        Returns:
            d_x (T, B, I), zero beyond a sequence's end; the weights' gradients; the gradient by
            where each direction started.

        Raises:
            ValueError: a shape or dtype that does not fit that of the outputs.

        >>> from rnncourse import elman
        >>> one = elman.scalar(w=1.0, u=1.0).params
        >>> net = Bidirectional(elman, "sum")
        >>> h, _, cache = net.forward(BidirectionalParams(one, one), np.zeros((3, 1, 1)))
        >>> d_h = np.zeros_like(h)
        >>> d_h[1] = 1  # an output in the middle feels every input, its own in both directions
        >>> net.backward(cache, d_h)[0].ravel().tolist()
        [1.0, 2.0, 1.0]
        """
        d_h = _wiring.slopes(d_h, cache.h, cache.real)
        d_end = _wiring.parts("d_state", d_state, BidirectionalState, None, None)
        if cache.factors is not None:
            f, b = cache.factors
            d_f, d_b = b * d_h, f * d_h  # eq. 9
        elif self.combine == "concatenate":
            d_f, d_b = np.split(d_h, 2, axis=2)  # eq. 7: (T, B, H) each
        else:
            d_f = d_b = d_h  # eq. 8
        with _wiring.within("forward"):
            d_x_f, grads_f, d_start_f = self.cell.backward(cache.forth, d_f, d_end.forward)
        with _wiring.within("backward"):
            d_x_b, grads_b, d_start_b = self.pair[1].backward(
                cache.back, _turned(d_b, cache.lengths), d_end.backward
            )
        return (
            d_x_f + _turned(d_x_b, cache.lengths),  # eq. 10
            BidirectionalParams(grads_f, grads_b),
            BidirectionalState(d_start_f, d_start_b),
        )

    def to_torch(self, params: BidirectionalParams) -> nn.RNNBase:
        """The same network as a layer of `torch.nn` with `bidirectional=True` (time-major).

        Raises:
            ValueError: the directions are not side by side, or torch.nn has no such cell.
        """
        self._check_torch()
        module: nn.RNNBase = _torch.paired(
            self.cell.to_torch(params.forward), self.cell.to_torch(params.backward)
        )
        return module

    def from_torch(self, module: nn.RNNBase, layer: int = 0) -> BidirectionalParams:
        """The weights of one layer of a `torch.nn` module with `bidirectional=True`, copied.

        Raises:
            ValueError: the directions are not side by side, the module runs in one direction only
                or is of another kind, or it has no such layer.

        >>> import torch
        >>> from rnncourse import gru
        >>> module = torch.nn.GRU(2, 3, bidirectional=True, dtype=torch.float64)
        >>> net, x = Bidirectional(gru), np.ones((5, 4, 2))
        >>> h, _, _ = net.forward(net.from_torch(module), x)
        >>> bool(np.allclose(h, module(torch.tensor(x))[0].detach()))
        True
        """
        self._check_torch()
        _torch.check_directions(module, two=True)
        return BidirectionalParams(
            self.cell.from_torch(module, layer, False), self.cell.from_torch(module, layer, True)
        )

    def _check_torch(self) -> None:
        if self.combine != "concatenate":
            raise ValueError(f"combine must be 'concatenate' in torch.nn, got {self.combine!r}")
        if self.back is not None:
            raise ValueError(f"back must be None in torch.nn, got {_wiring.label(self.back)}")
        _torch.check_cell(self.cell)


def check_combine(combine: str) -> None:
    """Raise unless it is the name of a way to combine."""
    if combine not in COMBINE:
        raise ValueError(f"combine must be one of {', '.join(map(repr, COMBINE))}, got {combine!r}")


def _turned(x: Array, lengths: Array | None) -> Array:
    """Turn x (T, B, …) around within each sequence's length; padding stays in its place."""
    if lengths is None or len(x) == 1:  # one step, of whatever was pooled, stays in its place
        return x[::-1]
    steps = np.arange(len(x))[:, None]
    return x[np.where(steps < lengths, lengths - 1 - steps, steps), np.arange(x.shape[1])]
