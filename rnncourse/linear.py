"""The output layer: the same weights at every step.

    o[t] = c + V h[t]                                                    (1)

and back, given d_o[t], the slope of the loss by o[t]:

    d_h[t] = Vᵀ d_o[t]      d_V = Σ d_o[t] h[t]ᵀ      d_c = Σ d_o[t]     (2)

In code V is `W_ho` and c is `b_o`. In the chapter on back-propagation (2) is the first term
of equation `eq-dh`, and the first line each of equations `eq-dweights` and `eq-dbias`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init, _validate
from rnncourse._validate import Array

__all__ = ["LinearParams", "backward", "forward", "init"]


class LinearParams(NamedTuple):
    """The weights, or the gradient of a loss by them."""

    W_ho: Array  # (K, H)
    b_o: Array  # (K,)


class _Cache(NamedTuple):
    params: LinearParams
    h: Array  # (T, B, H)


def init(
    rng: np.random.Generator, hidden_size: int, output_size: int, *, dtype: Any = np.float64
) -> LinearParams:
    """Draw weights uniformly from ±1/√H, the default of `torch.nn.Linear`.

    Raises:
        ValueError: a size below 1, or a dtype that is not floating.

    >>> [array.shape for array in init(np.random.default_rng(0), hidden_size=3, output_size=2)]
    [(2, 3), (2,)]
    """
    _init.sizes(hidden_size=hidden_size, output_size=output_size)
    shapes = [(output_size, hidden_size), (output_size,)]
    return LinearParams(*_init.uniform(rng, hidden_size, shapes, dtype))


def forward(params: LinearParams, h: Array) -> tuple[Array, _Cache]:
    """Outputs o (T, B, K) for states h (T, B, H), and the cache for `backward`.

    Raises:
        ValueError: a shape or dtype that does not fit.

    >>> params = LinearParams(np.array([[2.0]]), np.array([1.0]))
    >>> o, cache = forward(params, np.array([[[3.0]]]))
    >>> o.tolist()
    [[[7.0]]]
    """
    _validate.fields(params, "W_ho", "b_o")
    K, H = params.W_ho.shape if params.W_ho.ndim == 2 else ("K", "H")
    dtype = _validate.parameters(params, {"W_ho": (K, H), "b_o": (K,)})
    h = _validate.array("h", h)
    _validate.shape("h", h, ("T", "B", H), because=f"H as in W_ho {params.W_ho.shape}")
    _validate.same_dtype("h", h, dtype, "the weights have")
    T, B, _ = h.shape
    o = h.reshape(T * B, int(H)) @ params.W_ho.T + params.b_o  # eq. 1
    return o.reshape(T, B, int(K)), _Cache(params, h)


def backward(cache: _Cache, d_o: Array) -> tuple[Array, LinearParams]:
    """d_h (T, B, H) and the weights' gradients, given d_o (T, B, K).

    Raises:
        ValueError: d_o has not the shape or dtype of the outputs.

    >>> params = LinearParams(np.array([[2.0]]), np.array([1.0]))
    >>> o, cache = forward(params, np.array([[[3.0]]]))
    >>> d_h, grads = backward(cache, np.ones_like(o))
    >>> d_h.tolist(), grads.W_ho.tolist(), grads.b_o.tolist()
    ([[[2.0]]], [[3.0]], [1.0])
    """
    params, h = cache
    T, B, H = h.shape
    K = len(params.b_o)
    d_o = _validate.array("d_o", d_o)
    _validate.shape("d_o", d_o, (T, B, K), because="that of o")
    _validate.same_dtype("d_o", d_o, h.dtype, "h has")
    flat = d_o.reshape(T * B, K)
    grads = LinearParams(flat.T @ h.reshape(T * B, H), flat.sum(axis=0))  # eq. 2
    return (flat @ params.W_ho).reshape(T, B, H), grads  # eq. 2
