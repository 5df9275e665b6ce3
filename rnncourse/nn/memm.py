"""The maximum-entropy Markov model in PyTorch: the chapter's equations forward.

    log p(y | x)             = Σ log p(y[t] | y[t-1])
    p(y[1] = j)              = softmax_j(start[j] + e[1, j])
    p(y[t] = j | y[t-1] = i) = softmax_j(A[i, j] + e[t, j])

Scores have the names and shapes of `rnncourse.memm.MEMMParams`.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from rnncourse import memm
from rnncourse.memm import MEMMParams
from rnncourse.nn._labelling import Chain

__all__ = ["MEMM"]


class MEMM(Chain):
    """The model over a batch of sequences; arguments as `Chain`'s.

    >>> model = MEMM(3)
    >>> log_p = model(torch.zeros(5, 2, 3), torch.zeros(5, 2, dtype=torch.long), lengths=[5, 2])
    >>> tuple(log_p.shape), bool((log_p < 0).all())
    ((2,), True)
    """

    model: ClassVar = memm
    params_type: ClassVar = MEMMParams
    A: Tensor  # (K, K)
    start: Tensor  # (K,)

    def _log_likelihood(self, emissions: Tensor, tags: Tensor, real: Tensor) -> Tensor:
        before = torch.cat([self.start.expand_as(emissions[:1]), self.A[tags[:-1]]])  # (T, B, K)
        log_q = torch.log_softmax(emissions + before, dim=2)
        chosen = log_q.gather(2, tags[:, :, None])[:, :, 0]
        return torch.where(real, chosen, 0).sum(dim=0)
