"""The N-ary Tree-LSTM in PyTorch: the chapter's equations forward.

    c[n] = i ⊙ g + Σ f[k] ⊙ c[k]        h[n] = o ⊙ tanh(c[n])

Weights have the names and shapes of `rnncourse.tree_lstm_nary.NaryTreeLSTMParams`.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from rnncourse import tree_lstm_nary, trees
from rnncourse.nn._treed import Treed
from rnncourse.tree_lstm_nary import NaryTreeLSTMParams
from rnncourse.trees import Forest, Level

__all__ = ["NaryTreeLSTM"]


class NaryTreeLSTM(Treed):
    """The network over a batch of trees; arguments as `Treed`'s, `arity` and `forget_bias`.

    >>> tree = trees.forest([trees.parse("(- 2 (- 3 1))")])
    >>> tuple(NaryTreeLSTM(2, 3)(tree, torch.zeros(5, 2)).shape)
    (5, 3)
    """

    network: ClassVar = tree_lstm_nary
    params_type: ClassVar = NaryTreeLSTMParams
    parts: ClassVar = 2
    W_ih: Tensor  # (4H, I)
    W_hh: Tensor  # ((3 + A) H, A H)
    b: Tensor  # (4H,)

    def join(self, x: Tensor, states: Tensor) -> Tensor:
        """The states h and c (n, 2H) from inputs (n, I) and the children's states (n, A, 2H)."""
        h, c = states.chunk(2, dim=2)  # (n, A, H)
        H = self.hidden_size
        a_i, a_f, a_g, a_o = (self.b + x @ self.W_ih.T).chunk(4, dim=1)  # (n, H)
        p = (h.flatten(1) @ self.W_hh.T).reshape(len(x), -1, H)  # (n, 3 + A, H)
        p_i, *p_f, p_g, p_o = p.unbind(1)
        i, o = torch.sigmoid(a_i + p_i), torch.sigmoid(a_o + p_o)
        new = i * torch.tanh(a_g + p_g)
        for k, p_k in enumerate(p_f):
            new = new + torch.sigmoid(a_f + p_k) * c[:, k]
        return torch.cat([o * torch.tanh(new), new], dim=1)

    def _levels(self, forest: Forest) -> tuple[Level, ...]:
        return trees.fixed_arity(forest, self.W_hh.shape[1] // self.hidden_size)
