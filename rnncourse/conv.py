"""1-D convolution in time: the same small kernel at every step.

    y[t] = b + Σ_j W[j] x[t - j d]        taps j = 0 … k - 1, each looks j d steps back          (1)

and back, given d_y:

    d_x[t] = Σ_j W[j]ᵀ d_y[t + j d]       d_W[j] = Σ_t d_y[t] x[t - j d]ᵀ      d_b = Σ_t d_y[t]  (2)

Beyond both ends x is zero. Which t are kept is the `mode`: "causal", the steps of x, so that no
output sees the future; "same", as many, the kernel centred; "valid", those where the whole kernel
lies in x; "full", all where any of it does. With d = 1 the last three are those of `np.convolve`.

The code has one line a tap: a matrix product of x, shifted. It is also one big matrix product, with
a band of W's in a matrix of zeros: `banded` builds it. Deep-learning libraries leave the kernel
unflipped (they compute Σ_i W'[i] x[t + i d]), so their kernel is this one read backwards.

Arrays are time-major. Weights have the equations' shape, so a batch multiplies by the transpose.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rnncourse import _init, _validate, _wiring
from rnncourse._validate import Array

if TYPE_CHECKING:
    from torch import nn

MODES = ("causal", "same", "valid", "full")

__all__ = [
    "ConvParams",
    "backward",
    "banded",
    "forward",
    "from_torch",
    "init",
    "output_steps",
    "to_torch",
]


class ConvParams(NamedTuple):
    """The weights, or the gradient of a loss by them."""

    W: Array  # (k, O, I), one matrix for each tap, that of the present first
    b: Array  # (O,)


class _Cache(NamedTuple):
    params: ConvParams
    x: Array  # (T, B, I), padding zeroed
    steps: slice  # of the full convolution
    dilation: int
    lengths: Array | None  # (B,), of the inputs
    out_lengths: Array | None  # (B,), of the outputs


def init(
    rng: np.random.Generator,
    input_size: int,
    output_size: int,
    kernel_size: int,
    *,
    dtype: Any = np.float64,
) -> ConvParams:
    """Draw weights uniformly from ±1/√(k I), the default of `torch.nn.Conv1d`.

    Args:
        rng: source of the numbers, such as `np.random.default_rng(0)`.
        input_size: I, channels in, at least 1.
        output_size: O, channels out, at least 1.
        kernel_size: k, taps, at least 1.
        dtype: float32 or float64; everything computed from the weights keeps it.

    Raises:
        ValueError: a size below 1, or a dtype that is not floating.

    >>> [array.shape for array in init(np.random.default_rng(0), 2, 3, kernel_size=5)]
    [(5, 3, 2), (3,)]
    """
    _init.sizes(input_size=input_size, output_size=output_size, kernel_size=kernel_size)
    shapes = [(kernel_size, output_size, input_size), (output_size,)]
    return ConvParams(*_init.uniform(rng, kernel_size * input_size, shapes, dtype))


def forward(
    params: ConvParams,
    x: Array,
    *,
    dilation: int = 1,
    mode: str = "causal",
    lengths: Any = None,
) -> tuple[Array, _Cache]:
    """Convolve a batch of sequences.

    Args:
        params: the weights.
        x: (T, B, I), of the weights' dtype; it may be shorter than the kernel, or empty.
        dilation: d, at least 1.
        mode: which steps are kept, "causal", "same", "valid" or "full".
        lengths: (B,) steps in each sequence, 0 to T. What x holds beyond changes nothing.

    Returns:
        y (N, B, O) with N = T in the modes "causal" and "same", zero beyond what each sequence
        alone would give; and the cache for `backward`.

    Raises:
        ValueError: a shape or dtype that does not fit, lengths out of range, NaN or infinity
            within a sequence, an unknown mode, a dilation below 1.

    >>> params = ConvParams(np.array([1.0, 10.0, 100.0]).reshape(3, 1, 1), np.zeros(1))
    >>> x = np.array([1.0, 2.0, 0.0, 0.0, 0.0]).reshape(5, 1, 1)
    >>> forward(params, x)[0].ravel().tolist()
    [1.0, 12.0, 120.0, 200.0, 0.0]
    >>> forward(params, x, dilation=2)[0].ravel().tolist()
    [1.0, 2.0, 10.0, 20.0, 100.0]
    """
    k, O, I = _check_weights(params)
    dtype = params.W.dtype
    x = _validate.array("x", x)
    _validate.shape("x", x, ("T", "B", I), because=f"I as in W {params.W.shape}")
    _validate.same_dtype("x", x, dtype, "the weights have")
    T, B, _ = x.shape
    kept = _kept(T, k, dilation, mode)
    x, lengths, real = _wiring.batch(x, lengths)
    x = np.ascontiguousarray(_wiring.zeroed(x, real))
    _validate.finite("x", x)

    y = np.empty((kept.stop - kept.start, B, O), dtype)
    y[:] = params.b  # eq. 1
    for j, of_y, of_x in _taps(T, k, dilation, kept):
        rows = x[of_x].reshape(-1, I)  # every sequence and step that the tap reads, as one product
        y[of_y] += (rows @ params.W[j].T).reshape(y[of_y].shape)  # eq. 1

    out_lengths = None
    if lengths is not None:
        out_lengths = {
            "valid": np.maximum(lengths - (k - 1) * dilation, 0),
            "full": np.where(lengths, lengths + (k - 1) * dilation, 0),
        }.get(mode, lengths)
        y[~_validate.real_steps(out_lengths, len(y))] = 0
    return y, _Cache(params, x, kept, dilation, lengths, out_lengths)


def backward(cache: _Cache, d_y: Array) -> tuple[Array, ConvParams]:
    """d_x (T, B, I) and the weights' gradients, given d_y (N, B, O).

    What d_y holds beyond the end of a sequence's outputs is ignored, and d_x is zero beyond its
    inputs.

    Raises:
        ValueError: d_y has not the shape or dtype of the outputs.

    >>> params = ConvParams(np.array([1.0, 10.0, 100.0]).reshape(3, 1, 1), np.zeros(1))
    >>> y, cache = forward(params, np.ones((5, 1, 1)))
    >>> d_y = np.zeros_like(y)
    >>> d_y[3] = 1
    >>> backward(cache, d_y)[0].ravel().tolist()
    [0.0, 100.0, 10.0, 1.0, 0.0]
    """
    params, x, kept, dilation, lengths, out_lengths = cache
    (T, B, I), (k, O, _) = x.shape, params.W.shape
    d_y = _validate.array("d_y", d_y)
    _validate.shape("d_y", d_y, (kept.stop - kept.start, B, O), because="that of y")
    _validate.same_dtype("d_y", d_y, x.dtype, "y has")
    _, _, real = _wiring.batch(d_y, out_lengths)
    d_y = np.ascontiguousarray(_wiring.zeroed(d_y, real))

    d_x, d_W = np.zeros_like(x), np.zeros_like(params.W)
    for j, of_y, of_x in _taps(T, k, dilation, kept):
        flat = d_y[of_y].reshape(-1, O)
        d_x[of_x] += (flat @ params.W[j]).reshape(x[of_x].shape)  # eq. 2
        d_W[j] = flat.T @ x[of_x].reshape(-1, I)  # eq. 2
    if lengths is not None:
        d_x[~_validate.real_steps(lengths, T)] = 0
    return d_x, ConvParams(d_W, d_y.sum(axis=(0, 1)))  # eq. 2


def output_steps(T: int, kernel_size: int, *, dilation: int = 1, mode: str = "causal") -> int:
    """N, the number of steps of the output for T steps of input.

    >>> [output_steps(7, 3, mode=mode) for mode in ("causal", "same", "valid", "full")]
    [7, 7, 5, 9]
    """
    kept = _kept(T, kernel_size, dilation, mode)
    return int(kept.stop - kept.start)


def banded(W: Array, T: int, *, dilation: int = 1, mode: str = "causal") -> Array:
    """The convolution of T steps as one matrix, (N O, T I): W[j] on its j d-th lower diagonal.

    It multiplies x[:, i, :].ravel(), one sequence; an entry depends only on the distance from row
    to column (a Toeplitz matrix, of blocks), which is what "the same at every step" means.

    Raises:
        ValueError: W has not three axes, an unknown mode, a dilation below 1.

    >>> banded(np.array([1.0, 2.0]).reshape(2, 1, 1), T=4).astype(int)
    array([[1, 0, 0, 0],
           [2, 1, 0, 0],
           [0, 2, 1, 0],
           [0, 0, 2, 1]])
    """
    _validate.shape("W", W, ("k", "O", "I"))
    k, O, I = W.shape
    kept = _kept(T, k, dilation, mode)
    M = np.zeros((kept.stop - kept.start, O, T, I), W.dtype)
    for j, of_y, of_x in _taps(T, k, dilation, kept):
        for row, column in zip(range(T + len(M))[of_y], range(T)[of_x], strict=True):
            M[row, :, column] = W[j]  # eq. 1
    return M.reshape(len(M) * O, T * I)


def to_torch(params: ConvParams, *, dilation: int = 1) -> nn.Conv1d:
    """The same convolution as a `torch.nn.Conv1d`, in mode "valid".

    Left padding by (k - 1) d zeros makes it causal. PyTorch's arrays are (B, channels, T), and its
    kernel is this one read backwards.

    Raises:
        ValueError: the weights' shapes do not fit each other.
    """
    import torch

    k, O, I = _check_weights(params)
    dtype = getattr(torch, params.W.dtype.name)
    module = torch.nn.Conv1d(I, O, k, dilation=dilation, dtype=dtype)
    with torch.no_grad():
        module.weight.copy_(torch.from_numpy(params.W[::-1].transpose(1, 2, 0).copy()))
        module.get_parameter("bias").copy_(torch.from_numpy(np.array(params.b)))
    return module


def from_torch(module: nn.Conv1d) -> ConvParams:
    """The weights of a `torch.nn.Conv1d`, copied; zeros for a bias that is not there.

    Raises:
        ValueError: the module has a stride or groups.
    """
    if module.stride != (1,) or module.groups != 1:
        raise ValueError(
            f"module must have stride 1 and 1 group, got {module.stride[0]} and {module.groups}"
        )
    W = module.weight.detach().cpu().numpy()
    W = np.ascontiguousarray(W.transpose(2, 0, 1)[::-1])  # (k, O, I)
    if module.bias is None:
        return ConvParams(W, np.zeros(W.shape[1], W.dtype))
    return ConvParams(W, module.bias.detach().cpu().numpy().copy())


def _kept(T: int, k: int, dilation: int, mode: str) -> slice:
    """Which steps of the full convolution are kept."""
    if dilation < 1:
        raise ValueError(f"dilation must be at least 1, got {dilation}")
    reach = (k - 1) * dilation
    if mode == "causal":
        return slice(0, T)
    if mode == "same":
        return slice(reach // 2, reach // 2 + T)
    if mode == "valid":
        return slice(reach, max(reach, T))
    if mode == "full":
        return slice(0, T + reach if T else 0)
    raise ValueError(f"mode must be one of {', '.join(MODES)}, got {mode!r}")


def _taps(T: int, k: int, dilation: int, kept: slice) -> Iterator[tuple[int, slice, slice]]:
    """Each tap, the outputs that it reaches, and the inputs that they read."""
    for j in range(k):
        shift = j * dilation
        first, last = max(shift, kept.start), min(shift + T, kept.stop)
        if first < last:
            yield (
                j,
                slice(first - kept.start, last - kept.start),
                slice(first - shift, last - shift),
            )


def _check_weights(params: ConvParams) -> tuple[int, int, int]:
    _validate.fields(params, "W", "b")
    _validate.shape("ConvParams.W", params.W, ("k", "O", "I"))
    k, O, I = params.W.shape
    _validate.parameters(params, {"W": (k, O, I), "b": (O,)})
    return k, O, I
