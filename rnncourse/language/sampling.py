"""Drawing the next symbol, and whole texts from a network.

    p = softmax(o / temperature)         below 1 sharper, above 1 flatter, at 0 the largest alone
    top-k:   only the k likeliest symbols
    nucleus: only the likeliest symbols that together reach the mass top_p, as few as do

in this order, each on what the one before left, renormalised. Of equal symbols the one of the
smaller number counts as likelier.

Source: A. Holtzman et al., The curious case of neural text degeneration (2020), for the nucleus;
top-k: A. Fan et al., Hierarchical neural story generation, ACL (2018).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncourse import _init, _validate, _wiring, network
from rnncourse._validate import Array
from rnncourse.truncated import Encode

__all__ = ["distribution", "draw", "generate"]


def distribution(
    o: Any, *, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None
) -> Array:
    """The probabilities from which the next symbol is drawn.

    Args:
        o: logits, or logarithms of probabilities, (..., K); -inf for a symbol that never comes.
        temperature: at least 0; 0 is greedy, the likeliest symbol has probability 1.
        top_k: keep this many symbols, at least 1; all when left out.
        top_p: keep the nucleus of this mass, above 0 and at most 1; all when left out.

    Returns:
        Probabilities (..., K) in float64.

    Raises:
        ValueError: temperature, top_k or top_p out of range; NaN, +inf, or nothing but -inf in o.

    >>> o = np.log([0.5, 0.25, 0.125, 0.125])
    >>> distribution(o, temperature=0.5).round(3).tolist()  # each squared, then normalised
    [0.727, 0.182, 0.045, 0.045]
    >>> distribution(o, top_k=2).round(3).tolist()
    [0.667, 0.333, 0.0, 0.0]
    >>> distribution(o, top_p=0.8).round(3).tolist()
    [0.571, 0.286, 0.143, 0.0]
    >>> distribution(o, temperature=0).tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    o = _logits(o)
    if not 0 <= temperature < np.inf:
        raise ValueError(f"temperature must be at least 0 and finite, got {temperature}")
    if top_k is not None:
        _init.sizes(top_k=top_k)
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p must be above 0 and at most 1, got {top_p}")
    rank = np.argsort(np.argsort(-o, axis=-1, kind="stable"), axis=-1)  # (..., K), 0 the likeliest
    if temperature == 0:
        p: Array = (rank == 0).astype(np.float64)
        return p
    with np.errstate(over="ignore"):  # near temperature 0 all but the largest go to -inf
        p = np.exp((o - o.max(axis=-1, keepdims=True)) / temperature)
    if top_k is not None:
        p *= rank < top_k
    p /= p.sum(axis=-1, keepdims=True)
    if top_p is not None and top_p < 1:
        likeliest_first = np.take_along_axis(p, np.argsort(rank, axis=-1), axis=-1)
        before = np.zeros_like(p)  # the mass of those that are likelier
        before[..., 1:] = np.cumsum(likeliest_first[..., :-1], axis=-1)
        p *= np.take_along_axis(before, rank, axis=-1) < top_p
        p /= p.sum(axis=-1, keepdims=True)
    return p


def draw(
    rng: np.random.Generator,
    o: Any,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> Array:
    """Numbers drawn from `distribution(o, ...)`, one for each row of logits, (...).

    >>> rng = np.random.default_rng(0)
    >>> draw(rng, np.zeros((12, 3)), top_k=2).tolist()
    [1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0]
    """
    p = distribution(o, temperature=temperature, top_k=top_k, top_p=top_p)
    reached = np.cumsum(p, axis=-1)
    u = rng.random(p.shape[:-1])[..., None] * reached[..., -1:]
    number: Array = (reached <= u).sum(axis=-1)
    last = p.shape[-1] - 1 - np.argmax(p[..., ::-1] > 0, axis=-1)  # should u round up to the whole
    number = np.minimum(number, last)
    return number


def generate(
    cell: Any,
    params: network.NetworkParams,
    rng: np.random.Generator,
    seed: Any,
    count: int,
    *,
    state: Any = None,
    stop: int | None = None,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    encode: Encode | None = None,
) -> tuple[Array, Any]:
    """Feed a seed to a network, then each symbol that it draws.

    Args:
        cell: a cell module such as `rnncourse.lstm`, or a wrapper that runs forward in time.
        params: the weights of cell and output layer, K outputs.
        rng: source of the draws.
        seed: class numbers (N,) to begin with, at least one.
        count: how many numbers to draw, at least 1.
        state: the state before the seed; zeros when left out.
        stop: a number that ends the sequence; it is the last of the result.
        temperature: as in `distribution`.
        top_k: as in `distribution`.
        top_p: as in `distribution`.
        encode: from class numbers (T, 1) to the cell's input (T, 1, I); one-hot vectors of
            length K when left out, and the numbers themselves for a cell that is `Embedded`.

    Returns:
        The numbers drawn, and the state before the last of them was read: to go on, hand the
        state back with the last number as seed.

    Raises:
        ValueError: an empty seed, a number out of range, count below 1, a cell that reads from the
            end or carries no state, or what `distribution` and the cell refuse.

    >>> from rnncourse import elman
    >>> params = network.init(elman, np.random.default_rng(0), 3, 8, 3)
    >>> numbers, state = generate(elman, params, np.random.default_rng(0), [0, 1], 5)
    >>> more, _ = generate(elman, params, np.random.default_rng(1), numbers[-1:], 5, state=state)
    >>> len(numbers), len(more)
    (5, 5)
    """
    from rnncourse.data.one_hot import one_hot  # here, since every data set loads with it

    seed = np.asarray(seed)
    if seed.ndim != 1 or not len(seed):
        raise ValueError(f"seed must have shape (N,) with N at least 1, got {seed.shape}")
    _init.sizes(count=count)
    _init.source(rng)
    _wiring.require_parts(cell, "it is given one symbol at a time")
    out = params.out

    def vectors(numbers: Array) -> Array:
        return one_hot(numbers, len(out.b_o), dtype=out.b_o.dtype)

    if encode is None:
        encode = np.asarray if _wiring.reads_numbers(cell) else vectors
    given, drawn = seed, []
    while True:
        o, state = network.predict(cell, params, encode(given[:, None]), state)
        how: dict[str, Any] = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
        given = draw(rng, o[-1], **how)  # (1,)
        drawn.append(int(given[0]))
        if len(drawn) == count or drawn[-1] == stop:
            return np.array(drawn, np.intp), state


def _logits(value: Any) -> Array:
    o = np.asarray(value)
    _validate.inexact("o", o.dtype)
    if o.ndim < 1 or not o.shape[-1]:
        raise ValueError(f"o must have shape (..., K) with K at least 1, got {o.shape}")
    top = o.max(axis=-1)
    if not np.isfinite(top).all():  # NaN wins every maximum
        wrong = top[~np.isfinite(top)].flat[0]
        raise ValueError(
            f"o must be finite or -inf, and one logit finite; the largest of a row is {wrong}"
        )
    o = o.astype(np.float64)
    return o
