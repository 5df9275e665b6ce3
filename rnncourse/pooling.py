"""Pooling: one vector for a whole sequence, from the states of all its steps.

    v = Σ_t w[t] ⊙ h[t]                                                                          (1)

    last    w[t]   = 1 at t = n, the sequence's last step, else 0                                (2)
    mean    w[t]   = 1 / n at every step of the sequence                                         (3)
    max     w_k[t] = 1 at the first step at which h_k is largest, else 0; for each unit k        (4)

and back, given d_v, the slope of the loss by v:

    d_h[t] = w[t] ⊙ d_v                                                                          (5)

which is exact for max too: w depends on h only where two steps are equally large.

All three see the n steps of the sequence itself; padding may hold NaN. A sequence of no steps has
v = 0. So `last` is the state of the net when it has read everything, in which a recurrent net must
carry what it saw at the beginning; mean and max let the loss look at every step directly.

`Pooled` is a layer with a cell's call shape whose output has a single step, so that

    Pooled(lstm, "mean")                        in `rnncourse.network` classifies whole sequences
    Deep([lstm, Pooled(gru), Dropout(0.5)])     drops parts of the vector
    Bidirectional(Pooled(lstm))                 pools each direction: the last state of each is the
                                                one in which it has read everything

Source: "max" over time: R. Collobert et al., Natural language processing (almost) from scratch,
JMLR 12 (2011).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from rnncourse import _validate, _wiring
from rnncourse._validate import Array

__all__ = ["Pooled", "backward", "forward"]

HOW = ("last", "mean", "max")


class _Cache(NamedTuple):
    weights: Array  # w (T, B, H), or (T, B, 1) where all units have the same
    v: Array  # (B, H)


class _PooledCache(NamedTuple):
    cell: Any  # the cell's own
    pool: _Cache
    real: Array | None  # (1, B, 1), sequences that have a step


def forward(h: Array, how: str = "last", *, lengths: Any = None) -> tuple[Array, _Cache]:
    """Pool each sequence of a batch.

    Args:
        h: (T, B, H), floating.
        how: "last", "mean" or "max".
        lengths: (B,) steps in each sequence, 0 to T. What h holds beyond may be anything.

    Returns:
        v (B, H), zero for a sequence of no steps; and the cache for `backward`.

    Raises:
        ValueError: an unknown way to pool, a shape that does not fit, lengths out of range, NaN or
            infinity within a sequence.

    >>> h = np.array([4.0, 1.0, np.nan]).reshape(3, 1, 1)
    >>> [forward(h, how, lengths=[2])[0].item() for how in ("last", "mean", "max")]
    [1.0, 2.5, 4.0]
    """
    check_how(how)
    h = _validate.array("h", h)
    _validate.shape("h", h, ("T", "B", "H"))
    _validate.inexact("h", h.dtype)
    T, B, _ = h.shape
    known = _validate.lengths(lengths, T, B)
    n = np.full(B, T) if known is None else known
    real = _validate.real_steps(n, T)[:, :, None]  # (T, B, 1)
    h = _wiring.zeroed(h, real)
    _validate.finite("h", h)
    if how == "last":
        w: Array = (np.arange(T)[:, None] == n - 1)[:, :, None]  # eq. 2
    elif how == "mean":
        w = real / np.maximum(n, 1)[:, None]  # eq. 3
    else:  # only real parts are compared, so that a complex step passes through unchanged
        seen = np.where(real, h.real, -np.inf)
        largest = real & (seen == seen.max(axis=0, initial=-np.inf))
        w = largest & (largest.cumsum(axis=0) == 1)  # eq. 4: (T, B, H)
    w = w.astype(h.real.dtype)
    v = (w * h).sum(axis=0)  # eq. 1
    return v, _Cache(w, v)


def backward(cache: _Cache, d_v: Array) -> Array:
    """d_h (T, B, H), given d_v (B, H); zero beyond a sequence's end.

    Raises:
        ValueError: d_v has not the shape or dtype of v.

    >>> h = np.array([1.0, 4.0, 4.0, np.nan]).reshape(4, 1, 1)
    >>> for how in ("last", "mean", "max"):
    ...     _, cache = forward(h, how, lengths=[3])
    ...     print(backward(cache, np.array([[6.0]])).ravel().tolist())
    [0.0, 0.0, 6.0, 0.0]
    [2.0, 2.0, 2.0, 0.0]
    [0.0, 6.0, 0.0, 0.0]
    """
    d_v = _validate.array("d_v", d_v)
    _validate.shape("d_v", d_v, cache.v.shape, because="that of v")
    _validate.same_dtype("d_v", d_v, cache.v.dtype, "v has")
    d_h: Array = cache.weights * d_v  # eq. 5
    return d_h


@dataclass(frozen=True, repr=False)
class Pooled:
    """A cell of which one vector for each sequence comes out, for everything that takes a cell.

    Args:
        cell: a module such as `rnncourse.lstm`, or a wrapper around one.
        how: "last", "mean" or "max".

    Raises:
        ValueError: what cannot be a cell, an unknown way to pool, a cell that is pooled already, or
            the last step of a net that also reads from the end: there its backward direction has
            read one input only.

    >>> from rnncourse import check_gradients, lstm, network
    >>> check_gradients(Pooled(lstm, "max")).worst < 1e-13
    True
    >>> net, rng = Pooled(lstm, "mean"), np.random.default_rng(0)
    >>> params = network.init(net, rng, input_size=2, hidden_size=3, output_size=4)
    >>> x, y = rng.standard_normal((7, 5, 2)), np.array([[0, 3, 1, 1, 2]])  # a class for each
    >>> loss, grads, _ = network.loss_and_gradients(net, params, x, y, lengths=[7, 2, 5, 1, 3])
    """

    cell: Any
    how: str = "last"
    causal: ClassVar = False  # what it puts out waits for the end
    pools: ClassVar = True

    def __post_init__(self) -> None:
        _wiring.check("cell", self.cell)
        check_how(self.how)
        name = _wiring.label(self.cell)
        if _wiring.pools(self.cell):
            raise ValueError(f"cell must put out a vector at each step, got {name}")
        if self.how == "last" and not _wiring.causal(self.cell):
            raise ValueError(
                f"cell must be causal for how='last', got {name}: at the last step what reads from "
                "the end has read one input only; pool within it, as Bidirectional(Pooled(lstm))"
            )

    def __repr__(self) -> str:
        return f"Pooled({_wiring.label(self.cell)}, {self.how!r})"

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
        self, params: Any, x: Array, state: Any = None, *, lengths: Any = None
    ) -> tuple[Array, Any, _PooledCache]:
        """Run over a batch of sequences.

        Args:
            params: the cell's weights.
            x: (T, B, I), of the weights' dtype.
            state: the cell's, before the first step; zeros when left out.
            lengths: (B,) steps in each sequence, 0 to T. What x holds beyond changes nothing.

        Returns:
            h (1, B, H), zero for a sequence of no steps; the cell's state at each sequence's end;
            and the cache for `backward`.

        Raises:
            ValueError: what the cell refuses.

        >>> from rnncourse import elman
        >>> net = elman.scalar(w=0.5, u=1.0)
        >>> x = np.array([1.0, 0.0, np.nan]).reshape(3, 1, 1)
        >>> h, _, _ = Pooled(elman, "mean").forward(net.params, x, lengths=[2])
        >>> bool(h[0, 0, 0] == sum(net.states([1, 0])) / 2)
        True
        """
        h, end, cache = self.cell.forward(params, x, state, lengths=lengths)
        v, pool = forward(h, self.how, lengths=lengths)
        _, real = _wiring.put_out(self, h, lengths)
        return v[None], end, _PooledCache(cache, pool, real)

    def backward(
        self, cache: _PooledCache, d_h: Array, d_state: Any = None
    ) -> tuple[Array, Any, Any]:
        """Back-propagate through time, from the one output.

        Args:
            cache: the third result of `forward`.
            d_h: (1, B, H) gradient of the loss by the output; ignored for a sequence of no steps.
            d_state: gradient by the cell's state at the end, where the loss uses it directly.

        Returns:
            d_x (T, B, I), zero beyond a sequence's end; the weights' gradients; the gradient by
            the initial state.

        Raises:
            ValueError: a shape or dtype that does not fit that of the outputs.
        """
        d_h = _wiring.slopes(d_h, cache.pool.v[None], cache.real)
        result: tuple[Array, Any, Any] = self.cell.backward(
            cache.cell, backward(cache.pool, d_h[0]), d_state
        )
        return result


def check_how(how: str) -> None:
    """Raise unless it is the name of a way to pool."""
    if how not in HOW:
        raise ValueError(f"how must be one of {', '.join(map(repr, HOW))}, got {how!r}")
