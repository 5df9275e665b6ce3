"""The recursive network in PyTorch: the chapter's equations forward.

    h[n] = W_ih x[n] at a leaf, tanh(b + W_ih x[n] + W_hh [h[left]; h[right]]) elsewhere

Weights have the names and shapes of `rnncourse.recursive.RecursiveParams`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from rnncourse import recursive, trees
from rnncourse.nn._treed import Treed
from rnncourse.recursive import RecursiveParams
from rnncourse.trees import Forest, Level

__all__ = ["Recursive"]


class Recursive(Treed):
    """The network over a batch of trees; arguments as `Treed`'s.

    >>> tree = trees.forest([trees.parse("(. a b)")])
    >>> tuple(Recursive(2, 3)(tree, torch.zeros(3, 2)).shape)
    (3, 3)
    """

    network: ClassVar = recursive
    params_type: ClassVar = RecursiveParams
    parts: ClassVar = 1
    W_ih: Tensor  # (H, I)
    W_hh: Tensor  # (H, 2H)
    b: Tensor  # (H,)

    def join(self, x: Tensor, states: Tensor) -> Tensor:
        """The states h (n, H) from inputs (n, I) and the children's states (n, A, H)."""
        a = x @ self.W_ih.T  # (n, H)
        return torch.tanh(self.b + a + states.flatten(1) @ self.W_hh.T) if states.shape[1] else a

    def _levels(self, forest: Forest) -> tuple[Level, ...]:
        return forest.levels[:1] + trees.fixed_arity(forest, 2)[1:]

    @staticmethod
    def _hidden_size(params: Any) -> int:
        return len(params.b)
