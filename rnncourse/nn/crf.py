"""The linear-chain conditional random field in PyTorch: the chapter's equations forward.

    log p(y | x) = s(y) - log Z        s(y) = start[y[1]] + Σ e[t, y[t]] + Σ A[y[t-1], y[t]]
                                              + end[y[T]]
    α[1] = start + e[1]        α[t, j] = e[t, j] + log Σ_i exp(α[t-1, i] + A[i, j])
    log Z = log Σ_j exp(α[T, j] + end[j])

Scores have the names and shapes of `rnncourse.crf.CRFParams`.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from rnncourse import crf
from rnncourse.crf import CRFParams
from rnncourse.nn._labelling import Chain

__all__ = ["CRF"]


class CRF(Chain):
    """The chain over a batch of sequences; arguments as `Chain`'s.

    >>> chain = CRF(3)
    >>> log_p = chain(torch.zeros(5, 2, 3), torch.zeros(5, 2, dtype=torch.long), lengths=[5, 2])
    >>> (-log_p.mean()).backward()
    >>> tuple(log_p.shape), tuple(chain.A.grad.shape)
    ((2,), (3, 3))
    """

    model: ClassVar = crf
    params_type: ClassVar = CRFParams
    A: Tensor  # (K, K)
    start: Tensor  # (K,)
    end: Tensor  # (K,)

    def _log_likelihood(self, emissions: Tensor, tags: Tensor, real: Tensor) -> Tensor:
        if len(emissions) == 0:
            return emissions.new_zeros(emissions.shape[1])
        lengths = real.sum(dim=0)
        last = tags.gather(0, (lengths - 1).clamp(min=0)[None])[0]  # (B,)
        seen = emissions.gather(2, tags[:, :, None])[:, :, 0]  # 0 where padding
        moved = self.A[tags[:-1], tags[1:]] * real[1:]
        score = seen.sum(dim=0) + moved.sum(dim=0) + self.start[tags[0]] + self.end[last]
        alpha: Tensor = self.start + emissions[0]
        for e, here in zip(emissions[1:], real[1:], strict=True):
            longer = e + torch.logsumexp(alpha[:, :, None] + self.A, dim=1)  # (B, K)
            alpha = torch.where(here[:, None], longer, alpha)
        log_z = torch.logsumexp(alpha + self.end, dim=1)
        return torch.where(lengths > 0, score - log_z, 0)
