"""What the networks of causal convolutions share in PyTorch: padding, and how they begin."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse.nn import _padding, _validate


class Windowed(nn.Module):
    """A network of causal convolutions over a batch of sequences."""

    layers: Any
    input_size: int

    def forward(self, x: Tensor, state: None = None, lengths: Any = None) -> tuple[Tensor, None]:
        """Run over sequences, time-major.

        Args:
            x: (T, B, I).
            state: None; a convolution carries nothing on.
            lengths: (B,) steps in each sequence. What x holds beyond its end changes nothing.

        Returns:
            h (T, B, H), zero beyond a sequence's end; and None.

        Raises:
            ValueError: a state; x or lengths of another shape or dtype.
        """
        if state is not None:
            raise ValueError(f"state must be None, got {type(state).__name__}")
        weights = next(self.parameters())
        _validate.tensor("x", x, ("T", "B", self.input_size))
        _validate.same_dtype("x", x, weights.dtype)
        T, B, _ = x.shape
        if lengths is None:
            return self._run(x), None
        lengths = _padding.known(lengths, T, B, x.device)
        real = (torch.arange(T, device=x.device)[:, None] < lengths)[:, :, None]
        h = self._run(torch.where(real, x, x.new_zeros(())))  # the future is not seen
        return torch.where(real, h, h.new_zeros(())), None

    def _run(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    @staticmethod
    def _draw(module: Any, *sizes: int, dtype: torch.dtype | None, **options: Any) -> Any:
        seed = int(torch.randint(2**62, ()))  # so that torch.manual_seed rules these weights too
        name = str(_validate.floating(dtype)).removeprefix("torch.")
        return module.init(np.random.default_rng(seed), *sizes, dtype=name, **options)
