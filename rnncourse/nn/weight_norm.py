"""A causal convolution with weight normalisation in PyTorch: the equations forward.

    W[o] = g[o] V[o] / ‖V[o]‖        y[t] = b + Σ_j W[j] x[t - j d]

Weights have the names and shapes of `rnncourse.weight_norm.WeightNormParams`.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse import _init
from rnncourse.nn import _validate
from rnncourse.nn.conv import causal
from rnncourse.weight_norm import WeightNormParams

__all__ = ["WeightNormConv"]


class WeightNormConv(nn.Module):
    """y[t] = b + Σ_j W[j] x[t - j d], each output's kernel W[o] of length g[o].

    Args:
        params: the weights of a NumPy convolution, copied.
        dilation: d.

    >>> from rnncourse import conv, weight_norm
    >>> weights = conv.init(np.random.default_rng(0), 2, 3, kernel_size=5, dtype="float32")
    >>> tuple(WeightNormConv(weight_norm.split(weights))(torch.zeros(7, 1, 2)).shape)
    (7, 1, 3)
    """

    def __init__(self, params: WeightNormParams, *, dilation: int = 1) -> None:
        super().__init__()
        _validate.weights(params, WeightNormParams)
        _init.sizes(dilation=dilation)
        self.V, self.g, self.b = (nn.Parameter(torch.from_numpy(np.array(p))) for p in params)
        self.dilation = dilation

    def forward(self, x: Tensor) -> Tensor:
        """The outputs y (T, B, O) for x (T, B, I)."""
        norms = self.V.square().sum(dim=(0, 2)).sqrt()  # (O,)
        return causal(x, self.V * (self.g / norms)[:, None], self.b, self.dilation)

    def to_params(self) -> WeightNormParams:
        """The weights as NumPy arrays, copied."""
        return WeightNormParams(
            *(p.detach().cpu().numpy().copy() for p in (self.V, self.g, self.b))
        )
