"""Optimizers and gradient clipping, for parameters of any nesting.

An optimizer is a small object that remembers what its rule needs (nothing, a velocity, two
moments). `step` takes weights and gradients and returns new weights; it changes neither.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncourse import _tree, _validate
from rnncourse._validate import Array

__all__ = ["SGD", "Adam", "RMSprop", "clip_by_norm", "clip_by_value", "norm"]


class SGD:
    """Gradient descent: `p ← p - lr v`, where `v ← momentum v + g`.

    With momentum 0 it is plain descent, v = g. The same rule as `torch.optim.SGD`.

    Raises:
        ValueError: lr is not positive, or momentum not in [0, 1).

    >>> p = SGD(lr=0.1).step((np.array([1.0]),), (np.array([2.0]),))
    >>> p[0].tolist()
    [0.8]
    """

    def __init__(self, lr: float, momentum: float = 0.0) -> None:
        _positive("lr", lr)
        _fraction("momentum", momentum)
        self.lr, self.momentum = lr, momentum
        self._velocity: Any = None

    def step(self, params: Any, grads: Any) -> Any:
        """New parameters, of the same type, shapes and dtypes.

        Raises:
            ValueError: gradients of other shapes, or a memory of other weights.
        """
        _alike(params, grads, self._velocity)
        lr, momentum = float(self.lr), float(self.momentum)  # NumPy's own would raise the precision
        if momentum == 0:
            return _tree.apply(lambda p, g: p - lr * g, params, grads)
        if self._velocity is None:
            self._velocity = _tree.apply(np.zeros_like, grads)
        self._velocity = _tree.apply(lambda v, g: momentum * v + g, self._velocity, grads)
        return _tree.apply(lambda p, v: p - lr * v, params, self._velocity)


class Adam:
    """Steps of about lr, each divided by the gradient's recent size.

        m ← β₁ m + (1 - β₁) g        v ← β₂ v + (1 - β₂) g²
        p ← p - lr m̂ / (√v̂ + eps),   m̂ = m / (1 - β₁ⁿ), v̂ = v / (1 - β₂ⁿ) at the n-th step

    Source: D. P. Kingma and J. Ba, Adam: a method for stochastic optimization (2015).

    Raises:
        ValueError: lr or eps is not positive, or a β not in [0, 1).

    >>> p = Adam(lr=0.1).step((np.array([1.0]),), (np.array([2.0]),))
    >>> p[0].round(6).tolist()
    [0.9]
    """

    def __init__(
        self, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8
    ) -> None:
        _positive("lr", lr)
        _positive("eps", eps)
        for k, beta in enumerate(betas):
            _fraction(f"betas[{k}]", beta)
        self.lr, self.betas, self.eps = lr, betas, eps
        self._n = 0
        self._m: Any = None
        self._v: Any = None

    def step(self, params: Any, grads: Any) -> Any:
        """New parameters, of the same type, shapes and dtypes.

        Raises:
            ValueError: gradients of other shapes, or a memory of other weights.
        """
        _alike(params, grads, self._m)
        if self._n == 0:
            self._m = self._v = _tree.apply(np.zeros_like, grads)
        self._n += 1
        b1, b2, eps = (float(value) for value in (*self.betas, self.eps))
        self._m = _tree.apply(lambda m, g: b1 * m + (1 - b1) * g, self._m, grads)
        self._v = _tree.apply(lambda v, g: b2 * v + (1 - b2) * g * g, self._v, grads)
        rate = float(self.lr) / (1 - b1**self._n)
        scale = (1 - b2**self._n) ** 0.5
        return _tree.apply(
            lambda p, m, v: p - rate * m / (np.sqrt(v) / scale + eps), params, self._m, self._v
        )


class RMSprop:
    """Steps divided by the root of the mean square of the gradient's recent values.

        v ← α v + (1 - α) g²        m ← α m + (1 - α) g
        u ← momentum u + g / (√v + eps),    where centred: g / (√(v - m²) + eps)
        p ← p - lr u

    v - m² is the gradient's variance: where centred, a weight whose gradient hardly changes from
    step to step moves faster than one whose gradient wavers. The same rule as
    `torch.optim.RMSprop`, which spells it `centered`; Graves' own has eps under the root.

    Source: T. Tieleman and G. Hinton, Lecture 6.5, COURSERA: Neural networks for machine learning
    (2012); centred, with momentum: A. Graves, Generating sequences with recurrent neural networks
    (2013), equations 38 to 41.

    Raises:
        ValueError: lr or eps is not positive, or alpha or momentum not in [0, 1).

    >>> p = RMSprop(lr=0.1, alpha=0.75).step((np.array([1.0]),), (np.array([2.0]),))
    >>> p[0].round(6).tolist()  # v = 0.25 g², so the first step is twice lr
    [0.8]
    """

    def __init__(
        self,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        momentum: float = 0.0,
        centred: bool = False,
    ) -> None:
        _positive("lr", lr)
        _positive("eps", eps)
        _fraction("alpha", alpha)
        _fraction("momentum", momentum)
        self.lr, self.alpha, self.eps = lr, alpha, eps
        self.momentum, self.centred = momentum, centred
        self._v: Any = None
        self._m: Any = None
        self._u: Any = None

    def step(self, params: Any, grads: Any) -> Any:
        """New parameters, of the same type, shapes and dtypes.

        Raises:
            ValueError: gradients of other shapes, or a memory of other weights.
        """
        _alike(params, grads, self._v)
        if self._v is None:
            self._v = self._m = self._u = _tree.apply(np.zeros_like, grads)
        lr, a = float(self.lr), float(self.alpha)
        momentum, eps = float(self.momentum), float(self.eps)
        self._v = _tree.apply(lambda v, g: a * v + (1 - a) * g * g, self._v, grads)
        spread = self._v
        if self.centred:
            self._m = _tree.apply(lambda m, g: a * m + (1 - a) * g, self._m, grads)
            # rounding may take the variance of a steady gradient below zero
            spread = _tree.apply(lambda v, m: np.maximum(v - m * m, 0), self._v, self._m)
        self._u = _tree.apply(
            lambda u, g, s: momentum * u + g / (np.sqrt(s) + eps), self._u, grads, spread
        )
        return _tree.apply(lambda p, u: p - lr * u, params, self._u)


def norm(grads: Any) -> float:
    """Euclidean norm over every entry of every array, summed in float64.

    >>> norm((np.array([3.0]), np.array([[4.0]])))
    5.0
    """
    leaves = [np.asarray(g) for _, g in _tree.leaves(grads)]
    with np.errstate(over="ignore"):
        length = float(np.sqrt(sum(np.square(g, dtype=np.float64).sum() for g in leaves)))
    if length == np.inf:  # the squares were too large, if not the entries: scale them first
        top = max(float(np.abs(g).max(initial=0)) for g in leaves)
        return length if top == np.inf else top * norm([g.astype(np.float64) / top for g in leaves])
    return length


def clip_by_norm(grads: Any, limit: float) -> tuple[Any, float]:
    """Scale the whole gradient down to norm `limit` where it is longer; its direction stays.

    Returns:
        The clipped gradients, and the norm they had before.

    Raises:
        ValueError: limit is not positive, or an entry is not finite: no length would mend it.

    >>> clipped, length = clip_by_norm((np.array([3.0, 4.0]),), limit=2.5)
    >>> clipped[0].tolist(), length
    ([1.5, 2.0], 5.0)
    """
    _positive("limit", limit)
    length = norm(grads)
    if not np.isfinite(length):
        for name, g in _tree.leaves(grads):
            _validate.finite(f"grads.{name} ", np.asarray(g))
    if length <= limit:
        return grads, length
    return _tree.apply(lambda g: g * g.dtype.type(limit / length), grads), length


def clip_by_value(grads: Any, limit: float) -> Any:
    """Cut every entry to [-limit, limit]; the direction changes where some are cut.

    Raises:
        ValueError: limit is not positive.

    >>> clip_by_value((np.array([3.0, -0.5]),), limit=1.0)[0].tolist()
    [1.0, -0.5]
    """
    _positive("limit", limit)

    limit = float(limit)  # NumPy's own would raise the precision

    def cut(g: Array) -> Array:
        return np.clip(g, -limit, limit)

    return _tree.apply(cut, grads)


def _alike(params: Any, grads: Any, memory: Any) -> None:
    """Raise unless the gradients, and what is remembered of earlier ones, fit the weights."""
    wanted = {name: np.shape(p) for name, p in _tree.leaves(params)}
    for what, tree in (("grads", grads), ("the optimizer's memory", memory)):
        found = {name: np.shape(g) for name, g in _tree.leaves(tree)}
        if tree is not None and found != wanted:
            odd = next(n for n in (*wanted, *found) if found.get(n) != wanted.get(n))
            raise ValueError(
                f"{what} must have the shapes of params, {wanted.get(odd)} at {odd!r}, "
                f"got {found.get(odd)}"
            )


def _positive(name: str, value: float) -> None:
    if not value > 0:
        raise ValueError(f"{name} must be positive, got {value}")


def _fraction(name: str, value: float) -> None:
    if not 0 <= value < 1:
        raise ValueError(f"{name} must lie in [0, 1), got {value}")
