"""How good a language model is: perplexity, bits for each symbol, bits for each character.

    log p[t]   = o[t, y[t]] - log Σ_k exp(o[t, k])          the symbol that did come
    bits       = -mean(log p) / ln 2
    perplexity = exp(-mean(log p)) = 2^bits

Perplexity is the number of symbols among which a fair die would leave one as uncertain. It can
be compared only between models of the same symbols. Bits for each character can be compared
whatever the symbols are: bits for each symbol times symbols, over characters.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncourse import _labelling, _validate
from rnncourse._validate import Array

__all__ = ["bits_per_character", "bits_per_symbol", "log_probabilities", "perplexity"]


def log_probabilities(o: Array, y: Any, lengths: Any = None) -> Array:
    """`log softmax(o)` at the symbols y, in nats and in o's dtype.

    Args:
        o: logits (T, B, K).
        y: class numbers (T, B).
        lengths: (B,) steps in each sequence; o and y may hold anything beyond.

    Returns:
        (T, B), zero beyond a sequence's end.

    Raises:
        ValueError: a shape that does not fit, a class or length out of range, NaN or infinity
            within a sequence.

    >>> log_probabilities(np.array([[[1000.0, 1000.0]]]), np.array([[0]])).round(4).tolist()
    [[-0.6931]]
    """
    o, lengths = _labelling.emissions("o", o, lengths)
    T, B, K = o.shape
    y = _labelling.labels("y", y, (T, B), lengths, K)
    shifted = o - o.max(axis=2, keepdims=True)
    chosen = np.take_along_axis(shifted, y[:, :, None], axis=2)[:, :, 0]
    log_p: Array = chosen - _labelling.log_sum_exp(shifted, axis=2)  # (T, B)
    log_p[~_validate.real_steps(lengths, T)] = 0
    return log_p


def perplexity(log_p: Any, mask: Any = None) -> float:
    """`exp(-mean(log p))`: 1 for a model that is always certain and right, infinite at p = 0.

    Args:
        log_p: natural logarithms of the probabilities of what did come; any shape.
        mask: of the same shape, true where an entry counts; all when left out. Elsewhere log_p
            may hold anything.

    Raises:
        ValueError: shapes that differ, nothing that counts, NaN or a positive number in log_p.

    >>> round(perplexity(np.log([0.25, 0.25, 0.5, 0.5])), 4)
    2.8284
    >>> perplexity([-1.0, -np.inf])
    inf
    """
    with np.errstate(over="ignore"):  # beyond 1e308 it is infinite to every purpose
        return float(np.exp(-_mean(log_p, mask)))


def bits_per_symbol(log_p: Any, mask: Any = None) -> float:
    """`-mean(log₂ p)`; arguments and errors as in `perplexity`.

    >>> bits_per_symbol(np.log([0.25, 0.25, 0.5, 0.5]))
    1.5
    """
    return -_mean(log_p, mask) / float(np.log(2)) + 0.0  # not -0


def bits_per_character(bits: float, symbols: int, characters: int) -> float:
    """From bits for each symbol (a byte pair, a word) to bits for each character.

    Args:
        bits: bits for each symbol, such as `bits_per_symbol` gives.
        symbols: how many symbols the text has.
        characters: how many characters the same text has; its words, for bits per word.

    Raises:
        ValueError: a count below 1, or bits that are negative or NaN.

    >>> bits_per_character(6.0, symbols=100, characters=300)
    2.0
    """
    for name, count in (("symbols", symbols), ("characters", characters)):
        if count < 1:
            raise ValueError(f"{name} must be at least 1, got {count}")
    if not bits >= 0:
        raise ValueError(f"bits must be at least 0, got {bits}")
    return bits * symbols / characters


def _mean(log_p: Any, mask: Any) -> float:
    log_p = np.asarray(log_p)
    _validate.inexact("log_p", log_p.dtype)
    if mask is not None:
        mask = np.asarray(mask)
        _validate.shape("mask", mask, log_p.shape, because="that of log_p")
        if mask.dtype != bool:
            raise ValueError(f"mask must hold true or false, got dtype {mask.dtype}")
        log_p = log_p[mask]
    if not log_p.size:
        raise ValueError("log_p must hold at least one entry that counts, got none")
    wrong = log_p[~(log_p <= 1e-4)]  # rounding may leave the logarithm of 1 above 0
    if wrong.size:
        raise ValueError(f"log_p must hold logarithms of probabilities, got {wrong[0]}")
    return min(float(log_p.mean(dtype=np.float64)), 0.0)
