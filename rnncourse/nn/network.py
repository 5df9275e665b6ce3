"""Any recurrent module with the output layer on its states: o[t] = b_o + W_ho h[t].

Weights have the names and shapes of `rnncourse.network.NetworkParams`, those of the recurrent part
under `cell`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from rnncourse import _init, linear
from rnncourse._validate import Array
from rnncourse.network import NetworkParams
from rnncourse.nn import _layers, _validate

__all__ = ["Network"]


class Network(nn.Module):
    """A recurrent module and the output layer.

    Args:
        cell: a module such as `rnncourse.nn.LSTM(I, H)`, from x (T, B, I) to h (T, B, H) and the
            state.
        output_size: K, at least 1.

    Raises:
        ValueError: an output size below 1.

    >>> from rnncourse import nn
    >>> o, state = Network(nn.LSTM(2, 3), 7)(torch.zeros(5, 4, 2))
    >>> tuple(o.shape), tuple(state.c.shape)
    ((5, 4, 7), (4, 3))
    """

    def __init__(self, cell: Any, output_size: int) -> None:
        super().__init__()
        _init.sizes(output_size=output_size)
        _validate.module("cell", cell)
        like = next(cell.parameters())
        none = like.new_zeros(0, 1, cell.input_size)  # no step: only to see how wide h is
        h, _ = cell(none[:, :, 0].long() if getattr(cell, "reads_numbers", False) else none)
        H = h.shape[2]
        self.cell = cell
        self.W_ho = nn.Parameter(like.new_empty(output_size, H))
        self.b_o = nn.Parameter(like.new_empty(output_size))
        for weight in (self.W_ho, self.b_o):
            nn.init.uniform_(weight, -(H**-0.5), H**-0.5)

    def forward(self, x: Tensor, state: Any = None, lengths: Any = None) -> tuple[Tensor, Any]:
        """Outputs o (T, B, K) and the state at each sequence's end; arguments as the cell's."""
        h, end = self.cell(x, state, lengths)
        return h @ self.W_ho.T + self.b_o, end

    @classmethod
    def from_params(cls, kind: Any, params: NetworkParams, **options: Any) -> Network:
        """A module with the weights of a NumPy network, copied.

        Args:
            kind: the class of the recurrent module, such as `rnncourse.nn.LSTM`; or the NumPy cell
                or wrapper itself, such as `Deep([lstm, gru])`.
            params: what `rnncourse.network.init` gives.
            options: passed on to the class, or to the class of every cell within.

        Raises:
            ValueError: rnncourse.nn has no such cell.

        >>> import numpy as np
        >>> from rnncourse import deep, gru, lstm, network
        >>> numpy_cell = deep.Deep([lstm, gru])
        >>> params = network.init(numpy_cell, np.random.default_rng(0), 2, 3, 4)
        >>> tuple(Network.from_params(numpy_cell, params)(torch.zeros(5, 1, 2).double())[0].shape)
        (5, 1, 4)
        """
        W_ho, b_o = (torch.from_numpy(array.copy()) for array in params.out)
        build = getattr(kind, "from_params", None) or partial(_layers.reading, kind)
        module = cls(build(params.cell, **options), len(b_o))
        with torch.no_grad():
            module.W_ho.copy_(W_ho)
            module.b_o.copy_(b_o)
        return module

    def to_params(self) -> NetworkParams:
        """The weights as NumPy arrays, copied."""
        out = linear.LinearParams(_array(self.W_ho), _array(self.b_o))
        return NetworkParams(self.cell.to_params(), out)


def _array(weight: Tensor) -> Array:
    values: Array = weight.detach().cpu().numpy().copy()
    return values
