"""The end-to-end memory network in PyTorch: the chapter's equations forward.

    p[k] = softmax(m[k] · u[k])        u[k+1] = u[k] + Σ_s p[k, s] m[k+1, s]        o = E[K] u[K]

Weights have the names and shapes of `rnncourse.memory_network.MemoryNetworkParams`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse import memory_network
from rnncourse.memory_network import MemoryNetworkParams
from rnncourse.nn import _padding, _validate

__all__ = ["MemoryNetwork"]


class MemoryNetwork(nn.Module):
    """The network; arguments as those of `rnncourse.memory_network.init`, without the rng.

    >>> network = MemoryNetwork(17, 20, hops=2)
    >>> o, p = network(torch.zeros(10, 4, 3, dtype=int), torch.zeros(4, 2, dtype=int))
    >>> tuple(o.shape), tuple(p.shape)
    ((4, 17), (2, 10, 4))
    """

    E: Tensor  # (K + 1, V, H)
    D: Tensor  # (K + 1, M, H)

    def __init__(
        self,
        vocabulary_size: int,
        hidden_size: int,
        *,
        hops: int = 3,
        memory_size: int = 20,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        seed = int(torch.randint(2**62, ()))  # so that torch.manual_seed rules these weights too
        options = {"hops": hops, "memory_size": memory_size}
        rng = np.random.default_rng(seed)
        params = memory_network.init(rng, vocabulary_size, hidden_size, **options)
        self._hold(params, _validate.floating(dtype))

    def forward(
        self, story: Tensor, query: Tensor, *, lengths: Any = None, position: bool = False
    ) -> tuple[Tensor, Tensor]:
        """Answer a batch of questions.

        Args:
            story: (S, B, J) numbers of words; -1 where a sentence has no more words.
            query: (B, J) likewise.
            lengths: (B,) sentences in each story. What stands beyond changes nothing.
            position: weigh words by their position, not all alike.

        Returns:
            o (B, V), and p (K, S, B), where each hop looks.

        Raises:
            ValueError: a shape that does not fit, a number that is no word, a story of more
                sentences than D has ages.
        """
        _validate.tensor("story", story, ("S", "B", "J"))
        S, B, _ = story.shape
        _validate.tensor("query", query, (B, "J"))
        story, query = (
            _validate.numbers(name, words, words.device)
            for name, words in (("story", story), ("query", query))
        )
        M = self.D.shape[1]
        ends = _padding.known([S] * B if lengths is None else lengths, S, B, story.device)
        if B and int(ends.max()) > M:
            raise ValueError(f"lengths must be at most {M}, the ages D has, got {ends.tolist()}")
        age = ends - 1 - torch.arange(S, device=story.device)[:, None]  # (S, B)
        real = age >= 0
        story = torch.where(real[:, :, None], story, -1)
        for name, words in (("story", story), ("query", query)):
            if words.numel() and not -1 <= int(words.min()) <= int(words.max()) < self.E.shape[1]:
                raise ValueError(
                    f"{name} must hold numbers from -1 to V - 1 = {self.E.shape[1] - 1}, "
                    f"got {int(words.min())} to {int(words.max())}"
                )
        when = torch.where(real[:, :, None], self.D[:, age.clamp(min=0)], 0)
        m = self._read(self.E, story, position) + when  # (K + 1, S, B, H)
        u = self._read(self.E[0], query, position)  # (B, H)
        looks = []
        for before, after in pairwise(m):
            scores = (before * u).sum(dim=2).masked_fill(~real, -torch.inf)
            p = torch.where(real.any(dim=0), scores, 0.0).softmax(dim=0) * real  # (S, B)
            u = u + (p[:, :, None] * after).sum(dim=0)
            looks.append(p)
        return u @ self.E[-1].T, torch.stack(looks)

    @staticmethod
    def _read(E: Tensor, words: Tensor, position: bool) -> Tensor:
        """Sentences (…, J) as the sums (…, H) of their words' embeddings."""
        there = (words >= 0)[..., None]
        found = torch.where(there, E[..., words.clamp(min=0), :], 0)
        if position:
            H = E.shape[-1]
            j = there.cumsum(dim=-2) / there.sum(dim=-2, keepdim=True).clamp(min=1).to(E.dtype)
            h = torch.arange(1, H + 1, device=E.device).to(E.dtype) / H
            found = found * ((1 - j) - h * (1 - 2 * j))
        return found.sum(dim=-2)

    def _hold(self, params: MemoryNetworkParams, dtype: torch.dtype) -> None:
        for name, array in params._asdict().items():
            tensor = torch.from_numpy(np.array(array)).to(dtype)
            self.register_parameter(name, nn.Parameter(tensor))

    @classmethod
    def from_params(cls, params: MemoryNetworkParams) -> MemoryNetwork:
        """A module with the weights of a NumPy network, copied.

        Raises:
            ValueError: params are those of another network.
        """
        _validate.weights(params, MemoryNetworkParams)
        module = cls(1, 1)
        module._hold(params, torch.from_numpy(np.empty(0, params.E.dtype)).dtype)
        return module

    def to_params(self) -> MemoryNetworkParams:
        """The weights as NumPy arrays, copied."""
        arrays = (self.get_parameter(n).detach().cpu().numpy() for n in MemoryNetworkParams._fields)
        return MemoryNetworkParams(*(array.copy() for array in arrays))
