"""Beam search: the likeliest sequences of a model that gives one symbol after the other.

    log p(y) = Σ_t log p(y[t] | y[1], …, y[t-1])

Taking the likeliest symbol at each step (greedy search) may miss the likeliest sequence, and there
are Kᵀ of those. The beam keeps `width` beginnings. At each step every one of them is continued by
all K symbols, and the `width` best continuations stay. One that ends is complete: it is put aside
and leaves the beam. Results are ranked by

    score(y) = log p(y) / |y|^a          a = length_power

With a = 0 that is the probability, of which each further symbol costs some, so that short
sequences win; with a = 1 it is the mean over the symbols.

A beam of 1 is greedy search, and a beam of K^max_length is exhaustive search. Between these a
wider beam mostly finds better sequences, not always: what a wide beam lets in may push out the
beginning that a narrow one would have followed to the best end.

Source: I. Sutskever, O. Vinyals and Q. Le, Sequence to sequence learning with neural networks,
NIPS (2014); the division by a power of the length: Y. Wu et al., Google's neural machine
translation system (2016), in its simplest form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init, _validate
from rnncourse._validate import Array

__all__ = ["Hypothesis", "Step", "search"]

Step = Callable[[Any, int], tuple[Array, Any]]
_ROUNDING = 1e-3  # how far above 0 rounding may put a log-probability in float32


class Hypothesis(NamedTuple):
    """A sequence that the search found."""

    tokens: tuple[int, ...]  # the end symbol is the last, where it was reached
    score: float  # log_p / length^length_power
    log_p: float


def search(
    step: Step,
    state: Any,
    *,
    width: int,
    max_length: int,
    start: int = 0,
    end: int = 0,
    length_power: float = 0.0,
    n_best: int | None = None,
) -> list[Hypothesis]:
    """Find likely sequences.

    Args:
        step: from a state and the symbol read to log p (K,) of the next symbol and the next state.
            It must leave the state as it was: several continuations begin there. -inf is a symbol
            that cannot follow.
        state: what `step` is first given.
        width: how many beginnings are kept, at least 1.
        max_length: symbols after which a sequence is taken as it is, without its end, at least 1.
        start: the symbol that `step` reads first; no part of the result.
        end: the symbol that completes a sequence, and its last.
        length_power: a; 0 ranks by probability, 1 by its geometric mean over the symbols.
        n_best: how many sequences to return; `width` when left out.

    Returns:
        The best complete sequences, best first; of equal scores the one whose tokens come first
        in dictionary order. Fewer than `n_best` where the search met fewer.

    Raises:
        ValueError: a number out of range; log-probabilities of a wrong shape, NaN or above 0.

    >>> p = np.array([[0.1, 0.5, 0.4], [0.4, 0.3, 0.3], [0.9, 0.05, 0.05]])  # p[i, k]: k after i
    >>> def chain(state, token):
    ...     return np.log(p[token]), state
    >>> [(found.tokens, round(float(np.exp(found.log_p)), 2))
    ...     for width in (1, 2) for found in search(chain, None, width=width, max_length=5)]
    [((1, 0), 0.2), ((2, 0), 0.36), ((1, 0), 0.2)]
    """
    _init.sizes(width=width, max_length=max_length)
    if n_best is None:
        n_best = width
    _init.sizes(n_best=n_best)
    if not length_power >= 0:
        raise ValueError(f"length_power must not be negative, got {length_power}")

    complete: list[Hypothesis] = []
    live: list[tuple[float, tuple[int, ...], Any]] = [(0.0, (), state)]  # log p, tokens, state
    for length in range(1, max_length + 1):
        longer = _continuations(step, live, start)[:width]
        live = []
        for log_p, tokens, after in longer:
            if tokens[-1] == end or length == max_length:
                complete.append(Hypothesis(tokens, log_p / length**length_power, log_p))
            else:
                live.append((log_p, tokens, after))
        complete.sort(key=lambda found: (-found.score, found.tokens))
        if not live:
            break
        # no sequence gains by going on: its log p falls, and is divided by max_length^a at most
        reachable = live[0][0] / max_length**length_power
        if len(complete) >= n_best and complete[n_best - 1].score > reachable:
            break
    return complete[:n_best]


def _continuations(
    step: Step, live: list[tuple[float, tuple[int, ...], Any]], start: int
) -> list[tuple[float, tuple[int, ...], Any]]:
    """Every possible continuation by one symbol, the likeliest first."""
    found = []
    for log_p, tokens, state in live:
        of_next, after = step(state, tokens[-1] if tokens else start)
        of_next = _checked(of_next)
        possible = np.flatnonzero(of_next > -np.inf)
        found += [(log_p + float(of_next[k]), (*tokens, int(k)), after) for k in possible]
    found.sort(key=lambda item: (-item[0], item[1]))
    return found


def _checked(log_p: Any) -> Array:
    log_p = np.asarray(log_p)
    _validate.shape("log-probabilities from step", log_p, ("K",))
    wrong = ~(log_p <= _ROUNDING)
    if wrong.any():
        k = int(np.argmax(wrong))
        raise ValueError(
            f"log-probabilities from step must be at most 0, got {log_p[k]} for symbol {k}"
        )
    below: Array = np.minimum(log_p, 0)
    return below
