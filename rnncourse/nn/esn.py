"""The echo-state network in PyTorch: the chapter's equations forward.

    a[t] = b + W_hh h[t-1] + W_ih x[t] + W_oh y[t-1]
    h[t] = (1 - α) ⊙ h[t-1] + α ⊙ tanh(a[t])

Weights have the names and shapes of `rnncourse.esn.ESNParams`. They are not learnt, so no gradient
is asked for until `requires_grad_()`; one by the inputs comes through them all the same. The
read-out is any module, such as `torch.nn.Linear`, with the weights of `rnncourse.esn.ridge` or
learnt step by step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor

from rnncourse import esn
from rnncourse.esn import ESNParams, ESNState
from rnncourse.nn import _validate
from rnncourse.nn._recurrent import Recurrent

__all__ = ["ESN"]


class ESN(Recurrent):
    """The reservoir over a batch of sequences.

    Args:
        input_size: I, 0 or more.
        hidden_size: H.
        feedback_size: K, as many as the outputs that are fed back, or 0.
        dtype: float32 when left out, PyTorch's default.
        options: as those of `rnncourse.esn.init`: radius, connections, the scales, alpha.

    >>> h, state = ESN(2, 30)(torch.zeros(5, 4, 2))
    >>> tuple(h.shape), [weight.requires_grad for weight in ESN(2, 30).parameters()]
    ((5, 4, 30), [False, False, False, False, False])
    """

    cell: ClassVar = esn
    params_type: ClassVar = ESNParams
    state_type: ClassVar[Any] = ESNState
    W_ih: Tensor  # (H, I)
    W_hh: Tensor  # (H, H)
    W_oh: Tensor  # (H, K)
    b: Tensor  # (H,)
    alpha: Tensor  # (H,)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        feedback_size: int = 0,
        *,
        dtype: torch.dtype | None = None,
        **options: Any,
    ) -> None:
        options["feedback_size"] = feedback_size
        super().__init__(input_size, hidden_size, dtype=dtype, **options)
        self.requires_grad_(False)

    def forward(
        self, x: Tensor, state: Any = None, lengths: Any = None, y_before: Tensor | None = None
    ) -> tuple[Tensor, Any]:
        """Run the reservoir over sequences, time-major.

        Args:
            x: (T, B, I).
            state: h (B, H) before the first step; zeros when left out.
            lengths: (B,) steps in each sequence. What stands beyond its end changes nothing.
            y_before: (T, B, K), what each step is fed back: the targets, one step late. Asked for
                where the network has feedback, and only there.

        Returns:
            h (T, B, H), zero beyond a sequence's end, and the state at each one's end.

        Raises:
            ValueError: a shape or dtype that does not fit, or lengths out of range.
        """
        state, real = self._checked(x, state, lengths)
        fed = x.new_zeros(*x.shape[:2], 0) if y_before is None else y_before
        _validate.tensor("y_before", fed, (*x.shape[:2], self.W_oh.shape[1]))
        _validate.same_dtype("y_before", fed, x.dtype, "x has")
        return self._loop(real, state, x, fed)

    def generate(
        self, readout: Callable[[Tensor], Tensor], x: Tensor, state: Any, y_before: Tensor
    ) -> tuple[Tensor, Any]:
        """Run free: each output is fed back at the next step.

        Args:
            readout: from h (B, H) to o (B, K), such as `torch.nn.Linear`.
            x: (T, B, I), the inputs, if any, of the T steps to generate.
            state: h (B, H) before the first of them.
            y_before: (B, K), the output or target just before it.

        Returns:
            o (T, B, K), and the state after the last step.

        Raises:
            ValueError: a shape or dtype that does not fit.
        """
        state, _ = self._checked(x, state, None)
        wanted = x.shape[1], self.W_oh.shape[1]
        _validate.tensor("y_before", y_before, wanted)
        _validate.same_dtype("y_before", y_before, x.dtype, "x has")
        if not callable(readout):
            raise ValueError(f"readout must be callable, got {type(readout).__name__}")
        outputs = []
        for x_t in x:
            state = self.step(x_t, state, y_before)
            y_before = readout(state.h)  # eq. 3
            _validate.tensor("readout(h)", y_before, wanted)
            outputs.append(y_before)
        return torch.stack(outputs) if outputs else x.new_zeros(0, *wanted), state

    def step(self, x: Tensor, state: Any, y_before: Tensor | None = None) -> Any:
        """h[t] (B, H) from x[t] (B, I), the state before it and what is fed back, (B, K)."""
        a = self.b + state.h @ self.W_hh.T + x @ self.W_ih.T  # eq. 1
        if y_before is not None:
            a = a + y_before @ self.W_oh.T  # eq. 1
        return self.state_type((1 - self.alpha) * state.h + self.alpha * torch.tanh(a))  # eq. 2

    @classmethod
    def from_params(cls, params: Any, **options: Any) -> Any:
        """A module with the weights of a NumPy network, copied.

        Raises:
            ValueError: params are those of another network.
        """
        _validate.weights(params, cls.params_type)
        return super().from_params(params, feedback_size=params.W_oh.shape[1], **options)
