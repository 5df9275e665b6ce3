"""Real-time recurrent learning: the gradient carried forward, beside the state.

The state's derivative by every weight θ, the influence P[t] = ∂s[t]/∂θ, obeys the chain rule of
one step,

    P[t] = J[t] P[t-1] + D[t]         J[t] = ∂s[t]/∂s[t-1]                                       (1)
                                      D[t] = ∂s[t]/∂θ, the state before held fixed
    d_θ  = Σ d_h[t] P[t]              d_h[t] = ∂loss[t]/∂h[t], through that step's output alone  (2)

so the gradient of what has been lost so far is at hand at every step, exactly, with no memory of
the past and nothing to run backward. For the Elman network, k and i and j being single units,

    ∂h_k[t]/∂W_ij = (1 - h_k[t]²) (Σ_l W_kl ∂h_l[t-1]/∂W_ij + [k = i] h_j[t-1])                  (3)
    ∂h_k[t]/∂U_ij = (1 - h_k[t]²) (Σ_l W_kl ∂h_l[t-1]/∂U_ij + [k = i] x_j[t])                    (4)
    ∂h_k[t]/∂b_i  = (1 - h_k[t]²) (Σ_l W_kl ∂h_l[t-1]/∂b_i  + [k = i])                           (5)

which is `elman_step`. In the chapter on back-propagation (1) to (5) are equation `eq-rtrl`. `step`
does the same for any cell: `step_backward` of a unit vector is one row of J and of D.

The price, for N numbers in the state and P weights in the cell: N P numbers of memory for each
sequence, whatever T is, and N² P multiplications at each step; back-propagation needs P. With H
units that is H³ and H⁴ against H²: for small networks only. Measured over 100 steps (one sequence,
two inputs, one core), `elman_step` took 35 times as long as back-propagation with 4 to 16 units,
60 times with 32, 210 times with 64; `step`, that any cell can take, 1.5 to 3 times as long again.

Source: R. J. Williams and D. Zipser, A learning algorithm for continually running fully recurrent
neural networks, Neural Computation 1 (1989).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rnncourse import _in_time, _init, _tree, elman, losses
from rnncourse._validate import Array
from rnncourse.elman import ElmanParams, ElmanState
from rnncourse.network import Loss, NetworkParams
from rnncourse.truncated import Window

__all__ = ["elman_step", "gradients", "start", "step", "train"]


def start(params: Any, state: Any) -> Any:
    """The influence before the first step: zero, since no weight has acted yet.

    Args:
        params: the cell's weights.
        state: the cell's state.

    Returns:
        A tree of the weights' type, each array (B, N, *the weight's shape): entry b, n is the
        derivative of the n-th number of sequence b's state.

    >>> params = elman.init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> [array.shape for array in start(params, ElmanState(np.zeros((4, 3))))]
    [(4, 3, 3, 2), (4, 3, 3, 3), (4, 3, 3)]
    """
    parts = [part for _, part in _tree.leaves(state)]
    B, N = len(parts[0]), sum(int(np.prod(part.shape[1:])) for part in parts)
    return _tree.apply(lambda p: np.zeros((B, N, *p.shape), p.dtype), params)


def step(cell: Any, params: Any, x: Array, state: Any, influence: Any) -> tuple[Any, Any]:
    """One step of any cell: its state, and `P[t] = J[t] P[t-1] + D[t]`.

    Args:
        cell: a module with `step` and `step_backward`.
        params: its weights.
        x: (B, I).
        state: the state before the step.
        influence: of the state before the step, such as `start` gives.

    Returns:
        The state after the step, and its influence.

    >>> net = elman.scalar(w=0.5, u=1.0)
    >>> state = ElmanState(np.zeros((1, 1)))
    >>> influence = start(net.params, state)
    >>> for x in ([[1.0]], [[0.0]]):
    ...     state, influence = step(elman, net.params, np.array(x), state, influence)
    >>> # h[2] = tanh(w h[1]), and h[1] = tanh(u x) does not depend on w
    >>> bool(np.isclose(influence.W_hh[0, 0], (1 - state.h**2) * np.tanh(1.0)))
    True
    """
    direct = _tree.apply(np.zeros_like, influence)  # D (B, N, ...)
    jacobians = []  # J, (N, N) for each sequence
    for b in range(len(x)):
        alone = _tree.apply(lambda part: part[b : b + 1], state)  # noqa: B023
        _, cache = cell.step(params, x[b : b + 1], alone)
        rows = []
        for n, unit in enumerate(_units(alone)):
            _, row, share = cell.step_backward(params, cache, unit)
            rows.append(np.concatenate([part.ravel() for _, part in _tree.leaves(row)]))
            for (_, place), (_, d) in zip(_tree.leaves(direct), _tree.leaves(share), strict=True):
                place[b, n] = d
        jacobians.append(rows)
    if jacobians:
        J = np.array(jacobians)  # (B, N, N)
        direct = _tree.apply(lambda p, d: _product(J, p) + d, influence, direct)  # eq. 1
    return cell.step(params, x, state)[0], direct


def elman_step(
    params: ElmanParams, x: Array, state: ElmanState, influence: ElmanParams
) -> tuple[ElmanState, ElmanParams]:
    """One step of the Elman network, by the equations above; what `step` gives, sooner.

    >>> net = elman.scalar(w=0.5, u=1.0)
    >>> state = ElmanState(np.zeros((1, 1)))
    >>> state, influence = elman_step(net.params, np.ones((1, 1)), state, start(net.params, state))
    >>> bool(np.isclose(influence.W_ih[0, 0], 1 - np.tanh(1.0) ** 2))  # of h[1] = tanh(u x), by u
    True
    """
    after, _ = elman.step(params, x, state)
    W_ih, W_hh, b = (_product(params.W_hh, p) for p in influence)  # Σ_l W_kl ∂h_l[t-1]/∂…
    k = np.arange(len(params.b))
    W_hh[:, k, k] += state.h[:, None, :]  # eq. 3: where k = i
    W_ih[:, k, k] += x[:, None, :]  # eq. 4
    b[:, k, k] += 1  # eq. 5
    slope = 1 - after.h**2  # eqs. 3, 4, 5: (B, H)
    return after, ElmanParams(
        slope[:, :, None, None] * W_ih, slope[:, :, None, None] * W_hh, slope[:, :, None] * b
    )


def gradients(
    cell: Any,
    params: NetworkParams,
    x: Array,
    y: Any,
    state: Any = None,
    *,
    lengths: Any = None,
    loss: Loss = losses.softmax_cross_entropy,
) -> tuple[Any, NetworkParams, Any]:
    """What `network.loss_and_gradients` gives, without going back: loss, gradients, last state.

    Args:
        cell: a cell module with `step` and `step_backward`, such as `rnncourse.elman`.
        params: the weights of cell and output layer.
        x: inputs (T, B, I).
        y: targets (T, B) or (T, B, K).
        state: the state before the first step; zeros when left out.
        lengths: (B,) steps in each sequence.
        loss: a function of `rnncourse.losses`.

    Raises:
        ValueError: a shape, dtype or length that does not fit, NaN or infinity within a sequence.

    >>> from rnncourse import lstm, network
    >>> rng = np.random.default_rng(0)
    >>> params = network.init(lstm, rng, 2, 3, 4)
    >>> x, y = rng.standard_normal((6, 1, 2)), rng.integers(4, size=(6, 1))
    >>> _, back, _ = network.loss_and_gradients(lstm, params, x, y)
    >>> _, forth, _ = gradients(lstm, params, x, y)
    >>> bool(np.allclose(forth.cell.W_hh, back.cell.W_hh, rtol=1e-12))
    True
    """
    run = _in_time.checked(cell, params, x, y, state, lengths)
    total, value, state = _tree.apply(np.zeros_like, params), 0.0, run.state
    for window in _train(cell, params, run, max(1, len(run.x)), lambda old, _: old, loss):
        value, total, state = window.loss, window.grads, window.state
    return value, total, state


def train(
    cell: Any,
    params: NetworkParams,
    x: Array,
    y: Any,
    update: Callable[[NetworkParams, NetworkParams], NetworkParams],
    state: Any = None,
    *,
    every: int = 1,
    lengths: Any = None,
    loss: Loss = losses.softmax_cross_entropy,
) -> Iterator[Window]:
    """Learn while the sequence runs: an update every few steps, state and influence carried on.

    The influence sums over weights as they were; that is the method's approximation, and the
    smaller the updates the better it is.

    Args:
        cell: a cell module with `step` and `step_backward`, such as `rnncourse.elman`.
        params: the weights to begin with (not changed).
        x: inputs (T, B, I).
        y: targets (T, B) or (T, B, K).
        update: from weights and gradients to new weights, such as an optimizer's `step`.
        state: the state before the first step; zeros when left out.
        every: steps from one update to the next, at least 1.
        lengths: (B,) steps in each sequence.
        loss: a function of `rnncourse.losses`.

    Yields:
        A `truncated.Window` after each update: the steps since the one before, their loss and
        gradients, the new weights, the state.

    Raises:
        ValueError: `every` below 1, or as for `gradients`.

    >>> from rnncourse import network, optim
    >>> rng = np.random.default_rng(0)
    >>> params = network.init(elman, rng, 2, 3, 4)
    >>> x, y = rng.standard_normal((6, 1, 2)), rng.integers(4, size=(6, 1))
    >>> [w.steps.stop for w in train(elman, params, x, y, optim.SGD(0.1).step, every=2)]
    [2, 4, 6]
    """
    _init.sizes(every=every)
    run = _in_time.checked(cell, params, x, y, state, lengths)
    return _train(cell, params, run, every, update, loss)


def _train(
    cell: Any, params: NetworkParams, run: _in_time.Run, every: int, update: Any, loss: Loss
) -> Iterator[Window]:
    x, y, state, real = run
    now, influence = params, start(params.cell, state)
    grads, value, begun = _tree.apply(np.zeros_like, params), 0.0, 0
    for t in range(len(x)):
        if cell is elman:
            after, new = elman_step(now.cell, x[t], state, influence)
        else:
            after, new = step(cell, now.cell, x[t], state, influence)
        going = None if real is None else real[t]
        state, influence = _kept(going, (after, new), (state, influence))
        lost, d_h, by_out = _in_time.scored(now.out, state[0], y[t : t + 1], going, loss)
        by_cell = _tree.apply(lambda p, d=d_h: _gradient(d, p), influence)
        value = value + lost
        grads = _tree.apply(np.add, grads, NetworkParams(by_cell, by_out))
        if t + 1 - begun == every or t + 1 == len(x):
            now = update(now, grads)
            yield Window(slice(begun, t + 1), value, grads, now, state)
            grads, value, begun = _tree.apply(np.zeros_like, now), 0.0, t + 1


def _units(state: Any) -> Iterator[Any]:
    """Of one sequence, every gradient by its state that is 1 in one place and 0 elsewhere."""
    zero = _tree.apply(np.zeros_like, state)
    for _, part in _tree.leaves(zero):
        flat = part.reshape(-1)
        for n in range(flat.size):
            flat[n] = 1
            yield zero
            flat[n] = 0


def _product(J: Array, influence: Array) -> Array:
    """(N, N), for all sequences or (B, N, N), times (B, N, ...)."""
    B, N, *shape = influence.shape
    flat = influence.reshape(B, N, int(np.prod(shape)))
    result: Array = (J @ flat).reshape(influence.shape)
    return result


def _gradient(d_h: Array, influence: Array) -> Array:
    """Σ over b and n of d_h (B, H) times the influence; h is the first part of the state."""
    result: Array = np.tensordot(d_h, influence[:, : d_h.shape[1]], axes=2)  # eq. 2
    return result


def _kept(going: Array | None, new: Any, old: Any) -> Any:
    """The new values where a sequence still runs, the old ones where it has ended."""
    if going is None:
        return new
    return _tree.apply(
        lambda n, o: np.where(going.reshape(-1, *(1,) * (n.ndim - 1)), n, o), new, old
    )
