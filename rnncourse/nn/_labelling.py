"""What the models of tag sequences share in PyTorch: their scores, checks, and the search."""

from __future__ import annotations

from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse.nn import _layers


class Chain(nn.Module):
    """A model of tag sequences; a subclass says which NumPy one it reads, and how likely y is.

    Args:
        tags: K.
        dtype: float32 when left out, PyTorch's default.
    """

    model: ClassVar[ModuleType]
    params_type: ClassVar[Any]

    def __init__(self, tags: int, *, dtype: torch.dtype | None = None) -> None:
        super().__init__()
        dtype = torch.get_default_dtype() if dtype is None else dtype
        seed = int(torch.randint(2**62, ()))  # so that torch.manual_seed rules these scores too
        for name, array in self.model.init(np.random.default_rng(seed), tags)._asdict().items():
            self.register_parameter(name, nn.Parameter(torch.from_numpy(array).to(dtype)))

    def forward(self, emissions: Tensor, tags: Tensor, lengths: Any = None) -> Tensor:
        """`log p(y | x)` of each sequence, time-major.

        Args:
            emissions: (T, B, K).
            tags: (T, B), whole numbers from 0 to K - 1.
            lengths: (B,) steps in each sequence. What stands beyond its end changes nothing.

        Returns:
            The log-likelihoods (B,).

        Raises:
            ValueError: a shape or dtype that does not fit, or a tag or length out of range.
        """
        emissions, real = self._checked(emissions, lengths)
        tags = torch.as_tensor(tags, device=emissions.device)
        T, B, K = emissions.shape
        if tags.shape != (T, B):
            raise ValueError(f"tags must have shape {(T, B)}, got {tuple(tags.shape)}")
        if tags.is_floating_point():
            raise ValueError(f"tags must be whole numbers, got {tags.dtype}")
        tags = torch.where(real, tags, 0).long()
        if tags.numel() and not 0 <= int(tags.min()) <= int(tags.max()) < K:
            raise ValueError(f"tags must lie between 0 and K - 1 = {K - 1}")
        return self._log_likelihood(emissions, tags, real)

    def viterbi(self, emissions: Tensor, lengths: Any = None) -> Tensor:
        """The best tags (T, B), -1 beyond a sequence's end, by the NumPy model's search.

        Raises:
            ValueError: a shape or dtype that does not fit, or a length out of range.
        """
        values = emissions.detach().cpu().numpy()
        if lengths is not None:
            lengths = torch.as_tensor(lengths).cpu().numpy()
        best, _ = self.model.viterbi(self.to_params(), values, lengths)
        return torch.from_numpy(best).to(emissions.device)

    @classmethod
    def from_params(cls, params: Any) -> Any:
        """A module of this class with the scores of a NumPy model, copied."""
        module = cls(len(params.A), dtype=torch.from_numpy(np.empty(0, params.A.dtype)).dtype)
        with torch.no_grad():
            for name, array in params._asdict().items():
                module.get_parameter(name).copy_(torch.from_numpy(np.array(array)))
        return module

    def to_params(self) -> Any:
        """The scores as NumPy arrays, copied."""
        names = self.params_type._fields
        return self.params_type(
            *(self.get_parameter(n).detach().cpu().numpy().copy() for n in names)
        )

    def _log_likelihood(self, emissions: Tensor, tags: Tensor, real: Tensor) -> Tensor:
        raise NotImplementedError

    def _checked(self, emissions: Tensor, lengths: Any) -> tuple[Tensor, Tensor]:
        """Emissions with the padding zeroed, and which entries (T, B) are real."""
        A = self.get_parameter("A")
        if emissions.ndim != 3 or emissions.shape[2] != len(A):
            wanted = f"emissions must have shape (T, B, {len(A)})"
            raise ValueError(f"{wanted}, got {tuple(emissions.shape)}")
        if emissions.dtype != A.dtype:
            raise ValueError(
                f"emissions has dtype {emissions.dtype}, but the scores have {A.dtype}"
            )
        _, real = _layers.batch(emissions, lengths)
        if real is None:
            real = emissions.new_ones((*emissions.shape[:2], 1), dtype=torch.bool)
        return torch.where(real, emissions, emissions.new_zeros(())), real[:, :, 0]
