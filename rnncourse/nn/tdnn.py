"""The time-delay network in PyTorch: the chapter's equation forward.

    hˡ[t] = tanh(bˡ + Σ_j Wˡ[j] hˡ⁻¹[t - j])

Weights have the names and shapes of `rnncourse.tdnn.TDNNParams`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from rnncourse import tdnn
from rnncourse.nn import _validate
from rnncourse.nn._windowed import Windowed
from rnncourse.nn.conv import CausalConv
from rnncourse.tdnn import TDNNParams

__all__ = ["TDNN"]


class TDNN(Windowed):
    """The time-delay network; arguments as those of `rnncourse.tdnn.init`.

    >>> tuple(TDNN(2, 3, kernel_sizes=(2, 2))(torch.zeros(7, 1, 2))[0].shape)
    (7, 1, 3)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        kernel_sizes: Sequence[int] = (3, 5),
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        sizes = input_size, hidden_size
        self._hold(self._draw(tdnn, *sizes, dtype=dtype, kernel_sizes=kernel_sizes))

    def _hold(self, params: TDNNParams) -> None:
        self.layers = nn.ModuleList(CausalConv(layer) for layer in params.layers)
        self.input_size = params.layers[0].W.shape[2]

    def _run(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.tanh(layer(x))
        return x

    @classmethod
    def from_params(cls, params: TDNNParams) -> TDNN:
        """A module with the weights of a NumPy network, copied.

        Raises:
            ValueError: params are those of another network.
        """
        _validate.of_kind("params", params, TDNNParams)
        module = cls(1, 1)
        module._hold(params)
        return module

    def to_params(self) -> TDNNParams:
        """The weights as NumPy arrays, copied."""
        return TDNNParams(tuple(layer.to_params() for layer in self.layers))
