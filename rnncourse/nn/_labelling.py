"""What the models of tag sequences share in PyTorch: their scores, checks, and the search."""

from __future__ import annotations

from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse.nn import _layers, _padding, _validate


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
        dtype = _validate.floating(dtype)
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
        tags = _validate.numbers("tags", tags, emissions.device)
        T, B, K = emissions.shape
        if tags.shape != (T, B):
            raise ValueError(f"tags must have shape {(T, B)}, got {tuple(tags.shape)}")
        tags = torch.where(real, tags, 0)
        if tags.numel() and not 0 <= int(tags.min()) <= int(tags.max()) < K:
            raise ValueError(f"tags must lie between 0 and K - 1 = {K - 1}")
        return self._log_likelihood(emissions, tags, real)

    def viterbi(self, emissions: Tensor, lengths: Any = None) -> Tensor:
        """The best tags (T, B), -1 beyond a sequence's end, by the NumPy model's search.

        Raises:
            ValueError: a shape or dtype that does not fit, or a length out of range.
        """
        self._checked(emissions, lengths)
        values = emissions.detach().cpu().numpy()
        if lengths is not None:
            T, B, _ = values.shape
            lengths = _padding.known(lengths, T, B, torch.device("cpu")).numpy()
        best, _ = self.model.viterbi(self.to_params(), values, lengths)
        return torch.from_numpy(best).to(emissions.device)

    @classmethod
    def from_params(cls, params: Any) -> Any:
        """A module of this class with the scores of a NumPy model, copied.

        Raises:
            ValueError: params are those of another network.
        """
        _validate.weights(params, cls.params_type)
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
        _validate.tensor("emissions", emissions, ("T", "B", len(A)))
        _validate.same_dtype("emissions", emissions, A.dtype, "the scores have")
        _, real = _layers.batch(emissions, lengths)
        if real is None:
            real = emissions.new_ones((*emissions.shape[:2], 1), dtype=torch.bool)
        return torch.where(real, emissions, emissions.new_zeros(())), real[:, :, 0]
