"""Training while a sequence runs: back-propagation through time by epochs, or continuously.

Epochwise: the sequence is cut into epochs, the state starts anew in each, and the gradient of a
whole epoch makes one update at its end. Nothing is approximated; nothing reaches past an epoch.

Continuous: the network is never reset. BPTT(h; h′) makes an update after every h′ steps, from the
loss of these h′ steps, back-propagated through the h latest steps, h ≥ h′:

    steps   1 2 3 4 5 6 7 8 9            h = 4, h′ = 2
                └─────┘                  the update after step 6: the losses of 5 and 6,
                    └─────┘              the update after step 8; the windows overlap

so every loss reaches at least h - h′ steps into the past. Here h is `lookback`, h′ is `every`.

    BPTT(h; h)      windows that do not overlap: `rnncourse.truncated`
    BPTT(h; 1)      an update at every step, h steps back; at h = 1 Elman's own procedure
    BPTT(∞; 1)      real-time BPTT: the exact gradient of each step's loss, at a cost that grows

The steps behind are not run again with the new weights: their states stay what they were, and the
newest weights carry the gradient back over them.

Source: R. J. Williams and J. Peng, An efficient gradient-based algorithm for on-line training of
recurrent network trajectories, Neural Computation 2 (1990).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rnncourse import _in_time, _init, _tree, _validate, _wiring, losses, steps
from rnncourse._validate import Array
from rnncourse.network import Loss, NetworkParams, loss_and_gradients
from rnncourse.truncated import Window, windows

__all__ = ["continuous", "epochwise", "gradients"]

Update = Callable[[NetworkParams, NetworkParams], NetworkParams]


def epochwise(
    cell: Any,
    params: NetworkParams,
    x: Array,
    y: Any,
    epoch: int,
    update: Update,
    state: Any = None,
    *,
    lengths: Any = None,
    loss: Loss = losses.softmax_cross_entropy,
) -> Iterator[Window]:
    """One update for each epoch of the sequence; each begins from the same state.

    Args:
        cell: a cell module such as `rnncourse.elman`.
        params: the weights to begin with (not changed).
        x: inputs (T, B, I).
        y: targets (T, B) or (T, B, K).
        epoch: steps in an epoch, at least 1; the last is shorter where it does not divide T.
        update: from weights and gradients to new weights, such as an optimizer's `step`.
        state: the state at every epoch's beginning; zeros when left out.
        lengths: (B,) steps in each sequence.
        loss: a function of `rnncourse.losses`.

    Yields:
        A `truncated.Window` for each epoch: where it lies, its loss and gradients, the new
        weights, the state at its end.

    Raises:
        ValueError: epoch below 1, or a shape, dtype or length that does not fit.

    >>> from rnncourse import elman, network, optim
    >>> rng = np.random.default_rng(0)
    >>> params = network.init(elman, rng, 2, 3, 4)
    >>> x, y = rng.standard_normal((6, 1, 2)), rng.integers(4, size=(6, 1))
    >>> [w.steps.stop for w in epochwise(elman, params, x, y, 4, optim.SGD(0.1).step)]
    [4, 6]
    """
    _init.sizes(epoch=epoch)
    x, y = _validate.array("x", x), _validate.array("y", y)
    _validate.shape("x", x, _wiring.inputs(cell))
    T, B = x.shape[:2]
    if y.shape[:2] != (T, B):
        raise ValueError(f"y must begin with (T, B) = {(T, B)} as x {x.shape} does, got {y.shape}")
    known = _validate.lengths(lengths, T, B)

    def run() -> Iterator[Window]:
        now = params
        for part in windows(T, epoch):
            left = None if known is None else np.clip(known - part.start, 0, part.stop - part.start)
            value, grads, end = loss_and_gradients(
                cell, now, x[part], y[part], state, lengths=left, loss=loss
            )
            now = update(now, grads)
            yield Window(part, value, grads, now, end)

    return run()


def continuous(
    cell: Any,
    params: NetworkParams,
    x: Array,
    y: Any,
    update: Update,
    state: Any = None,
    *,
    lookback: int | None = None,
    every: int = 1,
    lengths: Any = None,
    loss: Loss = losses.softmax_cross_entropy,
) -> Iterator[Window]:
    """BPTT(lookback; every): an update after every few steps, the gradient from further back.

    Only `lookback` steps are held, so memory follows it and not the length of the sequence; the
    time of one step is that of lookback / every steps back.

    Args:
        cell: a cell module with `step` and `step_backward`, such as `rnncourse.elman`.
        params: the weights to begin with (not changed).
        x: inputs (T, B, I).
        y: targets (T, B) or (T, B, K).
        update: from weights and gradients to new weights, such as an optimizer's `step`.
        state: the state before the first step; zeros when left out.
        lookback: steps that a gradient goes back, at least `every`; None for all of them.
        every: steps from one update to the next, at least 1; fewer before the last where it does
            not divide T.
        lengths: (B,) steps in each sequence.
        loss: a function of `rnncourse.losses`.

    Yields:
        A `truncated.Window` after each update: the steps whose losses it used, their loss and
        gradients, the new weights, the state.

    Raises:
        ValueError: every below 1, lookback below every, or a shape, dtype or length that does not
            fit.

    >>> from rnncourse import elman, network, optim
    >>> rng = np.random.default_rng(0)
    >>> params = network.init(elman, rng, 2, 3, 4)
    >>> x, y = rng.standard_normal((6, 1, 2)), rng.integers(4, size=(6, 1))
    >>> update = optim.SGD(0.1).step
    >>> [w.steps for w in continuous(elman, params, x, y, update, lookback=4, every=3)]
    [slice(0, 3, None), slice(3, 6, None)]
    """
    _init.sizes(every=every)
    if lookback is not None:
        _init.sizes(lookback=lookback)
    if lookback is not None and lookback < every:
        raise ValueError(f"lookback must be at least every = {every}, got {lookback}")
    given = _in_time.checked(cell, params, x, y, state, lengths)

    def run() -> Iterator[Window]:
        x, y, at, real = given
        now, begun, value, by_out = params, 0, 0.0, _tree.apply(np.zeros_like, params.out)
        past: deque[Any] = deque(maxlen=lookback)  # what each step needs on the way back
        slopes: list[Array] = []  # d_h of the steps since the last update, through their outputs
        for t in range(len(x)):
            ends = None if real is None else real[t].astype(int)
            h, at, cache = steps.forward(cell, now.cell, x[t : t + 1], at, ends)
            lost, d_h, share = _in_time.scored(now.out, h[0], y[t : t + 1], ends, loss)
            past.append(cache)
            slopes.append(d_h)
            value, by_out = value + lost, _tree.apply(np.add, by_out, share)
            if len(slopes) == every or t + 1 == len(x):
                grads = NetworkParams(_back(cell, now.cell, past, slopes, at), by_out)
                now = update(now, grads)
                yield Window(slice(begun, t + 1), value, grads, now, at)
                slopes.clear()
                begun, value, by_out = t + 1, 0.0, _tree.apply(np.zeros_like, now.out)

    return run()


def gradients(
    cell: Any,
    params: NetworkParams,
    x: Array,
    y: Any,
    state: Any = None,
    *,
    lookback: int | None = None,
    every: int = 1,
    lengths: Any = None,
    loss: Loss = losses.softmax_cross_entropy,
) -> tuple[Any, NetworkParams, Any]:
    """The sum of all that `continuous` would find, at the same weights.

    It is the gradient without every path of more than `lookback` steps, and without some that are
    longer than lookback - every; with lookback None it is the true one, dearly bought.

    Args:
        cell: a cell module with `step` and `step_backward`, such as `rnncourse.elman`.
        params: the weights.
        x: inputs (T, B, I).
        y: targets (T, B) or (T, B, K).
        state: the state before the first step; zeros when left out.
        lookback: steps that a gradient goes back, at least `every`; None for all of them.
        every: steps from one update to the next, at least 1.
        lengths: (B,) steps in each sequence.
        loss: a function of `rnncourse.losses`.

    Returns:
        The loss, the summed gradients, and the state at the end.

    Raises:
        ValueError: as for `continuous`.

    >>> from rnncourse import elman, network
    >>> rng = np.random.default_rng(0)
    >>> params = network.init(elman, rng, 2, 3, 4)
    >>> x, y = rng.standard_normal((6, 1, 2)), rng.integers(4, size=(6, 1))
    >>> _, exact, _ = network.loss_and_gradients(elman, params, x, y)
    >>> _, grads, _ = gradients(elman, params, x, y)
    >>> bool(np.allclose(grads.cell.W_hh, exact.cell.W_hh, rtol=1e-12))
    True
    """
    total, value = _tree.apply(np.zeros_like, params), 0.0
    end = _in_time.checked(cell, params, x, y, state, lengths).state  # where T is 0
    how = {"lookback": lookback, "every": every, "lengths": lengths, "loss": loss}
    for window in continuous(cell, params, x, y, lambda old, _: old, end, **how):
        value, end = value + window.loss, window.state
        total = _tree.apply(np.add, total, window.grads)
    return value, total, end


def _back(cell: Any, params: Any, past: Any, slopes: list[Array], state: Any) -> Any:
    """The cell's gradients from the losses of the latest steps, over all the steps in `past`."""
    d_state, total = _tree.apply(np.zeros_like, state), _tree.apply(np.zeros_like, params)
    silent = np.zeros_like(slopes[-1])
    for n, cache in enumerate(reversed(past), start=1):
        d_h = slopes[-n] if n <= len(slopes) else silent
        newest = cache._replace(params=params)
        _, grads, d_state = steps.backward(cell, newest, d_h[None], d_state)
        total = _tree.apply(np.add, total, grads)
    return total
