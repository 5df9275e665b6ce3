"""What the networks whose output returns share in PyTorch: what returns, and the teacher."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor

from rnncourse import _feedback
from rnncourse.nn import _validate
from rnncourse.nn._recurrent import Recurrent


class OutputFed(Recurrent):
    """A network with the output layer inside.

    Args:
        input_size: I.
        hidden_size: H.
        output_size: K; H when left out.
        feedback: what returns without a teacher: "softmax", "logits" or "decision".
        how: dtype, by_hand and options of the cell's `init`, as for `Recurrent`.
    """

    W_ho: Tensor  # (K, H)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int | None = None,
        *,
        feedback: str = "softmax",
        **how: Any,
    ) -> None:
        super().__init__(input_size, hidden_size, output_size=output_size, **how)
        _feedback.kind(feedback)
        self.feedback, self.output_size = feedback, self.W_ho.shape[0]
        run = partial(self.cell.forward, feedback=feedback)
        self.cell = SimpleNamespace(forward=run, backward=self.cell.backward)  # type: ignore[misc, assignment]

    def forward(
        self, x: Tensor, state: Any = None, lengths: Any = None, teacher: Any = None
    ) -> tuple[Tensor, Any]:
        """Run over sequences, time-major.

        Args:
            x: (T, B, I).
            state: the state before the first step; zeros when left out.
            lengths: (B,) steps in each sequence. What x holds beyond a sequence's end changes
                nothing, and the state stops there.
            teacher: (T, B, K), what returns in place of the network's own output.

        Returns:
            o (T, B, K), zero beyond a sequence's end, and the state at each one's end.

        Raises:
            ValueError: a shape or dtype that does not fit, or lengths out of range.
        """
        if teacher is None:
            return super().forward(x, state, lengths)
        state, real = self._checked(x, state, lengths)
        _validate.tensor("teacher", teacher, (*x.shape[:2], self.output_size))
        _validate.same_dtype("teacher", teacher, x.dtype, "x has")
        return self._loop(real, state, x, teacher)

    def step(self, x: Tensor, state: Any, y: Tensor | None = None) -> Any:
        """The state after one step, from x[t] (B, I), the state before it, and the teacher's y."""
        raise NotImplementedError

    def returned(self, o: Tensor, y: Tensor | None) -> Tensor:
        """What returns to the next step (B, K): the teacher's y where there is one."""
        if y is not None:
            return y
        if self.feedback == "softmax":
            return torch.softmax(o, dim=1)
        if self.feedback == "logits":
            return o
        return torch.nn.functional.one_hot(o.argmax(dim=1), self.output_size).to(o.dtype)

    @classmethod
    def from_params(cls, params: Any, **options: Any) -> Any:
        """A module of this class with the weights of a NumPy network, copied.

        Raises:
            ValueError: params are those of another network.
        """
        _validate.weights(params, cls.params_type)
        return super().from_params(params, output_size=params.W_ho.shape[0], **options)

    @classmethod
    def _sizes(cls, params: Any) -> tuple[int, int]:
        H, I = params.W_ih.shape
        return H, I

    def _state_sizes(self) -> tuple[tuple[int, ...], ...]:
        return (self.output_size,), (self.output_size,)
