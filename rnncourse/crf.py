"""The linear-chain conditional random field: one distribution over whole sequences of tags.

    s(y)    = start[y[1]] + Σ e[t, y[t]] + Σ A[y[t-1], y[t]] + end[y[T]]
    log p(y | x) = s(y) - log Z         Z = Σ exp s(y') over all Kᵀ sequences y'

The emissions e come from a network. The forward algorithm sums in T K² operations, in logarithms:

    α[1, j] = start[j] + e[1, j]
    α[t, j] = e[t, j] + log Σ_i exp(α[t-1, i] + A[i, j])
    log Z   = log Σ_j exp(α[T, j] + end[j])

and the gradient of log Z is how often the model expects each tag and each pair, its marginals:

    β[T, i] = end[i]        β[t, i] = log Σ_j exp(A[i, j] + e[t+1, j] + β[t+1, j])
    p(y[t] = i)             = exp(α[t, i] + β[t, i] - log Z)
    p(y[t] = i, y[t+1] = j) = exp(α[t, i] + A[i, j] + e[t+1, j] + β[t+1, j] - log Z)

So each gradient of log p(y | x) is what was seen minus what was expected. Viterbi's algorithm is
the forward algorithm with the maximum in place of the sum.

Arrays are time-major. A sequence of no steps has one labelling, the empty one, of score 0.

Source: J. Lafferty, A. McCallum and F. Pereira, Conditional random fields, ICML (2001).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init, _labelling, _validate
from rnncourse._labelling import log_sum_exp
from rnncourse._validate import Array

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
    emissions: Array  # (T, B, K), padding zeroed
    tags: Array  # (T, B), padding zeroed
    lengths: Array  # (B,)
    alpha: Array  # (T, B, K)
    log_z: Array  # (B,)


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
    emissions, lengths = _checked(params, emissions, lengths)
    T, B, K = emissions.shape
    tags = _labelling.labels("tags", tags, (T, B), lengths, K)
    alpha, log_z = _forward(params, emissions, lengths)
    value = _score(params, emissions, tags, lengths) - log_z
    return value, _Cache(params, emissions, tags, lengths, alpha, log_z)


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
    params, emissions, tags, lengths, alpha, log_z = cache
    T, B, K = emissions.shape
    d_value = _labelling.weights_of_sequences("d_value", d_value, B, emissions.dtype)
    p, pairs = _expected(params, emissions, lengths, alpha, log_z, d_value)
    seen = np.eye(K, dtype=emissions.dtype)[tags]  # (T, B, K)
    d_emissions = (seen - p) * d_value[:, None]
    d_emissions[~_validate.real_steps(lengths, T)] = 0

    d_A = -pairs
    real = np.broadcast_to(d_value, (T, B))[1:] * _validate.real_steps(lengths, T)[1:]
    np.add.at(d_A, (tags[:-1], tags[1:]), real)
    some = np.flatnonzero(lengths)
    at_start = d_emissions[0, some] if T else d_emissions.reshape(-1, K)
    at_end = d_emissions[lengths[some] - 1, some]
    return d_emissions, CRFParams(d_A, at_start.sum(axis=0), at_end.sum(axis=0))


def score(params: CRFParams, emissions: Array, tags: Any, lengths: Any = None) -> Array:
    """`s(y)` of each sequence, (B,); arguments and errors as in `log_likelihood`.

    >>> params = CRFParams(np.array([[0.0, 2.0], [0.0, 0.0]]), np.zeros(2), np.array([0.0, 1.0]))
    >>> score(params, np.zeros((2, 1, 2)), np.array([[0], [1]])).tolist()
    [3.0]
    """
    emissions, lengths = _checked(params, emissions, lengths)
    T, B, K = emissions.shape
    tags = _labelling.labels("tags", tags, (T, B), lengths, K)
    return _score(params, emissions, tags, lengths)


def log_partition(params: CRFParams, emissions: Array, lengths: Any = None) -> Array:
    """`log Z` of each sequence, (B,); arguments and errors as in `log_likelihood`.

    >>> flat = CRFParams(np.zeros((2, 2)), np.zeros(2), np.zeros(2))
    >>> np.exp(log_partition(flat, np.zeros((3, 1, 2)))).round(4).tolist()
    [8.0]
    """
    return _forward(params, *_checked(params, emissions, lengths))[1]


def marginals(params: CRFParams, emissions: Array, lengths: Any = None) -> Array:
    """`p(y[t] = k | x)` (T, B, K), zero beyond a sequence's end; errors as in `log_likelihood`.

    >>> params = CRFParams(np.zeros((2, 2)), np.array([np.log(3.0), 0.0]), np.zeros(2))
    >>> marginals(params, np.zeros((2, 1, 2)))[:, 0].round(4).tolist()
    [[0.75, 0.25], [0.5, 0.5]]
    """
    emissions, lengths = _checked(params, emissions, lengths)
    T, B, _ = emissions.shape
    alpha, log_z = _forward(params, emissions, lengths)
    ones = np.ones(B, emissions.dtype)
    p, _ = _expected(params, emissions, lengths, alpha, log_z, ones)
    p[~_validate.real_steps(lengths, T)] = 0
    return p


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
    emissions, lengths = _checked(params, emissions, lengths)
    T, B, K = emissions.shape
    tags = np.full((T, B), -1, np.intp)
    if T == 0:
        return tags, np.zeros(B, emissions.dtype)
    came_from = np.zeros((T, B, K), np.intp)
    best = params.start + emissions[0]  # (B, K)
    for t in range(1, T):
        scores = best.T[:, :, None] + params.A[:, None, :]  # (K before, B, K)
        came_from[t] = scores.argmax(axis=0)
        longer = scores.max(axis=0) + emissions[t]
        best = np.where((t < lengths)[:, None], longer, best)
    best = best + params.end
    tag, every = best.argmax(axis=1), np.arange(B)
    for t in reversed(range(T)):
        tags[t] = np.where(t < lengths, tag, -1)
        tag = np.where(t < lengths, came_from[t, every, tag], tag)
    return tags, np.where(lengths > 0, best.max(axis=1), best.dtype.type(0))


def _forward(params: CRFParams, emissions: Array, lengths: Array) -> tuple[Array, Array]:
    T, B, _ = emissions.shape
    alpha = np.empty(emissions.shape, np.result_type(emissions, params.A))
    if T == 0:
        return alpha, np.zeros(B, alpha.dtype)
    alpha[0] = params.start + emissions[0]
    A = params.A[:, None, :]
    for t in range(1, T):
        # the tag before comes first: sums over the first axis run along whole rows of memory
        alpha[t] = emissions[t] + log_sum_exp(alpha[t - 1].T[:, :, None] + A, axis=0)
    log_z = log_sum_exp(alpha[lengths - 1, np.arange(B)] + params.end, axis=1)
    return alpha, np.where(lengths > 0, log_z, alpha.dtype.type(0))


def _expected(
    params: CRFParams,
    emissions: Array,
    lengths: Array,
    alpha: Array,
    log_z: Array,
    weights: Array,
) -> tuple[Array, Array]:
    """Marginals (T, B, K), and the pairs (K, K) expected in the batch, sequences weighed."""
    T, B, K = emissions.shape
    p = np.empty_like(emissions)
    pairs = np.zeros((K, K), emissions.dtype)
    beta = np.broadcast_to(params.end, (B, K))
    A = params.A.T[:, None, :]  # (K after, 1, K)
    for t in reversed(range(T)):
        if t < T - 1:
            scores = A + (emissions[t + 1] + beta).T[:, :, None]  # (K after, B, K)
            top = scores.max(axis=0)
            shares = np.exp(scores - top)
            inside = (t + 1 < lengths)[:, None]
            # top belongs to a path that Z counts, so that this exponent is never above 0
            reach = np.exp(np.where(inside, alpha[t] + top - log_z[:, None], -np.inf))
            pairs += np.einsum("jbi,bi->ij", shares, reach * weights[:, None])
            beta = np.where(inside, top + np.log(shares.sum(axis=0)), params.end)
        real = (t < lengths)[:, None]
        p[t] = np.exp(np.where(real, alpha[t] + beta - log_z[:, None], -np.inf))
    return p, pairs


def _score(params: CRFParams, emissions: Array, tags: Array, lengths: Array) -> Array:
    T, B, _ = emissions.shape
    if T == 0:
        return np.zeros(B, emissions.dtype)
    seen = np.take_along_axis(emissions, tags[:, :, None], axis=2)[:, :, 0]  # 0 where padding
    moved = params.A[tags[:-1], tags[1:]] * _validate.real_steps(lengths, T)[1:]
    ends = params.start[tags[0]] + params.end[tags[lengths - 1, np.arange(B)]]
    total: Array = seen.sum(axis=0) + moved.sum(axis=0) + ends * (lengths > 0)
    return total


def _checked(params: CRFParams, emissions: Any, lengths: Any) -> tuple[Array, Array]:
    K = len(params.A) if params.A.ndim == 2 else "K"
    dtype = _validate.parameters(params, {"A": (K, K), "start": (K,), "end": (K,)})
    for name, array in zip(params._fields, params, strict=True):
        _validate.finite(f"CRFParams.{name}", array)
    e = np.asarray(emissions)
    _validate.shape("emissions", e, ("T", "B", K), because=f"K as in A {params.A.shape}")
    _validate.same_dtype("emissions", e, dtype, "the weights have")
    return _labelling.emissions("emissions", e, lengths)
