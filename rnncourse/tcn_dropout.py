"""The temporal convolutional network as its authors train it: weight normalisation and dropout.

    u[t] = m₁ ⊙ relu(b₁ + Σ_j W₁[j] x[t - j d])        v[t] = m₂ ⊙ relu(b₂ + Σ_j W₂[j] u[t - j d])

with W = g V / ‖V‖ (`rnncourse.weight_norm`), the rest as in `rnncourse.tcn`. A mask is 0 with
probability p = `rate`, else 1 / (1 - p), so that its mean is 1. One mask serves all steps of a
sequence: a whole channel vanishes, which the authors call spatial dropout (their program drops
single entries; that is `per="step"`). Back go the same masks, and [u > 0] as before.

A network is frozen and drops nothing until `rnncourse.dropout.with_masks` gives it a key:

    for x, y in batches:
        loss, grads, _ = loss_and_gradients(with_masks(net, rng), params, x, y)

Source: S. Bai, J. Z. Kolter and V. Koltun, An empirical evaluation of generic convolutional and
recurrent networks for sequence modeling (2018), section 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rnncourse import _masks, _wiring, tcn
from rnncourse._validate import Array
from rnncourse.dropout import PER
from rnncourse.tcn import TCNParams

__all__ = ["DropoutTCN"]


@dataclass(frozen=True)
class DropoutTCN(_masks.Random):
    """A TCN some of whose channels are dropped while it learns; it goes where `tcn` goes.

    Args:
        rate: probability that an entry of u or v is dropped, at least 0, below 1.
        levels: L, blocks.
        kernel_size: k, taps of every convolution.
        normed: whether weights are normalised.
        per: "sequence" for one mask for all steps, "step" for a fresh one at each.
        key: what the masks follow from; None drops nothing. `with_masks` sets it.

    Raises:
        ValueError: rate or per is none of these.

    >>> from rnncourse import check_gradients
    >>> from rnncourse.dropout import with_masks
    >>> net = with_masks(DropoutTCN(0.2, levels=2), np.random.default_rng(0))
    >>> check_gradients(net).worst < 1e-13
    True
    """

    rate: float = 0.2
    levels: int = 4
    kernel_size: int = 3
    normed: bool = True
    per: str = "sequence"
    key: int | None = None
    carries: ClassVar = False

    def __post_init__(self) -> None:
        _masks.rate("rate", self.rate)
        if self.per not in PER:
            raise ValueError(f"per must be one of {', '.join(PER)}, got {self.per!r}")

    def init(
        self,
        rng: np.random.Generator,
        input_size: int,
        hidden_size: int,
        *,
        dtype: Any = np.float64,
    ) -> TCNParams:
        """Draw the weights as `rnncourse.tcn.init` does; its errors."""
        return tcn.init(
            rng,
            input_size,
            hidden_size,
            levels=self.levels,
            kernel_size=self.kernel_size,
            normed=self.normed,
            dtype=dtype,
        )

    def forward(
        self, params: TCNParams, x: Array, state: None = None, *, lengths: Any = None
    ) -> tuple[Array, None, Any]:
        """Run over a batch of sequences; arguments and results as `rnncourse.tcn.forward`'s.

        Raises:
            ValueError: as there, or another number of blocks than levels.

        >>> net, x = DropoutTCN(0.5), np.ones((3, 1, 2))
        >>> params = net.init(np.random.default_rng(0), input_size=2, hidden_size=8)
        >>> first, again = (net.forward(params, x)[0] for _ in range(2))
        >>> from rnncourse.dropout import with_masks
        >>> one, other = (with_masks(net, np.random.default_rng(n)) for n in (0, 1))
        >>> bool((first == again).all()), bool((one.forward(params, x)[0] == first).all())
        (True, False)
        """
        if len(params.blocks) != self.levels:
            raise ValueError(f"params must have {self.levels} blocks, got {len(params.blocks)}")
        masks = None
        if self.key is not None:
            x, _, _ = _wiring.batch(x, None)
            T, B, _ = x.shape
            masks = self.masks(T, B, len(params.blocks[0].second.b), x.dtype)
        return tcn.forward(params, x, state, lengths=lengths, masks=masks)

    def backward(
        self, cache: Any, d_h: Array, d_state: None = None
    ) -> tuple[Array, TCNParams, None]:
        """Go back through the masks that `forward` drew; otherwise as `rnncourse.tcn.backward`."""
        return tcn.backward(cache, d_h, d_state)

    def masks(
        self, T: int, B: int, size: int, dtype: Any = np.float64
    ) -> list[tuple[Array, Array]]:
        """What each block of a network with a key multiplies its u and v by.

        Args:
            T: how many steps.
            B: sequences.
            size: H.
            dtype: that of the inputs.

        Returns:
            A pair of masks a block, (T, B, H), or (1, B, H) where one serves all steps.

        Raises:
            ValueError: the network has no key.
        """
        if self.key is None:
            raise ValueError("key must be set for masks to be drawn: use with_masks(net, rng)")
        steps = T if self.per == "step" else 1
        width = 2 * self.levels * size  # drawn together: no two places share their masks
        drawn = _masks.uniform(self.key, np.zeros(B, int), steps, width)
        kept = _masks.kept(drawn, self.rate, np.dtype(dtype))
        kept = kept.reshape(steps, B, self.levels, 2, size)
        return [(kept[:, :, level, 0], kept[:, :, level, 1]) for level in range(self.levels)]
