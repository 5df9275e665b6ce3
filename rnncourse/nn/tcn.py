"""The temporal convolutional network in PyTorch: the chapter's equations forward.

    v = relu(conv₂(relu(conv₁(x))))        h = relu(v + x), or a third convolution of x

Weights have the names and shapes of `rnncourse.tcn`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rnncourse import tcn
from rnncourse.nn._windowed import Windowed
from rnncourse.nn.conv import CausalConv
from rnncourse.tcn import BlockParams, TCNParams

__all__ = ["TCN", "TCNBlock"]


class TCNBlock(nn.Module):
    """Two causal convolutions and a path around them.

    >>> import numpy as np
    >>> weights = tcn.init(np.random.default_rng(0), 2, 3, dtype="float32").blocks[0]
    >>> tuple(TCNBlock(weights, dilation=2)(torch.zeros(7, 1, 2)).shape)
    (7, 1, 3)
    """

    def __init__(self, params: BlockParams, *, dilation: int) -> None:
        super().__init__()
        self.first = CausalConv(params.first, dilation=dilation)
        self.second = CausalConv(params.second, dilation=dilation)
        self.residual = CausalConv(params.residual) if params.residual else None

    def forward(self, x: Tensor) -> Tensor:
        """The outputs h (T, B, H) for x (T, B, I)."""
        v = torch.relu(self.second(torch.relu(self.first(x))))
        return torch.relu(v + (x if self.residual is None else self.residual(x)))

    def to_params(self) -> BlockParams:
        """The weights as NumPy arrays, copied."""
        residual = () if self.residual is None else self.residual.to_params()
        return BlockParams(self.first.to_params(), self.second.to_params(), residual)


class TCN(Windowed):
    """The temporal convolutional network; arguments as those of `rnncourse.tcn.init`.

    >>> tuple(TCN(2, 3, levels=2)(torch.zeros(7, 1, 2))[0].shape)
    (7, 1, 3)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        levels: int = 4,
        kernel_size: int = 3,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        options = {"levels": levels, "kernel_size": kernel_size}
        self._hold(self._draw(tcn, input_size, hidden_size, dtype=dtype, **options))

    def _hold(self, params: TCNParams) -> None:
        blocks = enumerate(params.blocks)
        self.layers = nn.ModuleList(TCNBlock(p, dilation=2**level) for level, p in blocks)

    def _run(self, x: Tensor) -> Tensor:
        for block in self.layers:
            x = block(x)
        return x

    @classmethod
    def from_params(cls, params: TCNParams) -> TCN:
        """A module with the weights of a NumPy network, copied."""
        module = cls(1, 1)
        module._hold(params)
        return module

    def to_params(self) -> TCNParams:
        """The weights as NumPy arrays, copied."""
        return TCNParams(tuple(block.to_params() for block in self.layers))
