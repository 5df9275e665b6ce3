"""Dropout between layers in PyTorch: inputs vanish at random in training.

    h[t] = m[t] ⊙ x[t]

It takes the masks of `rnncourse.dropout`, by the key that was given or one for each call.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from rnncourse import _validate as _arrays
from rnncourse import dropout
from rnncourse.dropout import DropoutState
from rnncourse.nn import _layers, _validate
from rnncourse.nn._masked import Masked, tensor

__all__ = ["Dropout"]


class Dropout(Masked):
    """A layer that hands on its inputs, some of them dropped while `training`.

    Args:
        rate: probability that an input is dropped, at least 0, below 1.
        per: "step" for a fresh mask at each step, "sequence" for one mask for all of them.
        key: what the masks follow from; None draws one at each call.

    Raises:
        ValueError: rate or per is none of these.

    >>> layer, x = Dropout(0.5, key=1), torch.ones(1, 1, 5)
    >>> layer(x)[0].tolist(), layer.eval()(x)[0].tolist()
    ([[[0.0, 2.0, 0.0, 0.0, 2.0]]], [[[1.0, 1.0, 1.0, 1.0, 1.0]]])
    """

    state_type: ClassVar[Any] = DropoutState

    def __init__(self, rate: float, per: str = "step", *, key: int | None = None) -> None:
        super().__init__()
        self.layer = dropout.Dropout(rate, per, key)

    def forward(
        self, x: Tensor, state: Any = None, lengths: Any = None
    ) -> tuple[Tensor, DropoutState]:
        """Run over sequences, time-major.

        Args:
            x: (T, B, I).
            state: how many steps each sequence has behind it; none when left out.
            lengths: (B,) steps in each sequence. What x holds beyond changes nothing.

        Returns:
            h (T, B, I), zero beyond a sequence's end; and the state at each one's end.

        Raises:
            ValueError: a shape that does not fit, or lengths out of range.
        """
        known, real = _layers.batch(x, lengths)
        T, B, I = x.shape
        if not x.is_floating_point():
            raise ValueError(f"x must have a floating dtype, got {x.dtype}")
        (steps,) = (
            (x.new_zeros(B),) if state is None else _arrays.state("state", state, DropoutState)
        )
        _validate.tensor("state.steps", steps, (B,))
        if real is not None:
            x = torch.where(real, x, x.new_zeros(()))
        layer = self.now()
        if layer.key is not None:
            passed = steps.detach().round().long().cpu().numpy()
            x = tensor(layer.masks(T, passed, I), x) * x
        return x, self.state_type(steps + (T if known is None else known))

    @classmethod
    def from_params(cls, layer: dropout.Dropout, params: Any) -> Dropout:
        """A module that drops what the NumPy layer drops."""
        module: Dropout = cls(layer.rate, layer.per, key=layer.key).as_given()
        return module

    def to_params(self) -> tuple[()]:
        """Its weights: none."""
        return ()
