"""Weight normalisation, of a convolution: a kernel as a length and a direction.

    W[o] = g[o] V[o] / ‖V[o]‖        the norm over all that output o reads: every tap and input  (1)

and back, given d_W by the convolution, with the direction n[o] = V[o] / ‖V[o]‖:

    d_g[o] = ⟨n[o], d_W[o]⟩          d_V[o] = g[o] / ‖V[o]‖ (d_W[o] - d_g[o] n[o])               (2)

So d_V is perpendicular to V: a step of gradient descent never shortens V, the longer it has grown
the less it turns, and the scale of the outputs is in g alone.

`joined` gives the weights to whatever convolves with them (`rnncourse.tcn` takes these in place of
its own), and `joined_backward` takes the gradient by them.

Source: T. Salimans and D. P. Kingma, Weight normalization: a simple reparameterization to
accelerate training of deep neural networks, NIPS (2016).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnncourse import _validate
from rnncourse._validate import Array
from rnncourse.conv import ConvParams

__all__ = ["WeightNormParams", "joined", "joined_backward", "split"]


class WeightNormParams(NamedTuple):
    """The weights, or the gradient of a loss by them."""

    V: Array  # (k, O, I), whose direction counts
    g: Array  # (O,), the kernels' lengths
    b: Array  # (O,)


class _Cache(NamedTuple):
    params: WeightNormParams
    norms: Array  # (O, 1), ‖V[o]‖


def split(params: ConvParams) -> WeightNormParams:
    """The same convolution, its kernels' lengths apart: V = W, g[o] = ‖W[o]‖.

    Raises:
        ValueError: W has not three axes, or the kernel of an output is zero.

    >>> params = ConvParams(np.array([[[3.0]], [[4.0]]]), np.zeros(1))
    >>> split(params).g.tolist(), joined(split(params))[0].W.ravel().tolist()
    ([5.0], [3.0, 4.0])
    """
    return WeightNormParams(
        params.W.copy(), _norms("ConvParams.W", params.W)[:, 0], params.b.copy()
    )


def joined(params: WeightNormParams) -> tuple[ConvParams, _Cache]:
    """W[o] = g[o] V[o] / ‖V[o]‖: the convolution that is meant.

    Returns:
        Its weights, and the cache for `joined_backward`.

    Raises:
        ValueError: a shape or dtype that does not fit, or the kernel of an output is zero.

    >>> params = WeightNormParams(np.array([[[3.0]], [[4.0]]]), np.array([10.0]), np.zeros(1))
    >>> joined(params)[0].W.ravel().tolist()
    [6.0, 8.0]
    """
    k, O, I = params.V.shape if params.V.ndim == 3 else ("k", "O", "I")
    _validate.parameters(params, {"V": (k, O, I), "g": (O,), "b": (O,)})
    norms = _norms("WeightNormParams.V", params.V)
    W = params.V * (params.g[:, None] / norms)  # eq. 1
    return ConvParams(W, params.b), _Cache(params, norms)


def joined_backward(cache: _Cache, d: ConvParams) -> WeightNormParams:
    """The gradients by V, g and b, given those by W and b.

    Raises:
        ValueError: d.W has not the shape of V.

    >>> params = WeightNormParams(np.array([[[3.0]], [[4.0]]]), np.array([10.0]), np.zeros(1))
    >>> d = ConvParams(np.array([[[1.0]], [[0.0]]]), np.zeros(1))
    >>> grads = joined_backward(joined(params)[1], d)
    >>> grads.g.round(4).tolist(), grads.V.ravel().round(4).tolist()
    ([0.6], [1.28, -0.96])
    >>> bool(abs((grads.V * params.V).sum()) < 1e-12)  # along V nothing changes
    True
    """
    params, norms = cache
    _validate.shape("d.W", d.W, params.V.shape, because="that of V")
    n = params.V / norms  # (k, O, I)
    d_g = (n * d.W).sum(axis=(0, 2))  # eq. 2
    d_V = params.g[:, None] / norms * (d.W - d_g[:, None] * n)  # eq. 2
    return WeightNormParams(d_V, d_g, d.b)


def _norms(name: str, W: Array) -> Array:
    """Euclidean norm of each output's kernel, (O, 1)."""
    _validate.shape(name, W, ("k", "O", "I"))
    norms: Array = np.sqrt((W * W).sum(axis=(0, 2)))[:, None]  # no abs: a complex step passes
    if not norms.real.all():
        o = int(np.flatnonzero(norms.real == 0)[0])
        raise ValueError(f"{name}[:, {o}] must not be all zero: it would have no direction")
    return norms
