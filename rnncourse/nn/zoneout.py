"""Zoneout in PyTorch: at each step some units of the state stay what they were, while in training.

    s[t] = z[t] ⊙ s[t-1] + (1 - z[t]) ⊙ F(x[t], s[t-1])

It takes the masks of `rnncourse.zoneout`, by the key that was given or one for each call; in
evaluation z is their mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from torch import Tensor

from rnncourse import _validate as _arrays
from rnncourse import zoneout
from rnncourse.nn import _layers, _validate
from rnncourse.nn._masked import Masked, begin, chosen, stacked, tensor
from rnncourse.nn._recurrent import Recurrent
from rnncourse.zoneout import ZoneoutState

__all__ = ["Zoneout"]


class Zoneout(Masked):
    """A cell that keeps parts of its state at random while `training`.

    Args:
        cell: a module of this package with a `step`, such as `LSTM(2, 3)`.
        rates: for each part of its state that may be kept the probability of it.
        key: what the masks follow from; None draws one at each call.

    Raises:
        ValueError: a rate out of range, or a part that the state does not have.

    >>> import torch
    >>> from rnncourse.nn import LSTM
    >>> tuple(Zoneout(LSTM(2, 3), {"h": 0.05, "c": 0.5})(torch.zeros(5, 4, 2))[0].shape)
    (5, 4, 3)
    """

    state_type: ClassVar[Any] = ZoneoutState

    def __init__(
        self, cell: Recurrent, rates: Mapping[str, float], *, key: int | None = None
    ) -> None:
        super().__init__()
        _validate.module("cell", cell, Recurrent)
        self.cell = cell
        self.layer = zoneout.Zoneout(cell.cell, rates, key)

    @property
    def input_size(self) -> int:
        """I, what the cell reads."""
        return self.cell.input_size

    def forward(
        self, x: Tensor, state: Any = None, lengths: Any = None
    ) -> tuple[Tensor, ZoneoutState]:
        """Run over sequences, time-major.

        Args:
            x: (T, B, I).
            state: the cell's state and the count of steps; zeros when left out.
            lengths: (B,) steps in each sequence. What x holds beyond changes nothing.

        Returns:
            h (T, B, H), zero beyond a sequence's end; and the state at each one's end.

        Raises:
            ValueError: what the cell refuses.
        """
        before = None if state is None else _arrays.state("state", state, ZoneoutState)
        x, now, real = begin(self.cell, x, before and before[0], lengths)
        steps = x.new_zeros(x.shape[1]) if before is None else before[1]
        _validate.tensor("state.steps", steps, (x.shape[1],))
        T = len(x)
        passed = steps.detach().round().long().cpu().numpy()
        shapes = type(now)(*(np.empty(part.shape) for part in now))
        keep = [tensor(z, x) for z in self.now().keep(T, passed, shapes)]
        outputs = []
        for t, x_t in enumerate(x):
            new = self.cell.step(x_t, now)
            parts = zip(keep, now, new, strict=True)
            mixed = type(now)(*(z[t] * old + (1 - z[t]) * n for z, old, n in parts))
            now = chosen(None if real is None else real[t], mixed, now)
            outputs.append(now[0])
        ran = T if real is None else real.sum(dim=0)[:, 0]
        return stacked(outputs, now, real), self.state_type(now, steps + ran)

    @classmethod
    def from_params(cls, layer: zoneout.Zoneout, params: Any) -> Zoneout:
        """A module with the weights of a NumPy network, copied, that keeps what it keeps."""
        cell: Any = _layers.reading(layer.cell, params)
        return cls(cell, layer.rates, key=layer.key).as_given()  # type: ignore[no-any-return]

    def to_params(self) -> Any:
        """The cell's weights as NumPy arrays, copied."""
        return self.cell.to_params()
