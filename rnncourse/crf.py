"""The linear-chain conditional random field: one distribution over whole sequences of tags.

    s(y)    = start[y[1]] + Σ e[t, y[t]] + Σ A[y[t-1], y[t]] + end[y[T]]                (1)
    log p(y | x) = s(y) - log Z         Z = Σ exp s(y') over all Kᵀ sequences y'

The emissions e come from a network. The forward algorithm sums in T K² operations, in logarithms:

    r[1, j] = start[j]        r[t, j] = log Σ_i exp(α[t-1, i] + A[i, j])                (2)
    α[t, j] = r[t, j] + e[t, j] - c[t]        c[t] makes the largest α[t, j] 0          (3)
    log Z   = Σ c[t] + log Σ_j exp(α[T, j] + end[j])                                    (4)

and back: the gradient of log Z is how often the model expects each tag and each pair, its
marginals. From the end of the forward algorithm, each tag asks which tag it came from:

    p(y[T] = j)             ∝ exp(α[T, j] + end[j])                                     (5)
    p(y[t] = i, y[t+1] = j) = p(y[t+1] = j) exp(α[t, i] + A[i, j] - r[t+1, j])          (6)
    p(y[t] = i)             = Σ_j p(y[t] = i, y[t+1] = j)                               (7)

So each gradient of log p(y | x) is what was seen minus what was expected:

    d_e[t, k] = [y[t] = k] - p(y[t] = k)    d_A from pairs, d_start and d_end likewise  (8)

Viterbi's algorithm is the forward algorithm with the maximum in place of the sum.

Σ_i exp(α[i] + A[i, j]) is a matrix product, of exp(α) and exp(A); A's largest entry goes into c.
Where that might underflow, with scores some 700 apart, it sums in logarithms, more slowly.

Arrays are time-major. A sequence of no steps has one labelling, the empty one, of score 0.

Source: J. Lafferty, A. McCallum and F. Pereira, Conditional random fields, ICML (2001).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init, _labelling, _validate
from rnncourse._labelling import log_sum_exp
from rnncourse._validate import Array
from rnncourse.losses import softmax

__all__ = [
    "CRFParams",
    "backward",
    "init",
    "log_likelihood",
    "log_partition",
    "marginals",
    "score",
    "viterbi",
]


class CRFParams(NamedTuple):
    """The scores that do not depend on the input, or the gradient of a loss by them."""

    A: Array  # (K, K), A[i, j] for tag j right after tag i
    start: Array  # (K,)
    end: Array  # (K,)


class _Cache(NamedTuple):
    params: CRFParams
    tags: Array  # (T, B), padding zeroed
    lengths: Array  # (B,)
    r: Array  # (T, B, K)
    alpha: Array  # (T, B, K)


def init(rng: np.random.Generator, tags: int, *, dtype: Any = np.float64) -> CRFParams:
    """Draw the scores uniformly from ±1/√K.

    Args:
        rng: source of the numbers, such as `np.random.default_rng(0)`.
        tags: K, at least 1.
        dtype: float32 or float64; everything computed from the scores keeps it.

    Raises:
        ValueError: fewer than one tag, or a dtype that is not floating.

    >>> [array.shape for array in init(np.random.default_rng(0), tags=3)]
    [(3, 3), (3,), (3,)]
    """
    _init.sizes(tags=tags)
    return CRFParams(*_init.uniform(rng, tags, [(tags, tags), (tags,), (tags,)], dtype))


def log_likelihood(
    params: CRFParams, emissions: Array, tags: Any, lengths: Any = None
) -> tuple[Array, _Cache]:
    """`log p(y | x)` of each sequence.

    Args:
        params: the scores of transitions, start and end.
        emissions: (T, B, K), the score of each tag at each step.
        tags: (T, B) integers from 0 to K - 1.
        lengths: (B,) steps in each sequence. Beyond its end emissions and tags may hold anything,
            NaN included, and change nothing.

    Returns:
        The log-likelihoods (B,), and the cache for `backward`.

    Raises:
        ValueError: a shape or dtype that does not fit, a tag or length out of range, NaN or
            infinity within a sequence.

    >>> flat = CRFParams(np.zeros((2, 2)), np.zeros(2), np.zeros(2))
    >>> value, _ = log_likelihood(flat, np.zeros((3, 1, 2)), np.zeros((3, 1), int))
    >>> np.exp(value).round(4).tolist()  # one of 2³ sequences, all alike
    [0.125]
    """
    emissions, lengths = _labelling.checked(params, emissions, lengths)
    T, B, K = emissions.shape
    tags = _labelling.labels("tags", tags, (T, B), lengths, K)
    log_z, r, alpha = _forward(params, emissions, lengths)
    value = _score(params, emissions, tags, lengths) - log_z
    return value, _Cache(params, tags, lengths, r, alpha)


def backward(cache: _Cache, d_value: Array | None = None) -> tuple[Array, CRFParams]:
    """The gradient of the log-likelihoods: what was seen minus what was expected.

    Args:
        cache: the second result of `log_likelihood`.
        d_value: (B,) gradient of the loss by each log-likelihood; ones when left out. For the
            negative log-likelihood, mean over the batch, it is -1/B.

    Returns:
        d_emissions (T, B, K), zero beyond a sequence's end, and the gradients by the scores,
        summed over the batch.

    Raises:
        ValueError: d_value has not the shape or dtype of the log-likelihoods.

    >>> flat = CRFParams(np.zeros((2, 2)), np.zeros(2), np.zeros(2))
    >>> _, cache = log_likelihood(flat, np.zeros((2, 1, 2)), np.array([[0], [1]]))
    >>> d_emissions, grads = backward(cache)
    >>> d_emissions[:, 0].tolist()
    [[0.5, -0.5], [-0.5, 0.5]]
    >>> grads.A.tolist()
    [[-0.25, 0.75], [-0.25, -0.25]]
    """
    params, tags, lengths, r, alpha = cache
    T, B = tags.shape
    d_value = _labelling.weights_of_sequences("d_value", d_value, B, alpha.dtype)
    p, pairs = _expected(params, lengths, r, alpha, d_value)
    real = _validate.real_steps(lengths, T)
    weights = np.where(real, d_value, d_value.dtype.type(0))  # (T, B)
    d_emissions = -p  # eq. 8
    d_emissions[np.arange(T)[:, None], np.arange(B), tags] += weights  # eq. 8
    d_A = -pairs  # eq. 8
    np.add.at(d_A, (tags[:-1], tags[1:]), weights[1:])  # eq. 8
    some = np.flatnonzero(lengths)
    at_end = d_emissions[lengths[some] - 1, some]
    return d_emissions, CRFParams(d_A, d_emissions[:1].sum(axis=(0, 1)), at_end.sum(axis=0))


def score(params: CRFParams, emissions: Array, tags: Any, lengths: Any = None) -> Array:
    """`s(y)` of each sequence, (B,); arguments and errors as in `log_likelihood`.

    >>> params = CRFParams(np.array([[0.0, 2.0], [0.0, 0.0]]), np.zeros(2), np.array([0.0, 1.0]))
    >>> score(params, np.zeros((2, 1, 2)), np.array([[0], [1]])).tolist()
    [3.0]
    """
    emissions, lengths = _labelling.checked(params, emissions, lengths)
    T, B, K = emissions.shape
    tags = _labelling.labels("tags", tags, (T, B), lengths, K)
    return _score(params, emissions, tags, lengths)


def log_partition(params: CRFParams, emissions: Array, lengths: Any = None) -> Array:
    """`log Z` of each sequence, (B,); arguments and errors as in `log_likelihood`.

    >>> flat = CRFParams(np.zeros((2, 2)), np.zeros(2), np.zeros(2))
    >>> np.exp(log_partition(flat, np.zeros((3, 1, 2)))).round(4).tolist()
    [8.0]
    """
    return _forward(params, *_labelling.checked(params, emissions, lengths))[0]


def marginals(params: CRFParams, emissions: Array, lengths: Any = None) -> Array:
    """`p(y[t] = k | x)` (T, B, K), zero beyond a sequence's end; errors as in `log_likelihood`.

    >>> params = CRFParams(np.zeros((2, 2)), np.array([np.log(3.0), 0.0]), np.zeros(2))
    >>> marginals(params, np.zeros((2, 1, 2)))[:, 0].round(4).tolist()
    [[0.75, 0.25], [0.5, 0.5]]
    """
    emissions, lengths = _labelling.checked(params, emissions, lengths)
    log_z, r, alpha = _forward(params, emissions, lengths)
    return _expected(params, lengths, r, alpha, np.ones_like(log_z))[0]


def viterbi(params: CRFParams, emissions: Array, lengths: Any = None) -> tuple[Array, Array]:
    """The best sequence of tags and its score `s(y)`.

    Args:
        params: the scores of transitions, start and end.
        emissions: (T, B, K).
        lengths: (B,) steps in each sequence.

    Returns:
        The tags (T, B), -1 beyond a sequence's end, and their scores (B,). Of equal sequences the
        one whose last differing tag has the smaller number is returned.

    Raises:
        ValueError: as `log_likelihood`.

    >>> params = CRFParams(np.array([[0.0, 0.0], [0.0, 2.0]]), np.zeros(2), np.zeros(2))
    >>> tags, best = viterbi(params, np.array([[[1.0, 0.0]], [[0.0, 0.0]], [[0.0, 1.0]]]))
    >>> tags[:, 0].tolist(), best.tolist()
    ([1, 1, 1], [5.0])
    """
    emissions, lengths = _labelling.checked(params, emissions, lengths)
    T, B, K = emissions.shape
    came_from = np.zeros((T, B, K), np.intp)
    best = params.start + emissions[0] if T else np.zeros((B, K), emissions.dtype)
    for t in range(1, T):
        scores = best.T[:, :, None] + params.A[:, None, :]  # (K before, B, K)
        came_from[t] = scores.argmax(axis=0)
        best = np.where((t < lengths)[:, None], scores.max(axis=0) + emissions[t], best)
    return _labelling.traced(came_from, best + params.end, lengths)


def _forward(params: CRFParams, emissions: Array, lengths: Array) -> tuple[Array, Array, Array]:
    """Log Z (B,), r and α (T, B, K)."""
    T, B, _ = emissions.shape
    r, alpha = np.empty_like(emissions), np.empty_like(emissions)
    tops = np.zeros((T, B), emissions.real.dtype)  # c
    A, shares, lost = _labelling.shares(params.A)
    r[:1] = params.start  # eq. 2
    for t in range(T):
        if t > 0:
            r[t] = _labelling.log_sums(alpha[t - 1], A, shares, lost)  # eq. 2
        np.add(r[t], emissions[t], out=alpha[t])  # eq. 3
        alpha[t].real.max(axis=1, out=tops[t])
        alpha[t] -= tops[t, :, None]  # eq. 3
    tops[1:] += params.A.real.max()  # what every move was short of
    log_z = np.zeros(B, emissions.dtype)
    some = np.flatnonzero(lengths)
    log_z[some] = log_sum_exp(alpha[lengths[some] - 1, some] + params.end, axis=1)  # eq. 4
    return log_z + (tops * _validate.real_steps(lengths, T)).sum(axis=0), r, alpha  # eq. 4


def _expected(
    params: CRFParams, lengths: Array, r: Array, alpha: Array, weights: Array
) -> tuple[Array, Array]:
    """Marginals (T, B, K), zero beyond each end, and pairs (K, K); sequences are weighed."""
    T, _, K = alpha.shape
    p, pairs = np.zeros_like(alpha), np.zeros_like(params.A)
    begun = np.flatnonzero(lengths)
    last = lengths[begun] - 1, begun
    p[last] = softmax(alpha[last] + params.end) * weights[begun, None]  # eq. 5
    A, shares, lost = _labelling.shares(params.A)
    before, total = np.exp(alpha), np.exp(r[1:])
    far = total.min(axis=1, initial=np.inf) <= lost  # (T - 1, K)
    total[np.broadcast_to(far[:, None], total.shape)] = np.inf  # so that the product skips them
    some, after = far.any(axis=1), np.empty_like(total)
    for t in reversed(range(T - 1)):
        np.divide(p[t + 1], total[t], out=after[t])
        p[t] += before[t] * (after[t] @ shares.T)  # eqs. 6, 7
        if some[t]:
            j = far[t]
            both = np.exp(alpha[t].T[:, :, None] + A[:, None, j] - r[t + 1][:, j])  # (K, B, some)
            both *= p[t + 1][:, j]  # eq. 6
            p[t] += both.sum(axis=2).T  # eq. 7
            pairs[:, j] += both.sum(axis=1)
    pairs += shares * (before[:-1].reshape(-1, K).T @ after.reshape(-1, K))  # eq. 6
    return p, pairs


def _score(params: CRFParams, emissions: Array, tags: Array, lengths: Array) -> Array:
    T, B, _ = emissions.shape
    if T == 0:
        return np.zeros(B, emissions.dtype)
    seen = np.take_along_axis(emissions, tags[:, :, None], axis=2)[:, :, 0]  # 0 where padding
    moved = params.A[tags[:-1], tags[1:]] * _validate.real_steps(lengths, T)[1:]
    ends = params.start[tags[0]] + params.end[tags[lengths - 1, np.arange(B)]]
    total: Array = seen.sum(axis=0) + moved.sum(axis=0) + ends * (lengths > 0)  # eq. 1
    return total
