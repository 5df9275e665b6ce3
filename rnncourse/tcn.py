"""The temporal convolutional network: causal convolutions whose gaps double from block to block.

    u[t] = relu(b₁ + Σ_j W₁[j] x[t - j d])         a block: two causal convolutions              (1)
    v[t] = relu(b₂ + Σ_j W₂[j] u[t - j d])                                                       (2)
    h[t] = relu(v[t] + r[t])                       a path around both:                           (3)
    r[t] = x[t], or b₃ + W₃ x[t] where the numbers of channels differ                            (4)

and back, given d_h (a relu hands on a slope where its result is above zero):

    d_r = [h > 0] ⊙ d_h       d_v = [v > 0] ⊙ d_r     d_u, d_W₂, d_b₂ by the second convolution  (5)
    d_x = d_r, or its way back through W₃, plus the first convolution's, given [u > 0] ⊙ d_u     (6)

Blocks l = 0, 1, … with d = 2ˡ follow one another. An output sees 1 + 2 (k - 1)(2^L - 1) steps, a
number that grows twofold with each of L blocks, and every step is computed at once.

`init`, `forward` and `backward` have the call shape of `rnncourse.elman`, so that a TCN goes into
`rnncourse.network` as a cell does; its state is always None: it remembers by looking.

Arrays are time-major. Weights have the equations' shape, so a batch multiplies by the transpose.

Source: S. Bai, J. Z. Kolter and V. Koltun, An empirical evaluation of generic convolutional and
recurrent networks for sequence modeling (2018). Its weight normalisation is `normed=True` in
`init`; its dropout, masks m₁ and m₂ on u and v while it learns, is `rnncourse.tcn_dropout`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init, _validate, _wiring, conv, weight_norm
from rnncourse._validate import Array
from rnncourse.conv import ConvParams
from rnncourse.weight_norm import WeightNormParams

__all__ = [
    "BlockParams",
    "TCNParams",
    "backward",
    "block",
    "block_backward",
    "forward",
    "init",
    "receptive_field",
]

carries = False  # it has no state: what a sequence was before must be there to look at


class BlockParams(NamedTuple):
    """The weights of a block, or the gradient of a loss by them."""

    first: ConvParams | WeightNormParams  # W or V (k, H, I)
    second: ConvParams | WeightNormParams  # W or V (k, H, H)
    residual: Any  # ConvParams with W (1, H, I) where I is not H, else ()


class TCNParams(NamedTuple):
    """The weights, or the gradient of a loss by them."""

    blocks: tuple[BlockParams, ...]  # block l has dilation 2ˡ


class _BlockCache(NamedTuple):
    first: Any
    second: Any
    residual: Any
    u: Array  # (T, B, H)
    v: Array  # (T, B, H)
    h: Array  # (T, B, H)
    joined: tuple[Any, Any]  # of the two convolutions, where their weights are normalised
    masks: tuple[Any, Any]


class _Cache(NamedTuple):
    blocks: list[_BlockCache]
    h: Array  # (T, B, H)
    real: Array | None  # (T, B, 1)


def init(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    *,
    levels: int = 4,
    kernel_size: int = 3,
    normed: bool = False,
    dtype: Any = np.float64,
) -> TCNParams:
    """Draw every convolution's weights uniformly from ±1/√(k I), as `torch.nn.Conv1d` does.

    Args:
        rng: source of the numbers, such as `np.random.default_rng(0)`.
        input_size: I, at least 1.
        hidden_size: H, channels of every block, at least 1.
        levels: L, blocks, at least 1.
        kernel_size: k, taps of every convolution, at least 1.
        normed: whether the two convolutions of a block have `rnncourse.weight_norm`'s weights in
            place of their own; at first they compute the same.
        dtype: float32 or float64; everything computed from the weights keeps it.

    Raises:
        ValueError: a size below 1, or a dtype that is not floating.

    >>> params = init(np.random.default_rng(0), input_size=1, hidden_size=8, levels=3)
    >>> [block.first.W.shape for block in params.blocks]
    [(3, 8, 1), (3, 8, 8), (3, 8, 8)]
    """
    _init.sizes(
        input_size=input_size, hidden_size=hidden_size, levels=levels, kernel_size=kernel_size
    )
    H, blocks = hidden_size, []
    for I in (input_size, *[H] * (levels - 1)):
        kernels = [conv.init(rng, n, H, kernel_size, dtype=dtype) for n in (I, H)]
        first, second = map(weight_norm.split, kernels) if normed else kernels
        residual = () if I == H else conv.init(rng, I, H, 1, dtype=dtype)
        blocks.append(BlockParams(first, second, residual))
    return TCNParams(tuple(blocks))


def receptive_field(kernel_size: int, levels: int) -> int:
    """How many steps an output sees, itself included: 1 + 2 (k - 1)(2^L - 1).

    Two convolutions a block each reach (k - 1) 2ˡ steps further back.

    Raises:
        ValueError: a size below 1.

    >>> [receptive_field(kernel_size=3, levels=L) for L in (1, 2, 3, 8)]
    [5, 13, 29, 1021]
    """
    _init.sizes(kernel_size=kernel_size, levels=levels)
    return int(1 + 2 * (kernel_size - 1) * (2**levels - 1))


def block(
    params: BlockParams,
    x: Array,
    *,
    dilation: int,
    lengths: Any = None,
    masks: tuple[Any, Any] = (1, 1),
) -> tuple[Array, _BlockCache]:
    """One residual block: h (T, B, H) for x (T, B, I), and the cache for `block_backward`.

    `masks` multiply u and v; they are of the weights' dtype, and broadcast to (T, B, H).

    Raises:
        ValueError: a shape or dtype that does not fit, lengths out of range, NaN or infinity.

    >>> still = ConvParams(np.zeros((2, 1, 1)), np.zeros(1))
    >>> h, _ = block(BlockParams(still, still, ()), np.array([[[1.0]], [[2.0]]]), dilation=1)
    >>> h.ravel().tolist()  # what goes around both convolutions
    [1.0, 2.0]
    """
    how = {"dilation": dilation, "lengths": lengths}
    (one, of_one), (two, of_two) = _joined(params.first), _joined(params.second)
    a, first = conv.forward(one, x, **how)  # eq. 1
    u = masks[0] * _relu(a)  # eq. 1
    a, second = conv.forward(two, u, **how)  # eq. 2
    v = masks[1] * _relu(a)  # eq. 2
    r, residual = first.x, None  # eq. 4
    if params.residual:
        r, residual = conv.forward(params.residual, x, lengths=lengths)  # eq. 4
    _validate.shape(
        "x", r, v.shape, because="without weights of its own the path around needs I = H"
    )
    h = _relu(v + r)  # eq. 3
    return h, _BlockCache(first, second, residual, u, v, h, (of_one, of_two), masks)


def block_backward(cache: _BlockCache, d_h: Array) -> tuple[Array, BlockParams]:
    """d_x (T, B, I) and the block's gradients, given d_h (T, B, H), zero beyond each sequence."""
    d_r = (cache.h.real > 0) * d_h  # eq. 5
    d_u, d_two = conv.backward(cache.second, cache.masks[1] * ((cache.v.real > 0) * d_r))  # eq. 5
    d_x, d_one = conv.backward(cache.first, cache.masks[0] * ((cache.u.real > 0) * d_u))  # eq. 6
    d_first, d_second = map(_joined_backward, cache.joined, (d_one, d_two))
    if cache.residual is None:
        return d_x + d_r, BlockParams(d_first, d_second, ())
    d_r_x, d_residual = conv.backward(cache.residual, d_r)  # eq. 6
    return d_x + d_r_x, BlockParams(d_first, d_second, d_residual)


def forward(
    params: TCNParams,
    x: Array,
    state: None = None,
    *,
    lengths: Any = None,
    masks: Sequence[tuple[Any, Any]] | None = None,
) -> tuple[Array, None, _Cache]:
    """Run over a batch of sequences.

    Args:
        params: the weights.
        x: (T, B, I), of the weights' dtype; it may be shorter than what an output could see.
        state: None; a convolution carries nothing on.
        lengths: (B,) steps in each sequence, 0 to T. What x holds beyond changes nothing.
        masks: those of every block, as `block` takes them; none when left out.

    Returns:
        h (T, B, H), zero beyond a sequence's end; None; and the cache for `backward`.

    Raises:
        ValueError: a shape or dtype that does not fit, lengths out of range, NaN or infinity
            within a sequence, a state.

    >>> from rnncourse import network, tcn
    >>> rng = np.random.default_rng(0)
    >>> params = network.init(tcn, rng, input_size=2, hidden_size=3, output_size=4)
    >>> x, y = rng.standard_normal((5, 1, 2)), rng.integers(4, size=(5, 1))
    >>> loss, grads, _ = network.loss_and_gradients(tcn, params, x, y)
    """
    if state is not None:
        raise ValueError(f"state must be None: a TCN carries none, got {type(state).__name__}")
    params = _wiring.parts("params", params, TCNParams)
    h, known, real = _wiring.batch(x, lengths)
    caches = []
    for level, weights in enumerate(params.blocks):
        how = {} if masks is None else {"masks": masks[level]}
        h, cache = block(weights, h, dilation=2**level, lengths=known, **how)
        caches.append(cache)
    return h, None, _Cache(caches, h, real)


def backward(cache: _Cache, d_h: Array, d_state: None = None) -> tuple[Array, TCNParams, None]:
    """Back-propagate through the blocks, the last first.

    Args:
        cache: the third result of `forward`.
        d_h: (T, B, H) gradient of the loss by each output; ignored beyond a sequence's end.
        d_state: None.

    Returns:
        d_x (T, B, I), zero beyond a sequence's end; the weights' gradients; None.

    Raises:
        ValueError: a shape or dtype that does not fit that of the outputs.

    >>> params = init(np.random.default_rng(0), input_size=1, hidden_size=4, levels=2)
    >>> h, _, cache = forward(params, np.ones((20, 1, 1)))
    >>> d_h = np.zeros_like(h)
    >>> d_h[15] = 1
    >>> seen = np.flatnonzero(backward(cache, d_h)[0])
    >>> int(seen.min()) > 15 - receptive_field(kernel_size=3, levels=2), int(seen.max())
    (True, 15)
    """
    d_h = _wiring.slopes(d_h, cache.h, cache.real)
    grads: list[BlockParams] = []
    for kept in reversed(cache.blocks):
        d_h, share = block_backward(kept, d_h)
        grads.append(share)
    return d_h, TCNParams(tuple(reversed(grads))), None


def _joined(params: Any) -> tuple[ConvParams, Any]:
    """What to convolve with, and for weight normalisation its cache."""
    return weight_norm.joined(params) if isinstance(params, WeightNormParams) else (params, None)


def _joined_backward(cache: Any, d: ConvParams) -> Any:
    return d if cache is None else weight_norm.joined_backward(cache, d)


def _relu(a: Array) -> Array:
    # only the real part is compared, so that a complex step passes through unchanged
    result: Array = np.where(a.real > 0, a, a.dtype.type(0))
    return result
