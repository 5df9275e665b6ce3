"""Embedding: a vector for each class number, learnt with the rest of the network.

    v[t] = E[x[t]]              row x[t] of E (V, D); the same as Eᵀ times a one-hot vector      (1)
    h    = F(v)                 any cell or network of cells over the vectors                    (2)

and back, given d_v by F's own way back:

    d_E[n] = Σ d_v[t] over the steps with x[t] = n                                               (3)

A large lexicon costs what its words in the batch cost: no vector of V numbers is made for a step.
Only d_E is as large as E; its rows are zero for words that do not occur.

`Embedded` is a layer with a cell's call shape whose x holds class numbers (T, B). It stands around
the whole network, and everything that takes a cell takes it:

    Embedded(lstm, size=64)
    Embedded(Deep([Dropout(0.3), lstm, lstm]), size=64)
    Embedded(Pooled(Bidirectional(gru), "mean"), size=64)

Source: Y. Bengio, R. Ducharme, P. Vincent and C. Jauvin, A neural probabilistic language model,
JMLR 3 (2003).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from rnncourse import _init, _labelling, _validate, _wiring
from rnncourse._validate import Array

__all__ = ["Embedded", "EmbeddedParams", "backward", "forward", "init"]


class EmbeddedParams(NamedTuple):
    """The weights of both parts, or the gradient of a loss by them."""

    E: Array  # (V, D)
    cell: Any


class _Cache(NamedTuple):
    E: Array  # (V, D)
    numbers: Array  # (T, B), 0 in the padding
    real: Array | None  # (T, B, 1)


class _EmbeddedCache(NamedTuple):
    vectors: _Cache
    cell: Any  # the cell's own


def init(rng: np.random.Generator, classes: int, size: int, *, dtype: Any = np.float64) -> Array:
    """Draw E (V, D) from the normal distribution, as `torch.nn.Embedding` does.

    Args:
        rng: source of the numbers, such as `np.random.default_rng(0)`.
        classes: V, at least 1.
        size: D, at least 1.
        dtype: float32 or float64.

    Raises:
        ValueError: a size below 1, or a dtype that is not floating.

    >>> init(np.random.default_rng(0), 1000, 16).shape
    (1000, 16)
    """
    _init.sizes(classes=classes, size=size)
    dtype = _validate.floating(dtype)
    _init.source(rng)
    return rng.standard_normal((classes, size)).astype(dtype)


def forward(E: Array, x: Any, *, lengths: Any = None) -> tuple[Array, _Cache]:
    """Look the vectors up.

    Args:
        E: (V, D).
        x: (T, B) class numbers, integers from 0 to V - 1.
        lengths: (B,) steps in each sequence, 0 to T. What x holds beyond may be any integers.

    Returns:
        v (T, B, D), zero beyond a sequence's end; and the cache for `backward`.

    Raises:
        ValueError: a shape that does not fit, a number that is none of the classes, lengths out of
            range, vectors that are not finite.

    >>> E = np.array([[0.0, 1.0], [2.0, 3.0]])
    >>> forward(E, [[1], [0], [-1]], lengths=[2])[0][:, 0].tolist()
    [[2.0, 3.0], [0.0, 1.0], [0.0, 0.0]]
    """
    _validate.shape("E", E, ("V", "D"))
    _validate.inexact("E", E.dtype)
    x = _validate.array("x", x)
    _validate.shape("x", x, ("T", "B"), because="class numbers")
    T, B = x.shape
    known = _validate.lengths(lengths, T, B)
    n = np.full(B, T) if known is None else known
    numbers = _labelling.labels("x", x, ("T", B), n, len(E))
    real = None if known is None else _validate.real_steps(n, T)[:, :, None]
    v = _wiring.zeroed(E[numbers], real)  # eq. 1
    _validate.finite("E[x]", v)
    return v, _Cache(E, numbers, real)


def backward(cache: _Cache, d_v: Array) -> Array:
    """d_E (V, D), given d_v (T, B, D); ignored beyond a sequence's end.

    Raises:
        ValueError: d_v has not the shape or dtype of the vectors.

    >>> v, cache = forward(np.zeros((4, 1)), [[1], [3], [1]])
    >>> backward(cache, np.array([1.0, 10.0, 100.0]).reshape(3, 1, 1)).ravel().tolist()
    [0.0, 101.0, 0.0, 10.0]
    """
    E, numbers, real = cache
    V, D = E.shape
    d_v = _validate.array("d_v", d_v)
    _validate.shape("d_v", d_v, (*numbers.shape, D), because="that of v")
    _validate.same_dtype("d_v", d_v, E.dtype, "E has")
    d_E = np.zeros(V * D, E.dtype)
    places = numbers[:, :, None] * D + np.arange(D)  # (T, B, D), in E as one row
    # entry by entry: over whole rows np.add.at takes 2 to 15 times as long
    np.add.at(d_E, places.ravel(), _wiring.zeroed(d_v, real).ravel())  # eq. 3
    return d_E.reshape(V, D)


@dataclass(frozen=True, repr=False)
class Embedded:
    """A network that reads class numbers, for everything that takes a cell.

    Args:
        cell: a module such as `rnncourse.lstm`, or a wrapper around one.
        size: D, numbers in a vector.

    Raises:
        ValueError: what cannot be a cell, one that reads class numbers itself, or a size below 1.

    >>> from rnncourse import lstm, network
    >>> net, rng = Embedded(lstm, size=16), np.random.default_rng(0)
    >>> params = network.init(net, rng, input_size=1000, hidden_size=8, output_size=1000)
    >>> words = rng.integers(1000, size=(6, 2))
    >>> loss, grads, _ = network.loss_and_gradients(net, params, words[:-1], words[1:])
    >>> grads.cell.E.shape, int(grads.cell.E.any(axis=1).sum())  # ten different words were read
    ((1000, 16), 10)
    """

    cell: Any
    size: int
    reads_numbers: ClassVar = True

    def __post_init__(self) -> None:
        _wiring.check("cell", self.cell)
        _init.sizes(size=self.size)

    def __repr__(self) -> str:
        return f"Embedded({_wiring.label(self.cell)}, size={self.size})"

    @property
    def causal(self) -> bool:
        """Whether the cell does not see the future."""
        return _wiring.causal(self.cell)

    @property
    def carries(self) -> bool:
        """Whether the cell's state holds all that it needs of earlier steps."""
        return _wiring.carries(self.cell)

    @property
    def pools(self) -> bool:
        """Whether one vector for a whole sequence comes out of the cell."""
        return _wiring.pools(self.cell)

    def init(
        self,
        rng: np.random.Generator,
        input_size: int,
        hidden_size: int,
        *,
        dtype: Any = np.float64,
    ) -> EmbeddedParams:
        """Draw the vectors, then the cell by its own `init`.

        Args:
            rng: source of the numbers.
            input_size: V, how many class numbers there are.
            hidden_size: H, units of the cell.
            dtype: float32 or float64.

        Raises:
            ValueError: what `embedding.init` or the cell refuses.
        """
        E = init(rng, input_size, self.size, dtype=dtype)
        return EmbeddedParams(E, self.cell.init(rng, self.size, hidden_size, dtype=dtype))

    def forward(
        self, params: EmbeddedParams, x: Any, state: Any = None, *, lengths: Any = None
    ) -> tuple[Array, Any, _EmbeddedCache]:
        """Run over a batch of sequences of class numbers.

        Args:
            params: the weights of both parts.
            x: (T, B) integers from 0 to V - 1.
            state: the cell's, before the first step; zeros when left out.
            lengths: (B,) steps in each sequence, 0 to T. What x holds beyond may be any integers.

        Returns:
            The cell's outputs (T, B, H), zero beyond a sequence's end; its state at each one's
            end; and the cache for `backward`.

        Raises:
            ValueError: what `embedding.forward` or the cell refuses.

        >>> from rnncourse import elman
        >>> net, rng = Embedded(elman, size=3), np.random.default_rng(0)
        >>> params, x = net.init(rng, 5, 4), np.array([[2], [0]])
        >>> h, _, _ = net.forward(params, x)
        >>> bool((h == elman.forward(params.cell, np.eye(5)[x] @ params.E)[0]).all())
        True
        """
        params = _wiring.parts("params", params, EmbeddedParams)
        v, vectors = forward(params.E, x, lengths=lengths)
        h, end, cache = self.cell.forward(params.cell, v, state, lengths=lengths)  # eq. 2
        return h, end, _EmbeddedCache(vectors, cache)

    def backward(
        self, cache: _EmbeddedCache, d_h: Array, d_state: Any = None
    ) -> tuple[None, EmbeddedParams, Any]:
        """Back-propagate through time, and on into the vectors.

        Args:
            cache: the third result of `forward`.
            d_h: (T, B, H), gradient of the loss by each of the cell's outputs.
            d_state: gradient by the cell's state at the end, where the loss uses it directly.

        Returns:
            None, as class numbers have no gradient; the weights' gradients; the gradient by the
            initial state.

        Raises:
            ValueError: a shape or dtype that does not fit that of the outputs.
        """
        d_v, grads, d_start = self.cell.backward(cache.cell, d_h, d_state)
        return None, EmbeddedParams(backward(cache.vectors, d_v), grads), d_start

    def shown(self, cache: _EmbeddedCache, d_state: Any, d_h: Array) -> Any:
        """The gradient by the cell's state after a step, given that by what the step puts out."""
        return _wiring.shown(self.cell, cache.cell, d_state, d_h)
