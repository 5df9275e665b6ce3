"""What goes back where a network's output returns to it: ŷ = g(o), and the slope through g.

softmax     ŷ = softmax(o)         the probabilities
logits      ŷ = o                  the outputs as they are
decision    ŷ one at the largest   what a network does that lives on its own words; no slope
"""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from rnncourse import _init, _validate, losses
from rnncourse._validate import Array

KINDS = ("softmax", "logits", "decision")


def kind(feedback: str) -> None:
    """Raise unless `feedback` is one of `KINDS`."""
    if feedback not in KINDS:
        raise ValueError(f"feedback must be one of {', '.join(KINDS)}, got {feedback!r}")


def drawn(
    rng: np.random.Generator, I: int, H: int, K: int | None, dtype: Any
) -> tuple[Array, Array, Array, Array, Array]:
    """W_ih (H, I), what ŷ returns by (H, K), b (H,), W_ho (K, H) and b_o (K,), from ±1/√H."""
    K = H if K is None else K
    _init.sizes(input_size=I, hidden_size=H, output_size=K)
    W_ih, W, b, W_ho, b_o = _init.uniform(rng, H, [(H, I), (H, K), (H,), (K, H), (K,)], dtype)
    return W_ih, W, b, W_ho, b_o


def weights(params: Any) -> np.dtype[Any]:
    """Check the shapes of those five, and of α (K,) where there is one; their dtype."""
    _validate.fields(params, "W_ih", "b", "W_ho", "b_o")
    H, I = params.W_ih.shape if params.W_ih.ndim == 2 else ("H", "I")
    K = params.W_ho.shape[0] if params.W_ho.ndim == 2 else "K"
    shapes = (H, I), (H, K), (H,), (K, H), (K,), (K,)
    return _validate.parameters(params, dict(zip(params._fields, shapes, strict=False)))


def returning(cell: Any, feedback: str) -> Any:
    """The cell to which `feedback` returns, for everything that takes a cell."""
    kind(feedback)
    return SimpleNamespace(
        init=cell.init,
        step=partial(cell.step, feedback=feedback),
        step_backward=cell.step_backward,
        forward=partial(cell.forward, feedback=feedback),
        backward=cell.backward,
    )


def returned(o: Array, feedback: str) -> Array:
    """ŷ (B, K) for o (B, K)."""
    if feedback == "softmax":
        return losses.softmax(o)
    if feedback == "logits":
        return o
    one_hot: Array = np.eye(o.shape[-1], dtype=o.dtype)[o.real.argmax(axis=-1)]
    return one_hot


def slope(y_hat: Array, d_y_hat: Array, feedback: str) -> Array:
    """d_o (B, K) through g, given d_ŷ (B, K)."""
    if feedback == "softmax":
        d_o: Array = y_hat * (d_y_hat - (y_hat * d_y_hat).sum(axis=-1, keepdims=True))
        return d_o
    return d_y_hat if feedback == "logits" else np.zeros_like(d_y_hat)


def taught(teacher: Any, T: int, B: int, K: int, dtype: Any, lengths: Array | None) -> Array | None:
    """The targets that stand in for ŷ, checked, (T, B, K), zero beyond each sequence's end."""
    if teacher is None:
        return None
    y = np.asarray(teacher)
    _validate.shape("teacher", y, (T, B, K), because="T and B as in x, K as in W_ho")
    if y.dtype != dtype.type(0).real.dtype:  # a complex step leaves the targets real
        _validate.same_dtype("teacher", y, dtype, "the weights have")
    if lengths is not None:
        y = np.where(_validate.real_steps(lengths, T)[:, :, None], y, y.dtype.type(0))
    _validate.finite("teacher", y)
    return y.astype(dtype)
