"""Variational dropout in PyTorch: one mask for a whole sequence, inside the recurrence too.

    h[t] = F(m_x ⊙ x[t], m_h ⊙ h[t-1])

It takes the masks of `rnncourse.variational`, by the key that was given or one for each call.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from rnncourse import variational
from rnncourse.nn import _layers, _validate
from rnncourse.nn._masked import Masked, begin, chosen, stacked, tensor
from rnncourse.nn._recurrent import Recurrent

__all__ = ["Variational"]


class Variational(Masked):
    """A cell that reads its inputs and its own outputs through masks while `training`.

    Args:
        cell: a module of this package with a `step`, such as `LSTM(2, 3)`.
        rate_in: probability that an input is dropped, at least 0, below 1.
        rate_hidden: probability that a unit is dropped on its way back.
        key: what the masks follow from; None draws one at each call.

    Raises:
        ValueError: a rate out of range, or a cell in which h goes around W_hh.

    >>> import torch
    >>> from rnncourse.nn import LSTM
    >>> tuple(Variational(LSTM(2, 3), 0.2, 0.3)(torch.zeros(5, 4, 2))[0].shape)
    (5, 4, 3)
    """

    def __init__(
        self,
        cell: Recurrent,
        rate_in: float = 0.0,
        rate_hidden: float = 0.0,
        *,
        key: int | None = None,
    ) -> None:
        super().__init__()
        _validate.module("cell", cell, Recurrent)
        self.cell = cell
        self.layer = variational.Variational(cell.cell, rate_in, rate_hidden, key)

    @property
    def input_size(self) -> int:
        """I, what the cell reads."""
        return self.cell.input_size

    def forward(self, x: Tensor, state: Any = None, lengths: Any = None) -> tuple[Tensor, Any]:
        """Run over sequences, time-major.

        Args:
            x: (T, B, I).
            state: the cell's, before the first step; zeros when left out.
            lengths: (B,) steps in each sequence. What x holds beyond changes nothing.

        Returns:
            h (T, B, H), zero beyond a sequence's end; and the cell's state at each one's end.

        Raises:
            ValueError: what the cell refuses.
        """
        x, state, real = begin(self.cell, x, state, lengths)
        masks = self.now().masks(x.shape[1], x.shape[2], state.h.shape[1])
        m_x, m_h = (tensor(mask, x) for mask in masks)
        outputs = []
        for t, x_t in enumerate(x):
            new = self.cell.step(m_x * x_t, state._replace(h=m_h * state.h))
            state = chosen(None if real is None else real[t], new, state)
            outputs.append(state.h)
        return stacked(outputs, state, real), state

    @classmethod
    def from_params(cls, layer: variational.Variational, params: Any) -> Variational:
        """A module with the weights of a NumPy network, copied, that drops what it drops."""
        cell: Any = _layers.reading(layer.cell, params)
        module = cls(cell, layer.rate_in, layer.rate_hidden, key=layer.key)
        return module.as_given()  # type: ignore[no-any-return]

    def to_params(self) -> Any:
        """The cell's weights as NumPy arrays, copied."""
        return self.cell.to_params()
