"""Deep recurrent networks: the outputs of one layer are the inputs of the next.

    u₀[t] = x[t]                                                                              (1)
    u_l   = F_l(u_{l-1})                        l = 1, 2, … L, over the whole sequence        (2)
    u_l   = u_{l-1} + F_l(u_{l-1})              with residual connections                     (3)
    h[t]  = u_L[t]                                                                            (4)

and back, given d_u_L = d_h, from the last layer to the first:

    d_u_{l-1} = F_l's d_x given d_u_l           and d_u_l added where there is a path around  (5)

A layer is anything with the call shape of a cell: a cell, a wrapper around one, another `Deep`, or
what has no weights, as dropout. So these are all deep networks:

    Deep(lstm, layers=3)                                three layers of one kind
    Deep([lstm, gru])                                   of different kinds
    Deep(Bidirectional(lstm), layers=2)                 deep bidirectional, as torch.nn.LSTM's
    Deep([Bidirectional(gru), lstm])                    only the lowest layer in both directions
    Deep([lstm, Dropout(0.3), lstm])                    see `rnncourse.dropout`

With `residual=True` a path leads around every layer that has weights, does not pool its steps and
is as wide above as below, mostly not the lowest; a net in which it fits nowhere is refused. To take
several layers into one path, stack them first: Deep([lstm, Deep([lstm, lstm])], residual=True).

The state is one state for each layer. A deep net of causal layers is causal: its state is carried
on as a cell's is, so it can be truncated, and read one step at a time.

Source: J. Schmidhuber, Learning complex, extended sequences using the principle of history
compression, Neural Computation 4 (1992); A. Graves, A. Mohamed and G. Hinton, Speech recognition
with deep recurrent neural networks (2013). Residual connections between recurrent layers: Y. Wu et
al., Google's neural machine translation system (2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rnncourse import _torch, _wiring
from rnncourse._validate import Array
from rnncourse.bidirectional import Bidirectional

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Deep", "DeepParams", "DeepState"]


class DeepParams(NamedTuple):
    """The weights of every layer, the lowest first, or the gradient of a loss by them."""

    layers: tuple[Any, ...]


class DeepState(NamedTuple):
    """The state of every layer, the lowest first, or a gradient by it."""

    layers: tuple[Any, ...]


class _Cache(NamedTuple):
    layers: list[Any]
    around: list[bool]  # whether a path leads around the layer
    h: Array  # (T, B, H)
    real: Array | None  # (T, B, 1)


@dataclass(frozen=True, repr=False)
class Deep:
    """Layers one above the other, for everything that takes a cell.

    Args:
        cell: a cell or a wrapper, repeated; or a list of them, the lowest first.
        layers: how often `cell` is repeated, 2 when left out; not beside a list.
        residual: add a layer's inputs to its outputs wherever both are of one width.

    Raises:
        ValueError: no layer, what cannot be a layer, or `layers` beside a list.

    >>> from rnncourse import check_gradients, gru, lstm
    >>> net = Deep([Bidirectional(lstm), Bidirectional(gru)], residual=True)
    >>> check_gradients(net, H=2).worst < 1e-13
    True
    >>> params = net.init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> params.layers[1].forward.W_ih.shape  # reads both directions of the layer below
    (9, 6)
    """

    cell: Any
    layers: int | None = None
    residual: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.cell, list | tuple):
            if self.layers is not None:
                raise ValueError(f"layers must be left out beside a list, got {self.layers}")
            object.__setattr__(self, "cell", tuple(self.cell))
        elif self.layers is None:
            object.__setattr__(self, "layers", 2)
        if not self.stack:
            raise ValueError("a deep network must have at least 1 layer, got 0")
        for k, layer in enumerate(self.stack):
            _wiring.check(f"layer {k}" if self.layers is None else "cell", layer)

    @property
    def stack(self) -> tuple[Any, ...]:
        """Every layer, the lowest first."""
        return tuple(self.cell) if self.layers is None else (self.cell,) * self.layers

    @property
    def causal(self) -> bool:
        """Whether no layer sees the future."""
        return all(map(_wiring.causal, self.stack))

    def __repr__(self) -> str:
        around = ", residual=True" if self.residual else ""
        return f"Deep([{', '.join(map(_wiring.label, self.stack))}]{around})"

    def init(
        self,
        rng: np.random.Generator,
        input_size: int,
        hidden_size: int,
        *,
        dtype: Any = np.float64,
    ) -> DeepParams:
        """Draw every layer by its own `init`, as wide at the bottom as what comes from below.

        Raises:
            ValueError: what a layer refuses, or residual connections that fit nowhere.

        >>> from rnncourse import elman
        >>> params = Deep(elman, layers=3).init(np.random.default_rng(0), 2, 4)
        >>> [layer.W_ih.shape for layer in params.layers]
        [(4, 2), (4, 4), (4, 4)]
        """
        params, around, width = [], [], input_size
        for k, layer in enumerate(self.stack):
            with _wiring.within(f"layer {k}"):
                weights = layer.init(rng, width, hidden_size, dtype=dtype)
                wider = _wiring.output_size(layer, weights, width)
            params.append(weights)
            around.append(self._around(layer, weights, width, wider))
            width = wider
        self._check_paths(around)
        return DeepParams(tuple(params))

    def forward(
        self, params: DeepParams, x: Array, state: DeepState | None = None, *, lengths: Any = None
    ) -> tuple[Array, DeepState, _Cache]:
        """Run over a batch of sequences, layer by layer.

        Args:
            params: the weights.
            x: (T, B, I), of the weights' dtype.
            state: where each layer starts; zeros when left out.
            lengths: (B,) steps in each sequence, 0 to T. No layer reads what x holds beyond.

        Returns:
            h (T, B, H), the last layer's, zero beyond a sequence's end, perhaps the cache's own
            memory: do not write into it; where each layer ended; and the cache for `backward`.

        Raises:
            ValueError: what a layer refuses, with its number before it, the lowest being 0; or
                residual connections that fit nowhere.

        >>> from rnncourse import elman
        >>> one = elman.scalar(w=0.0, u=1.0).params
        >>> h, _, _ = Deep(elman, layers=3).forward(DeepParams((one,) * 3), np.ones((1, 1, 1)))
        >>> bool(h[0, 0, 0] == np.tanh(np.tanh(np.tanh(1))))
        True
        """
        u, lengths, real = _wiring.batch(x, lengths)  # eq. 1
        parts = self._parts("params", params, DeepParams), self._parts("state", state, DeepState)
        ends, caches, around = [], [], []
        for k, (layer, weights, start) in enumerate(zip(self.stack, *parts, strict=True)):
            with _wiring.within(f"layer {k}"):
                h, end, cache = layer.forward(weights, u, start, lengths=lengths)  # eq. 2
            around.append(self._around(layer, weights, u.shape[2], h.shape[2]))
            lengths, real = _wiring.put_out(layer, u, lengths, real)
            u = _wiring.zeroed(u, real) + h if around[-1] else h  # eqs. 2, 3
            ends.append(end)
            caches.append(cache)
        self._check_paths(around)
        return u, DeepState(tuple(ends)), _Cache(caches, around, u, real)  # eq. 4

    def backward(
        self, cache: _Cache, d_h: Array, d_state: DeepState | None = None
    ) -> tuple[Array, DeepParams, DeepState]:
        """Back-propagate through time, the last layer first.

        Args:
            cache: the third result of `forward`.
            d_h: (T, B, H) gradient of the loss by each output; ignored beyond a sequence's end.
            d_state: gradient by where each layer ended, if the loss uses it directly.

        Returns:
            d_x (T, B, I), zero beyond a sequence's end; the weights' gradients; the gradient by
            where each layer started.

        Raises:
            ValueError: a shape or dtype that does not fit that of the outputs.

        >>> from rnncourse import elman
        >>> one = elman.scalar(w=0.0, u=0.5).params
        >>> for residual in (False, True):  # a path around leaves the slope alone
        ...     net = Deep(elman, layers=3, residual=residual)
        ...     h, _, cache = net.forward(DeepParams((one,) * 3), np.zeros((1, 1, 1)))
        ...     print(float(net.backward(cache, np.ones_like(h))[0][0, 0, 0]))  # 0.5³, 1.5³
        0.125
        3.375
        """
        d_u = _wiring.slopes(d_h, cache.h, cache.real)
        d_ends = self._parts("d_state", d_state, DeepState)
        grads, d_starts = [], []
        for k in reversed(range(len(self.stack))):
            with _wiring.within(f"layer {k}"):
                d_x, share, start = self.stack[k].backward(cache.layers[k], d_u, d_ends[k])  # eq. 5
            d_u = d_u + d_x if cache.around[k] else d_x  # eq. 5
            grads.append(share)
            d_starts.append(start)
        return d_u, DeepParams(tuple(grads[::-1])), DeepState(tuple(d_starts[::-1]))

    def shown(self, cache: _Cache, d_state: DeepState, d_h: Array) -> DeepState:
        """The gradient by the state after one step, given d_h (1, B, H) by what it puts out.

        That is the last layer's state, with that of the layer below where a path leads around it.
        """
        parts = list(d_state.layers)
        for k in reversed(range(len(parts))):
            if not _wiring.shows_state(self.stack[k], parts[k]):
                d_h = self.stack[k].backward(cache.layers[k], d_h)[0]
                continue
            parts[k] = _wiring.shown(self.stack[k], cache.layers[k], parts[k], d_h)
            if not cache.around[k]:
                break
        return DeepState(tuple(parts))

    def to_torch(self, params: DeepParams) -> nn.RNNBase:
        """The same network as one module of `torch.nn` with that many layers (time-major).

        Raises:
            ValueError: torch.nn has no paths around, no layers of several kinds or widths, not
                such a cell, no directions that are not side by side.
        """
        self._check_torch()
        pairs = zip(self.stack, self._parts("params", params, DeepParams), strict=True)
        module: nn.RNNBase = _torch.stacked([layer.to_torch(weights) for layer, weights in pairs])
        return module

    def from_torch(self, module: nn.RNNBase) -> DeepParams:
        """The weights of a whole `torch.nn` module, every layer and direction, copied.

        Dropout between its layers is left behind: it is no weight.

        Raises:
            ValueError: as `to_torch`; or the module has another number of layers or directions.

        >>> import torch
        >>> from rnncourse import lstm
        >>> net, x = Deep(Bidirectional(lstm), layers=2), np.ones((5, 4, 2))
        >>> module = torch.nn.LSTM(2, 3, 2, bidirectional=True, dtype=torch.float64)
        >>> h, _, _ = net.forward(net.from_torch(module), x)
        >>> bool(np.allclose(h, module(torch.tensor(x))[0].detach()))
        True
        """
        self._check_torch()
        if module.num_layers != len(self.stack):
            raise ValueError(f"module must have {len(self.stack)} layers, got {module.num_layers}")
        for layer in self.stack:
            _torch.check_directions(module, two=isinstance(layer, Bidirectional))
        return DeepParams(tuple(layer.from_torch(module, k) for k, layer in enumerate(self.stack)))

    def _check_torch(self) -> None:
        if self.residual:
            raise ValueError("residual must be False: torch.nn has no paths around its layers")
        for layer in self.stack:
            if not isinstance(layer, Bidirectional):
                _torch.check_cell(layer)

    def _parts(self, name: str, given: Any, kind: Any) -> tuple[Any, ...]:
        """One part for each layer, checked; Nones for a state that was left out."""
        n = len(self.stack)
        left_out = [] if kind is DeepParams else [(None,) * n]
        parts: tuple[Any, ...] = _wiring.parts(name, given, kind, *left_out).layers
        if len(parts) != n:
            raise ValueError(f"{name}.layers must have {n} parts, one a layer, got {len(parts)}")
        return parts

    def _around(self, layer: Any, params: Any, inputs: int, outputs: int) -> bool:
        """Whether a path leads around: weights, a step for each input, both sides as wide."""
        fits = inputs == outputs and not _wiring.pools(layer)
        return self.residual and fits and _wiring.has_arrays(params)

    def _check_paths(self, around: list[bool]) -> None:
        if self.residual and not any(around):
            raise ValueError("residual must be False: no layer is as wide as what it reads")
