"""The time-delay network: layers that each read a short window of the layer below.

    h⁰[t] = x[t]                                                                                 (1)
    hˡ[t] = tanh(bˡ + Σ_j Wˡ[j] hˡ⁻¹[t - j])        j = 0 … kˡ - 1, the same weights at every t  (2)

and back, given d_h of the last layer:

    d_aˡ[t] = (1 - hˡ[t]²) ⊙ d_hˡ[t]                d_hˡ⁻¹, d_Wˡ, d_bˡ by the convolution        (3)

An output sees 1 + Σ (kˡ - 1) steps: sharing over time is what it has in common with a recurrent
network, and a fixed window is what it has not. Where one answer for the whole sequence is wanted,
`rnncourse.pooling` takes the mean over its steps, so that it does not matter when something
happened.

`init`, `forward` and `backward` have the call shape of `rnncourse.elman`, so that a TDNN goes into
`rnncourse.network` as a cell does; its state is always None.

Arrays are time-major. Weights have the equations' shape, so a batch multiplies by the transpose.

Source: A. Waibel, T. Hanazawa, G. Hinton, K. Shikano and K. J. Lang, Phoneme recognition using
time-delay neural networks, IEEE Transactions ASSP 37 (1989), with tanh units.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _wiring, conv
from rnncourse._validate import Array
from rnncourse.conv import ConvParams

__all__ = [
    "TDNNParams",
    "backward",
    "forward",
    "init",
    "receptive_field",
]

carries = False  # it has no state: what a sequence was before must be there to look at


class TDNNParams(NamedTuple):
    """The weights, or the gradient of a loss by them."""

    layers: tuple[ConvParams, ...]  # W (k, H, I), then (k, H, H)


class _Cache(NamedTuple):
    layers: list[Any]
    hs: list[Array]  # (T, B, H) each
    real: Array | None  # (T, B, 1)


def init(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    *,
    kernel_sizes: Sequence[int] = (3, 5),
    dtype: Any = np.float64,
) -> TDNNParams:
    """Draw every layer's weights uniformly from ±1/√(k I), as `torch.nn.Conv1d` does.

    Args:
        rng: source of the numbers, such as `np.random.default_rng(0)`.
        input_size: I, at least 1.
        hidden_size: H, units of every layer, at least 1.
        kernel_sizes: k of each layer, at least 1 each.
        dtype: float32 or float64; everything computed from the weights keeps it.

    Raises:
        ValueError: no layer, a size below 1, or a dtype that is not floating.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=4)
    >>> [layer.W.shape for layer in params.layers], receptive_field(params)
    ([(3, 4, 2), (5, 4, 4)], 7)
    """
    if not isinstance(kernel_sizes, Sequence) or isinstance(kernel_sizes, str):
        raise ValueError(f"kernel_sizes must be a sequence of numbers, got {kernel_sizes!r}")
    if not kernel_sizes:
        raise ValueError("kernel_sizes must name at least one layer, got none")
    sizes = [input_size, *[hidden_size] * (len(kernel_sizes) - 1)]
    return TDNNParams(
        tuple(
            conv.init(rng, I, hidden_size, k, dtype=dtype)
            for I, k in zip(sizes, kernel_sizes, strict=True)
        )
    )


def receptive_field(params: TDNNParams) -> int:
    """How many steps an output sees, itself included: 1 + Σ (k - 1)."""
    return 1 + sum(len(layer.W) - 1 for layer in params.layers)


def forward(
    params: TDNNParams, x: Array, state: None = None, *, lengths: Any = None
) -> tuple[Array, None, _Cache]:
    """Run over a batch of sequences.

    Args:
        params: the weights.
        x: (T, B, I), of the weights' dtype; steps before the first count as zero in every layer.
        state: None; a convolution carries nothing on.
        lengths: (B,) steps in each sequence, 0 to T. What x holds beyond changes nothing.

    Returns:
        h (T, B, H), zero beyond a sequence's end; None; and the cache for `backward`.

    Raises:
        ValueError: a shape or dtype that does not fit, lengths out of range, NaN or infinity
            within a sequence, a state.

    >>> delay = ConvParams(np.array([0.0, 1.0]).reshape(2, 1, 1), np.zeros(1))  # reads t - 1
    >>> x = np.array([1.0, 0.0, 0.0, 0.0]).reshape(4, 1, 1)
    >>> forward(TDNNParams((delay, delay)), x)[0].ravel().round(3).tolist()
    [0.0, 0.0, 0.642, 0.0]
    """
    if state is not None:
        raise ValueError(f"state must be None: a TDNN carries none, got {type(state).__name__}")
    if not _wiring.parts("params", params, TDNNParams).layers:
        raise ValueError("params.layers must have at least 1 layer, got 0")
    h, known, real = _wiring.batch(x, lengths)  # eq. 1
    caches, hs = [], []
    for layer in params.layers:
        a, cache = conv.forward(layer, h, lengths=known)  # eq. 2
        h = np.tanh(a)  # eq. 2
        caches.append(cache)
        hs.append(h)
    return h, None, _Cache(caches, hs, real)


def backward(cache: _Cache, d_h: Array, d_state: None = None) -> tuple[Array, TDNNParams, None]:
    """Back-propagate through the layers, the last first.

    Args:
        cache: the third result of `forward`.
        d_h: (T, B, H) gradient of the loss by each output; ignored beyond a sequence's end.
        d_state: None.

    Returns:
        d_x (T, B, I), zero beyond a sequence's end; the weights' gradients; None.

    Raises:
        ValueError: a shape or dtype that does not fit that of the outputs.

    >>> delay = ConvParams(np.array([0.0, 1.0]).reshape(2, 1, 1), np.zeros(1))
    >>> h, _, cache = forward(TDNNParams((delay, delay)), np.zeros((4, 1, 1)))
    >>> backward(cache, np.array([0.0, 0.0, 0.0, 1.0]).reshape(4, 1, 1))[0].ravel().tolist()
    [0.0, 1.0, 0.0, 0.0]
    """
    d_h = _wiring.slopes(d_h, cache.hs[-1], cache.real)
    grads: list[ConvParams] = []
    for h, kept in zip(reversed(cache.hs), reversed(cache.layers), strict=True):
        d_h, share = conv.backward(kept, (1 - h**2) * d_h)  # eq. 3
        grads.append(share)
    return d_h, TDNNParams(tuple(reversed(grads))), None
