"""The child-sum Tree-LSTM in PyTorch: the chapter's equations forward.

    c[n] = i ⊙ g + Σ f[k] ⊙ c[k]        h[n] = o ⊙ tanh(c[n])

Weights have the names and shapes of `rnncourse.tree_lstm.TreeLSTMParams`.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from rnncourse import tree_lstm
from rnncourse.nn._treed import Treed
from rnncourse.tree_lstm import TreeLSTMParams

__all__ = ["TreeLSTM"]


class TreeLSTM(Treed):
    """The network over a batch of trees; arguments as `Treed`'s, and `forget_bias`.

    >>> from rnncourse import trees
    >>> tree = trees.forest([trees.parse("(saw (cat the) (dog a))")])
    >>> tuple(TreeLSTM(2, 3)(tree, torch.zeros(5, 2)).shape)
    (5, 3)
    """

    network: ClassVar = tree_lstm
    params_type: ClassVar = TreeLSTMParams
    parts: ClassVar = 2
    W_ih: Tensor  # (4H, I)
    W_hh: Tensor  # (4H, H)
    b: Tensor  # (4H,)

    def join(self, x: Tensor, states: Tensor) -> Tensor:
        """The states h and c (n, 2H) from inputs (n, I) and the children's states (n, A, 2H)."""
        h, c = states.chunk(2, dim=2)  # (n, A, H)
        W_i, W_f, W_g, W_o = self.W_hh.chunk(4)
        a_i, a_f, a_g, a_o = (self.b + x @ self.W_ih.T).chunk(4, dim=1)  # (n, H)
        s = h.sum(dim=1)
        i, o = torch.sigmoid(a_i + s @ W_i.T), torch.sigmoid(a_o + s @ W_o.T)
        f = torch.sigmoid(a_f[:, None] + h @ W_f.T)  # (n, A, H)
        c = i * torch.tanh(a_g + s @ W_g.T) + (f * c).sum(dim=1)
        return torch.cat([o * torch.tanh(c), c], dim=1)
