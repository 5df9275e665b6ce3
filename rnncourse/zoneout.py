"""Zoneout: at each step some units of the state stay what they were.

    s̃[t] = F(x[t], s[t-1])                             one step of a cell: h̃, c̃ if it has one  (1)
    s[t]  = z[t] ⊙ s[t-1] + (1 - z[t]) ⊙ s̃[t]          z is 1 with probability `rate`, else 0  (2)

and back, by the same z, given d_s[t]:

    d_s̃[t]   = (1 - z[t]) ⊙ d_s[t]                                                             (3)
    d_s[t-1] = F's own way back from d_s̃[t]  +  z[t] ⊙ d_s[t]                                  (4)

Where dropout puts a 0, zoneout puts the past: a unit that is kept is a path on which the state and
its gradient pass unchanged. Each part of the state has masks of its own; an LSTM's h is shown by
the gates from the new c̃, not from what zoneout leaves of it, as in the paper.

A network that is used has the mean of z in its place: s[t] = rate s[t-1] + (1 - rate) s̃[t].

How it is random: see `rnncourse.dropout.with_masks`. The count of steps that the masks follow is
part of the state, so that a sequence may be cut anywhere.

Source: D. Krueger et al., Zoneout: regularizing RNNs by randomly preserving hidden activations
(2017).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from math import prod
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _masks, _stepwise, _tree, _validate, _wiring
from rnncourse._validate import Array

__all__ = ["Zoneout", "ZoneoutState"]


class ZoneoutState(NamedTuple):
    """What the network carries from one step to the next, or a gradient by it."""

    cell: Any  # the cell's own state
    steps: Array  # (B,), how many there were, in the weights' dtype


class _Cache(NamedTuple):
    params: Any
    steps: list[Any]
    keep: Any  # z of each part of the state, (T, B, …)
    x: Array  # (T, B, I), padding zeroed
    h: Array  # (T, B, H)
    end: ZoneoutState
    real: Array | None  # (T, B, 1)


@dataclass(frozen=True)
class Zoneout(_masks.Random):
    """A cell that keeps parts of its state at random.

    Args:
        cell: a module such as `rnncourse.lstm`, with `step` and `step_backward`.
        rates: for each part of its state that may be kept the probability of it, at least 0, below
            1, as {"h": 0.05, "c": 0.5}, the paper's for an LSTM. Parts left out are never kept.
        key: what the masks follow from; None takes their mean. `with_masks` sets it.

    Raises:
        ValueError: a rate out of range, a part that the state does not have, or a cell without
            steps.

    >>> from rnncourse import check_gradients, lstm
    >>> from rnncourse.dropout import with_masks
    >>> cell = Zoneout(lstm, {"h": 0.05, "c": 0.5})
    >>> check_gradients(with_masks(cell, np.random.default_rng(0))).worst < 1e-13
    True
    """

    cell: Any
    rates: Mapping[str, float] = field(hash=False)
    key: int | None = None

    def __post_init__(self) -> None:
        _stepwise.has_steps(self.cell)
        params = self.cell.init(np.random.default_rng(0), 1, 2)
        _, state, _ = self.cell.forward(params, np.zeros((0, 0, 1)))
        if not isinstance(self.rates, Mapping):
            raise ValueError(f"rates must be a mapping such as {{'h': 0.05}}, got {self.rates!r}")
        for name, rate in self.rates.items():
            if name not in state._fields:
                parts = ", ".join(state._fields)
                raise ValueError(f"rates must name parts of the state ({parts}), got {name!r}")
            _masks.rate(f"rates[{name!r}]", rate)

    def init(
        self,
        rng: np.random.Generator,
        input_size: int,
        hidden_size: int,
        *,
        dtype: Any = np.float64,
    ) -> Any:
        """The cell's own weights, drawn by its own `init`."""
        return self.cell.init(rng, input_size, hidden_size, dtype=dtype)

    def forward(
        self, params: Any, x: Array, state: ZoneoutState | None = None, *, lengths: Any = None
    ) -> tuple[Array, ZoneoutState, _Cache]:
        """Run over a batch of sequences.

        Args:
            params: the cell's weights.
            x: (T, B, I), of the weights' dtype.
            state: the cell's state and the count of steps; zeros when left out.
            lengths: (B,) steps in each sequence, 0 to T. What x holds beyond changes nothing.

        Returns:
            h (T, B, H), zero beyond a sequence's end; the state at each sequence's end; and the
            cache for `backward`.

        Raises:
            ValueError: what the cell refuses, or a count that is none.

        >>> from rnncourse import elman
        >>> half = Zoneout(elman, {"h": 0.5})
        >>> zero = elman.scalar(w=0.0, u=0.0).params  # new states of 0
        >>> start = ZoneoutState(elman.ElmanState(np.ones((1, 1))), np.zeros(1))
        >>> half.forward(zero, np.zeros((3, 1, 1)), start)[0].ravel().tolist()
        [0.5, 0.25, 0.125]
        """
        given = None if state is None else _validate.state("state", state, ZoneoutState)
        before, steps = given or (None, None)
        x, now, real = _stepwise.begin(self.cell, params, x, before, lengths)
        T, B, _ = x.shape
        count, passed = _masks.passed("state.steps", steps, B, x.dtype)
        keep = self.keep(T, passed, now)
        if real is not None:
            for z in keep:
                z[~real[:, :, 0]] = 1  # what has ended stays as it is: padding needs no other case
        h, caches = np.zeros((T, *now[0].shape), now[0].dtype), []
        for t in range(T):
            new, cache = self.cell.step(params, x[t], now)  # eq. 1
            parts = zip(keep, now, new, strict=True)
            now = type(now)(*(z[t] * old + (1 - z[t]) * n for z, old, n in parts))  # eq. 2
            h[t] = now[0]
            caches.append(cache)
        ran = x.dtype.type(T) if real is None else real.sum(axis=0)[:, 0].astype(x.dtype)
        end = ZoneoutState(_tree.apply(np.copy, now), count + ran)
        h = _wiring.zeroed(h, real)
        return h, end, _Cache(params, caches, keep, x, h, end, real)

    def backward(
        self, cache: _Cache, d_h: Array, d_state: ZoneoutState | None = None
    ) -> tuple[Array, Any, ZoneoutState]:
        """Back-propagate through time by the masks that `forward` drew.

        Args:
            cache: the third result of `forward`.
            d_h: (T, B, H) gradient of the loss by each output; ignored beyond a sequence's end.
            d_state: gradient by the state at the end, where the loss uses it directly; that by the
                count passes unchanged.

        Returns:
            d_x (T, B, I), zero beyond a sequence's end; the weights' gradients; the gradient by
            the initial state.

        Raises:
            ValueError: a shape or dtype that does not fit that of the outputs.
        """
        params, caches, keep, x, h, end, real = cache
        d_h = _wiring.slopes(d_h, h, real)
        d, d_steps = _stepwise.end_slopes(d_state, end)
        d_x, grads = np.zeros_like(x), _tree.apply(np.zeros_like, params)
        for t in reversed(range(len(x))):
            d = type(d)(d[0] + d_h[t], *d[1:])
            d_new = type(d)(*((1 - z[t]) * part for z, part in zip(keep, d, strict=True)))  # eq. 3
            d_x[t], d_read, share = self.cell.step_backward(params, caches[t], d_new)  # eq. 4
            parts = zip(keep, d, d_read, strict=True)
            d = type(d)(*(read + z[t] * part for z, part, read in parts))  # eq. 4
            grads = _tree.apply(np.add, grads, share)
        return d_x, grads, ZoneoutState(d, d_steps)

    def keep(self, T: int, steps: Array, state: Any) -> Any:
        """The masks z of a whole sequence, or their means where the cell has no key.

        Args:
            T: how many steps.
            steps: (B,) steps that each sequence has behind it, whole numbers.
            state: one of the cell's, for the shapes of its parts.

        Returns:
            For each part of the state an array (T, B, …), in a NamedTuple of the state's type.
        """
        rates = [self.rates.get(name, 0.0) for name in state._fields]
        random = [self.key is not None and rate > 0 for rate in rates]
        sizes = [prod(part.shape[1:]) * yes for part, yes in zip(state, random, strict=True)]
        ends = list(accumulate(sizes, initial=0))
        u = _masks.uniform(self.key or 0, steps, T, ends[-1])  # (T, B, all that is random)
        keep = []
        for k, (part, rate) in enumerate(zip(state, rates, strict=True)):
            z = np.full((T, *part.shape), rate, part.real.dtype)
            if random[k]:
                z[:] = (u[:, :, ends[k] : ends[k + 1]] < rate).reshape(z.shape)
            keep.append(z)
        return type(state)(*keep)

    def shown(self, cache: _Cache, d_state: ZoneoutState, d_h: Array) -> ZoneoutState:
        """The gradient by the state after one step, given d_h (1, B, H) by what it puts out."""
        d = d_state.cell
        return d_state._replace(cell=type(d)(d[0] + d_h[0], *d[1:]))
