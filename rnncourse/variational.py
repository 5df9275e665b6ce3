"""Variational dropout: one mask for a whole sequence, inside the recurrence too.

    h[t] = F(m_x ⊙ x[t], m_h ⊙ h[t-1])      F is one step of a cell; c is left alone      (1)

Each m is drawn once for a sequence, 0 with probability `rate`, else 1 / (1 - rate). A fresh mask at
every step would leave nothing of a memory: what survives τ of them is (1 - rate)^τ. The same mask
at every step always reads the same units, and so takes the same columns out of W_ih and W_hh: a
smaller network, another for each sequence.

and back, by the same masks, given d_h[t]:

    d_x̃, d_h̃ = F's own way back           d_x[t] = m_x ⊙ d_x̃       d_h[t-1] += m_h ⊙ d_h̃  (2)

The masks stand at h[t-1] where W_hh reads it. A cell that also hands h on around W_hh (a GRU by z,
a leaky unit by 1 - α) would lose there what the method means to keep, and is refused: each mask
would multiply into h once more at each step.

How it is random: see `rnncourse.dropout.with_masks`. As the masks follow from the key alone,
windows of one sequence share them, and the state is the cell's own.

Source: Y. Gal and Z. Ghahramani, A theoretically grounded application of dropout in recurrent
neural networks (2016), with one mask for the four gates (their "tied weights").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _masks, _stepwise, _tree, _wiring
from rnncourse._validate import Array

__all__ = ["Variational"]


class _Cache(NamedTuple):
    params: Any
    steps: list[Any]
    masks: tuple[Array, Array]
    x: Array  # (T, B, I), padding zeroed
    h: Array  # (T, B, H)
    end: Any
    real: Array | None  # (T, B, 1)


@dataclass(frozen=True)
class Variational(_masks.Random):
    """A cell that reads its inputs and its own outputs through masks.

    Args:
        cell: a module such as `rnncourse.lstm`, with `step` and `step_backward`, whose h is seen
            by W_hh alone: elman, relu_rnn, lstm, lstm_coupled, lstm_peephole, slstm.
        rate_in: probability that an input is dropped, at least 0, below 1.
        rate_hidden: probability that a unit is dropped on its way back.
        key: what the masks follow from; None drops nothing. `with_masks` sets it.

    Raises:
        ValueError: a rate out of range, or a cell in which h goes around W_hh.

    >>> from rnncourse import check_gradients, lstm
    >>> from rnncourse.dropout import with_masks
    >>> cell = with_masks(Variational(lstm, 0.2, 0.3), np.random.default_rng(0))
    >>> check_gradients(cell).worst < 1e-13
    True
    """

    cell: Any
    rate_in: float = 0.0
    rate_hidden: float = 0.0
    key: int | None = None

    def __post_init__(self) -> None:
        _masks.rate("rate_in", self.rate_in)
        _masks.rate("rate_hidden", self.rate_hidden)
        _stepwise.has_steps(self.cell)
        if not _reads_h_by_W_hh_alone(self.cell):
            raise ValueError(
                "cell must see its state h through W_hh alone, as elman and lstm do, "
                f"got {_wiring.label(self.cell)}, where a mask would wear the state away"
            )

    def init(
        self,
        rng: np.random.Generator,
        input_size: int,
        hidden_size: int,
        *,
        dtype: Any = np.float64,
    ) -> Any:
        """The cell's own weights, drawn by its own `init`."""
        return self.cell.init(rng, input_size, hidden_size, dtype=dtype)

    def forward(
        self, params: Any, x: Array, state: Any = None, *, lengths: Any = None
    ) -> tuple[Array, Any, _Cache]:
        """Run over a batch of sequences.

        Args:
            params: the cell's weights.
            x: (T, B, I), of the weights' dtype.
            state: the cell's, before the first step; zeros when left out.
            lengths: (B,) steps in each sequence, 0 to T. What x holds beyond changes nothing.

        Returns:
            h (T, B, H), zero beyond a sequence's end; the cell's state at each sequence's end; and
            the cache for `backward`.

        Raises:
            ValueError: what the cell refuses.

        >>> from rnncourse import elman
        >>> params, x = elman.scalar(w=0.5, u=1.0).params, np.ones((3, 1, 1))
        >>> evaluated = Variational(elman, 0.5, 0.5).forward(params, x)[0]
        >>> np.array_equal(evaluated, elman.forward(params, x)[0])
        True
        """
        x, state, real = _stepwise.begin(self.cell, params, x, state, lengths)
        T, B, I = x.shape
        h = np.zeros((T, *state[0].shape), state[0].dtype)
        m_x, m_h = self.masks(B, I, h.shape[2], x.dtype)
        steps = []
        for t in range(T):
            read = state._replace(h=m_h * state.h)  # eq. 1
            new, cache = self.cell.step(params, m_x * x[t], read)  # eq. 1
            state = new if real is None else _stepwise.chosen(real[t], new, state)
            h[t] = state.h if real is None else np.where(real[t], state.h, 0)
            steps.append(cache)
        end = _tree.apply(np.copy, state)
        return h, end, _Cache(params, steps, (m_x, m_h), x, h, end, real)

    def backward(self, cache: _Cache, d_h: Array, d_state: Any = None) -> tuple[Array, Any, Any]:
        """Back-propagate through time by the masks that `forward` drew.

        Args:
            cache: the third result of `forward`.
            d_h: (T, B, H) gradient of the loss by each output; ignored beyond a sequence's end.
            d_state: gradient by the cell's state at the end, where the loss uses it directly.

        Returns:
            d_x (T, B, I), zero beyond a sequence's end; the weights' gradients; the gradient by
            the initial state.

        Raises:
            ValueError: a shape or dtype that does not fit that of the outputs.
        """
        params, steps, (m_x, m_h), x, _, end, real = cache
        d_h = _wiring.slopes(d_h, cache.h, real)
        d_state = _stepwise.end_slopes(d_state, end)
        d_x, grads = np.zeros_like(x), _tree.apply(np.zeros_like, params)
        for t in reversed(range(len(x))):
            d_new = d_state._replace(h=d_state.h + d_h[t])
            if real is not None:  # where a sequence has ended, its gradient passes by
                ended = _tree.apply(np.zeros_like, d_new)
                d_new = _stepwise.chosen(real[t], d_new, ended)
            d_read_x, d_read, share = self.cell.step_backward(params, steps[t], d_new)  # eq. 2
            d_before = d_read._replace(h=m_h * d_read.h)  # eq. 2
            d_state = d_before if real is None else _stepwise.chosen(real[t], d_before, d_state)
            d_x[t] = m_x * d_read_x  # eq. 2
            grads = _tree.apply(np.add, grads, share)
        return d_x, grads, d_state

    def masks(self, B: int, I: int, H: int, dtype: Any = np.float64) -> tuple[Array, Array]:
        """The masks m_x (B, I) and m_h (B, H) of all steps; ones where the cell has no key."""
        dtype = np.dtype(dtype)
        if self.key is None:
            return np.ones((B, I), dtype), np.ones((B, H), dtype)
        u = _masks.uniform(self.key, np.zeros(B, np.int64), 1, I + H)[0]
        return (
            _masks.kept(u[:, :I], self.rate_in, dtype),
            _masks.kept(u[:, I:], self.rate_hidden, dtype),
        )


def _reads_h_by_W_hh_alone(cell: Any) -> bool:
    """Whether a step without W_hh makes the same of every h; tried on two units."""
    params, x = cell.init(np.random.default_rng(0), 1, 2), np.ones((1, 1, 1))
    if "W_hh" not in params._fields:
        return False
    params = params._replace(W_hh=np.zeros_like(params.W_hh))
    _, state, _ = cell.forward(params, x)  # a clockwork network moves all its units at first
    if state._fields[0] != "h":
        return False
    one, two = (cell.step(params, x[0], state._replace(h=h))[0] for h in (state.h, state.h + 1))
    return all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
