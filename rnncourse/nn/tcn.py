"""The temporal convolutional network in PyTorch: the chapter's equations forward.

    u = m₁ ⊙ relu(conv₁(x))        v = m₂ ⊙ relu(conv₂(u))
    h = relu(v + x), or with a third convolution of x

m₁ and m₂ are the masks of dropout, 1 where there is none.

Weights have the names and shapes of `rnncourse.tcn`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from rnncourse import tcn
from rnncourse.nn import _validate
from rnncourse.nn._windowed import Windowed
from rnncourse.nn.conv import CausalConv
from rnncourse.nn.weight_norm import WeightNormConv
from rnncourse.tcn import BlockParams, TCNParams
from rnncourse.weight_norm import WeightNormParams

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
        self.first = _convolution(params.first, dilation)
        self.second = _convolution(params.second, dilation)
        self.residual = CausalConv(params.residual) if params.residual else None

    def forward(self, x: Tensor, masks: tuple[Any, Any] = (1, 1)) -> Tensor:
        """The outputs h (T, B, H) for x (T, B, I); u and v are multiplied by the masks."""
        u = masks[0] * torch.relu(self.first(x))
        v = masks[1] * torch.relu(self.second(u))
        return torch.relu(v + (x if self.residual is None else self.residual(x)))

    def to_params(self) -> BlockParams:
        """The weights as NumPy arrays, copied."""
        residual = () if self.residual is None else self.residual.to_params()
        return BlockParams(self.first.to_params(), self.second.to_params(), residual)


def _convolution(params: Any, dilation: int) -> Any:
    kind = WeightNormConv if isinstance(params, WeightNormParams) else CausalConv
    return kind(params, dilation=dilation)


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
        normed: bool = False,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        options = {"levels": levels, "kernel_size": kernel_size, "normed": normed}
        self._hold(self._draw(tcn, input_size, hidden_size, dtype=dtype, **options))

    def _hold(self, params: TCNParams) -> None:
        blocks = enumerate(params.blocks)
        self.layers = nn.ModuleList(TCNBlock(p, dilation=2**level) for level, p in blocks)
        self.input_size = len(params.blocks[0].first[0][0, 0])

    def _run(self, x: Tensor) -> Tensor:
        for block in self.layers:
            x = block(x)
        return x

    @classmethod
    def from_params(cls, params: TCNParams) -> TCN:
        """A module with the weights of a NumPy network, copied.

        Raises:
            ValueError: params are those of another network.
        """
        _validate.of_kind("params", params, TCNParams)
        module = cls(1, 1)
        module._hold(params)
        return module

    def to_params(self) -> TCNParams:
        """The weights as NumPy arrays, copied."""
        return TCNParams(tuple(block.to_params() for block in self.layers))
