"""A whole network: a recurrent cell, the output layer on its states, and a loss.

    x[t] ─▶ cell ─▶ h[t] ─▶ o[t] = c + V h[t] ─▶ loss against y[t]

The cell is any module with the call shape of `rnncourse.elman`, or a wrapper around one, such as
`rnncourse.bidirectional.Bidirectional(lstm)`; the output layer is as wide as what comes out of it.
The loss looks at every step; with `rnncourse.pooling.Pooled` around the cell, once a sequence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _wiring, linear, losses
from rnncourse._validate import Array

__all__ = ["NetworkParams", "init", "loss_and_gradients", "predict"]

Loss = Callable[[Array, Any, Any], tuple[Any, Array]]


class NetworkParams(NamedTuple):
    """The cell's weights and those of the output layer, or gradients by them."""

    cell: Any
    out: linear.LinearParams


def init(
    cell: Any,
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    output_size: int,
    *,
    dtype: Any = np.float64,
) -> NetworkParams:
    """Draw the weights of both parts by their own `init`.

    Args:
        cell: a cell module such as `rnncourse.elman`, or a wrapper around one.
        rng: source of the numbers, such as `np.random.default_rng(0)`.
        input_size: I; how many class numbers there are, for a cell that is `Embedded`.
        hidden_size: H, units of the cell; its outputs may be wider, as those of two directions are.
        output_size: K.
        dtype: float32 or float64.

    Raises:
        ValueError: what the cell or the output layer refuses.

    >>> from rnncourse import elman
    >>> init(elman, np.random.default_rng(0), 2, 3, 4).out.W_ho.shape
    (4, 3)
    >>> from rnncourse.bidirectional import Bidirectional
    >>> init(Bidirectional(elman), np.random.default_rng(0), 2, 3, 4).out.W_ho.shape
    (4, 6)
    """
    _wiring.check("cell", cell, numbers=True)
    params = cell.init(rng, input_size, hidden_size, dtype=dtype)
    width = _wiring.output_size(cell, params, input_size)
    return NetworkParams(params, linear.init(rng, width, output_size, dtype=dtype))


def predict(
    cell: Any, params: NetworkParams, x: Array, state: Any = None, *, lengths: Any = None
) -> tuple[Array, Any]:
    """Outputs o (T, B, K), or (1, B, K) of a cell that is `Pooled`, and the state at the end."""
    _wiring.check("cell", cell, numbers=True)
    params = _wiring.parts("params", params, NetworkParams)
    h, state, _ = cell.forward(params.cell, x, state, lengths=lengths)
    o, _ = linear.forward(params.out, h)
    return o, state


def loss_and_gradients(
    cell: Any,
    params: NetworkParams,
    x: Array,
    y: Any,
    state: Any = None,
    *,
    lengths: Any = None,
    loss: Loss = losses.softmax_cross_entropy,
) -> tuple[Any, NetworkParams, Any]:
    """Forward, the loss, and back-propagation through the whole length of x.

    Args:
        cell: a cell module such as `rnncourse.elman`, or a wrapper around one.
        params: the weights.
        x: inputs (T, B, I); class numbers (T, B) for a cell that is `Embedded`.
        y: targets as `loss` wants them: (T, B) class numbers, or (T, B, K); (1, B) or (1, B, K)
            for a cell that is `Pooled`, where a sequence of no steps counts for nothing.
        state: the state before the first step; zeros when left out.
        lengths: (B,) steps in each sequence.
        loss: a function of `rnncourse.losses`.

    Returns:
        The loss, its gradients (a `NetworkParams`), and the state at the end.

    >>> from rnncourse import elman
    >>> rng = np.random.default_rng(0)
    >>> params = init(elman, rng, input_size=2, hidden_size=3, output_size=4)
    >>> x, y = rng.standard_normal((5, 1, 2)), rng.integers(4, size=(5, 1))
    >>> value, grads, state = loss_and_gradients(elman, params, x, y)
    >>> grads.cell.W_hh.shape
    (3, 3)
    """
    _wiring.check("cell", cell, numbers=True)
    params = _wiring.parts("params", params, NetworkParams)
    h, state, cell_cache = cell.forward(params.cell, x, state, lengths=lengths)
    o, out_cache = linear.forward(params.out, h)
    value, d_o = loss(o, y, _wiring.put_out(cell, x, lengths)[0])
    d_h, out_grads = linear.backward(out_cache, d_o)
    _, cell_grads, _ = cell.backward(cell_cache, d_h)
    return value, NetworkParams(cell_grads, out_grads), state
