"""1-D convolution in PyTorch, causal: the chapter's equation forward.

    y[t] = b + Σ_j W[j] x[t - j d]

Weights have the names and shapes of `rnncourse.conv.ConvParams`.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse import _init
from rnncourse.conv import ConvParams
from rnncourse.nn import _validate

__all__ = ["CausalConv"]


class CausalConv(nn.Module):
    """y[t] = b + Σ_j W[j] x[t - j d].

    Args:
        params: the weights of a NumPy convolution, copied.
        dilation: d.

    >>> from rnncourse import conv
    >>> weights = conv.init(np.random.default_rng(0), 2, 3, kernel_size=5, dtype="float32")
    >>> tuple(CausalConv(weights, dilation=4)(torch.zeros(7, 1, 2)).shape)
    (7, 1, 3)
    """

    def __init__(self, params: ConvParams, *, dilation: int = 1) -> None:
        super().__init__()
        _validate.weights(params, ConvParams)
        _init.sizes(dilation=dilation)
        # (k, O, I), the tap of the present first
        self.W = nn.Parameter(torch.from_numpy(np.array(params.W)))
        self.b = nn.Parameter(torch.from_numpy(np.array(params.b)))  # (O,)
        self.dilation = dilation

    def forward(self, x: Tensor) -> Tensor:
        """The outputs y (T, B, O) for x (T, B, I)."""
        return causal(x, self.W, self.b, self.dilation)

    def to_params(self) -> ConvParams:
        """The weights as NumPy arrays, copied."""
        return ConvParams(*(p.detach().cpu().numpy().copy() for p in (self.W, self.b)))


def causal(x: Tensor, W: Tensor, b: Tensor, dilation: int) -> Tensor:
    """The outputs y (T, B, O) for x (T, B, I), weights W (k, O, I) and b (O,)."""
    _validate.tensor("x", x, ("T", "B", W.shape[2]))
    _validate.same_dtype("x", x, W.dtype)
    T, B, _ = x.shape
    if 0 in (T, B):
        return x.new_zeros(T, B, len(b)) + 0 * (W.sum() + b.sum() + x.sum())
    reach = (len(W) - 1) * dilation
    padded = nn.functional.pad(x.permute(1, 2, 0), (reach, 0))  # (B, I, reach + T)
    kernel = W.flip(0).permute(1, 2, 0)  # (O, I, k), read backwards
    y = nn.functional.conv1d(padded, kernel, b, dilation=dilation)
    return y.permute(2, 0, 1)
