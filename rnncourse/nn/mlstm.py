"""The mLSTM cell of xLSTM in PyTorch.

    C[t] = f' C[t-1] + i' v kᵀ        n[t] = f' n[t-1] + i' k
    h[t] = o ⊙ C[t] q / max(|n[t]·q|, exp(-m[t]))

Weights have the names and shapes of `rnncourse.mlstm.MLSTMParams`.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from rnncourse import mlstm
from rnncourse.mlstm import MLSTMParams, MLSTMState
from rnncourse.nn import _validate
from rnncourse.nn._recurrent import Recurrent

__all__ = ["MLSTM"]


class MLSTM(Recurrent):
    """The network over a batch of sequences; arguments as `Recurrent`'s, `heads`, `forget_bias`.

    >>> h, state = MLSTM(2, 6, heads=3)(torch.zeros(5, 4, 2))
    >>> tuple(h.shape), tuple(state.C.shape)
    ((5, 4, 6), (4, 3, 2, 2))
    """

    cell: ClassVar = mlstm
    params_type: ClassVar = MLSTMParams
    state_type: ClassVar[Any] = MLSTMState
    W_ih: Tensor  # (4H, I)
    b: Tensor  # (4H,)
    W_g: Tensor  # (2N, I)
    b_g: Tensor  # (2N,)

    def step(self, x: Tensor, state: Any) -> Any:
        """The state, h (B, H), C, n and m, from x[t] (B, I) and the state before it."""
        N, D = state.n.shape[1:]
        W_q, W_k, W_v, W_o = self.W_ih.chunk(4)
        b_q, b_k, b_v, b_o = self.b.chunk(4)
        key = x @ W_k.T / math.sqrt(D) + b_k  # eq. 1
        q, k, v = (a.view(-1, N, D) for a in (x @ W_q.T + b_q, key, x @ W_v.T + b_v))  # eq. 1
        a_i, a_f = (x @ self.W_g.T + self.b_g).chunk(2, dim=1)  # eq. 2
        kept = logsigmoid(a_f) + state.m
        m = torch.maximum(kept, a_i).clamp(min=0)  # eq. 5
        i, f = torch.exp(a_i - m), torch.exp(kept - m)  # eqs. 2, 5
        v_k = torch.einsum("bni,bnj->bnij", v, k)
        C = f[..., None, None] * state.C + i[..., None, None] * v_k  # eq. 3
        n = f[..., None] * state.n + i[..., None] * k  # eq. 3
        s = torch.einsum("bnj,bnj->bn", n, q)
        d = torch.maximum(s.abs(), torch.exp(-m.clamp(max=mlstm.LARGEST)))  # eq. 4
        shown = torch.einsum("bnij,bnj->bni", C, q) / d[..., None]  # eq. 4
        h = torch.sigmoid(x @ W_o.T + b_o) * shown.flatten(1)  # eqs. 2, 4
        return self.state_type(h, C, n, m)

    @classmethod
    def from_params(cls, params: Any, **options: Any) -> Any:
        """A module of this class with the weights of a NumPy network, copied.

        Raises:
            ValueError: params are those of another network.
        """
        _validate.weights(params, cls.params_type)
        return super().from_params(params, heads=len(params.b_g) // 2, **options)

    @classmethod
    def _sizes(cls, params: Any) -> tuple[int, int]:
        return len(params.b) // 4, params.W_ih.shape[1]

    def _state_sizes(self) -> tuple[tuple[int, ...], ...]:
        H, N = self.hidden_size, len(self.b_g) // 2
        return (H,), (N, H // N, H // N), (N, H // N), (N,)
