"""The temporal convolutional network as its authors train it, in PyTorch.

    u = m₁ ⊙ relu(conv₁(x))        v = m₂ ⊙ relu(conv₂(u))        W = g V / ‖V‖ in both

It takes the masks of `rnncourse.tcn_dropout`, by the key that was given or one for each call.
"""

from __future__ import annotations

import torch
from torch import Tensor

from rnncourse import tcn_dropout
from rnncourse.nn._masked import Masked, tensor
from rnncourse.nn.tcn import TCN
from rnncourse.tcn import TCNParams

__all__ = ["DropoutTCN"]


class DropoutTCN(TCN, Masked):
    """A TCN some of whose channels are dropped while `training`.

    Args:
        input_size: I.
        hidden_size: H.
        rate: probability that an entry of u or v is dropped, at least 0, below 1.
        levels: L, blocks.
        kernel_size: k, taps of every convolution.
        normed: whether weights are normalised.
        per: "sequence" for one mask for all steps, "step" for a fresh one at each.
        key: what the masks follow from; None draws one at each call.
        dtype: float32 when left out, PyTorch's default.

    Raises:
        ValueError: rate or per is none of these.

    >>> module, x = DropoutTCN(2, 3, levels=2), torch.ones(7, 1, 2)
    >>> tuple(module(x)[0].shape), bool((module.eval()(x)[0] == module(x)[0]).all())
    ((7, 1, 3), True)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        rate: float = 0.2,
        *,
        levels: int = 4,
        kernel_size: int = 3,
        normed: bool = True,
        per: str = "sequence",
        key: int | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        layer = tcn_dropout.DropoutTCN(rate, levels, kernel_size, normed, per, key)
        sizes = input_size, hidden_size
        super().__init__(*sizes, levels=levels, kernel_size=kernel_size, normed=normed, dtype=dtype)
        self.layer = layer

    def _run(self, x: Tensor) -> Tensor:
        layer = self.now()
        if layer.key is None:
            return super()._run(x)
        pairs = layer.masks(*x.shape[:2], len(self.layers[0].second.b))
        for block, (m_1, m_2) in zip(self.layers, pairs, strict=True):
            x = block(x, (tensor(m_1, x), tensor(m_2, x)))
        return x

    @classmethod
    def from_params(cls, layer: tcn_dropout.DropoutTCN, params: TCNParams) -> DropoutTCN:  # type: ignore[override]
        """A module with the weights of a NumPy network, copied, that drops what it drops."""
        module = cls(1, 1, layer.rate, per=layer.per, levels=1)
        module.layer = layer
        module._hold(params)
        return module.as_given()  # type: ignore[no-any-return]
