"""Truncated back-propagation through time: long sequences in windows of k steps.

The state is carried from one window to the next, the gradient is not: inside each window
back-propagation is exact, and what a weight did before the window counts for nothing. Only one
window's states are ever held, so memory follows k and not the length of the sequence.

`gradients` adds the windows up at fixed weights, which is what the chapter compares with the full
gradient; `train` changes the weights after every window, which is how long sequences are learnt.
Windows that overlap, so that every loss reaches into the past, are in `rnncourse.online`.

Source: R. J. Williams and J. Peng, An efficient gradient-based algorithm for on-line training of
recurrent network trajectories, Neural Computation 2 (1990); here the windows do not overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init, _tree, _validate, _wiring, losses
from rnncourse._validate import Array
from rnncourse.network import Loss, NetworkParams, loss_and_gradients

Encode = Callable[[Array], Array]

__all__ = ["Window", "gradients", "train", "windows"]


class Window(NamedTuple):
    """What one window of `train` did."""

    steps: slice  # of the sequence
    loss: Any  # before the update
    grads: NetworkParams
    params: NetworkParams  # after the update
    state: Any  # at the window's end


def windows(T: int, k: int) -> Iterator[slice]:
    """Slices of k steps over a sequence of T; the last is shorter where k does not divide T.

    Raises:
        ValueError: k is below 1.

    >>> [(w.start, w.stop) for w in windows(T=7, k=3)]
    [(0, 3), (3, 6), (6, 7)]
    """
    _init.sizes(k=k)
    return (slice(start, min(start + k, T)) for start in range(0, T, k))


def gradients(
    cell: Any,
    params: NetworkParams,
    x: Array,
    y: Any,
    k: int,
    state: Any = None,
    *,
    lengths: Any = None,
    loss: Loss = losses.softmax_cross_entropy,
    encode: Encode | None = None,
) -> tuple[Any, NetworkParams, Any]:
    """The sum of the windows' gradients, all at the same weights.

    The loss is that of the whole sequence whatever k is; the gradient is the true one for k ≥ T.

    Args:
        cell: a cell module such as `rnncourse.elman`, or a causal wrapper around one.
        params: the weights of cell and output layer.
        x: inputs (T, B, I); class numbers (T, B) for a cell that is `Embedded`.
        y: targets (T, B) or (T, B, K).
        k: steps in a window, at least 1.
        state: the state before the first step; zeros when left out.
        lengths: (B,) steps in each sequence.
        loss: a function of `rnncourse.losses`.
        encode: from a window of x to the cell's input (k, B, I), such as one-hot vectors of class
            numbers; so x may be (T, B) and the vectors exist for one window at a time.

    Returns:
        The loss, the summed gradients, and the state at the end.

    Raises:
        ValueError: k is below 1; the cell also reads from the end of a sequence, as a bidirectional
            one does, or carries no state, as a TCN; or what the cell and the loss refuse.

    >>> from rnncourse import elman, network
    >>> rng = np.random.default_rng(0)
    >>> params = network.init(elman, rng, 2, 3, 4)
    >>> x, y = rng.standard_normal((6, 1, 2)), rng.integers(4, size=(6, 1))
    >>> full, exact, _ = network.loss_and_gradients(elman, params, x, y)
    >>> loss, grads, _ = gradients(elman, params, x, y, k=6)
    >>> bool(np.allclose(grads.cell.W_hh, exact.cell.W_hh, rtol=1e-12))
    True
    """
    total, value = _tree.apply(np.zeros_like, params), 0.0
    for window in train(
        cell,
        params,
        x,
        y,
        k,
        lambda old, _: old,
        state,
        lengths=lengths,
        loss=loss,
        encode=encode,
    ):
        value = value + window.loss
        total = _tree.apply(np.add, total, window.grads)
        state = window.state
    return value, total, state


def train(
    cell: Any,
    params: NetworkParams,
    x: Array,
    y: Any,
    k: int,
    update: Callable[[NetworkParams, NetworkParams], NetworkParams],
    state: Any = None,
    *,
    lengths: Any = None,
    loss: Loss = losses.softmax_cross_entropy,
    encode: Encode | None = None,
) -> Iterator[Window]:
    """One update for each window, the state carried on; yields after every update.

    Args:
        cell: a cell module such as `rnncourse.elman`, or a causal wrapper around one.
        params: the weights to begin with (not changed).
        x: inputs (T, B, I); class numbers (T, B) for a cell that is `Embedded`.
        y: targets (T, B) or (T, B, K).
        k: steps in a window, at least 1.
        update: from weights and gradients to new weights, such as an optimizer's `step`.
        state: the state before the first step; zeros when left out.
        lengths: (B,) steps in each sequence.
        loss: a function of `rnncourse.losses`.
        encode: from a window of x to the cell's input (k, B, I), such as one-hot vectors of class
            numbers; so x may be (T, B) and the vectors exist for one window at a time.

    Yields:
        A `Window`: where it lies, its loss and gradients, the new weights, the state at its end.

    Raises:
        ValueError: k is below 1; the cell also reads from the end of a sequence, as a bidirectional
            one does, or carries no state, as a TCN; or what the cell and the loss refuse.

    >>> from rnncourse import elman, network, optim
    >>> rng = np.random.default_rng(0)
    >>> params = network.init(elman, rng, 2, 3, 4)
    >>> x, y = rng.standard_normal((6, 1, 2)), rng.integers(4, size=(6, 1))
    >>> for window in train(elman, params, x, y, k=2, update=optim.SGD(0.1).step):
    ...     params = window.params
    >>> window.steps
    slice(4, 6, None)
    """
    _wiring.require_parts(cell, "it cannot be cut into windows")
    x, y = _validate.array("x", x), _validate.array("y", y)
    if encode is None or x.ndim < 2:
        _validate.shape("x", x, _wiring.inputs(cell))
    T, B = x.shape[:2]
    if y.shape[:2] != (T, B):
        raise ValueError(f"y must begin with (T, B) = {(T, B)} as x {x.shape} does, got {y.shape}")
    known = _validate.lengths(lengths, T, B)
    slices = windows(T, k)

    def run() -> Iterator[Window]:
        now, at = params, state
        for steps in slices:
            n = steps.stop - steps.start
            left = None if known is None else np.clip(known - steps.start, 0, n)
            inputs = x[steps] if encode is None else encode(x[steps])
            value, grads, at = loss_and_gradients(
                cell, now, inputs, y[steps], at, lengths=left, loss=loss
            )
            now = update(now, grads)
            yield Window(steps, value, grads, now, at)

    return run()
