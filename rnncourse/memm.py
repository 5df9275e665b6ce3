"""The maximum-entropy Markov model: each tag given the tag before, normalised step by step.

    p(y[1] = j)              = softmax_j(start[j] + e[1, j])                            (1)
    p(y[t] = j | y[t-1] = i) = softmax_j(A[i, j] + e[t, j])                             (2)
    log p(y | x)             = Σ log p(y[t] | y[t-1])                                   (3)

and back, with q[t] = p(y[t] = · | y[t-1]) at the tag that does stand before:

    d_e[t] = onehot(y[t]) - q[t]       d_A[y[t-1], :] += d_e[t]       d_start = d_e[1]  (4)

Training needs no forward algorithm: the tags before are known. But every tag hands on all of its
probability, whatever comes: a tag with one successor ignores the input. That is label bias, which
`rnncourse.crf` does not have, since it normalises whole sequences only. Two words, tags a A b B;
A follows a and B follows b, nothing else does. The first word is a little more like a, the second
much more like B, and together b B is the better reading:

>>> from rnncourse import crf
>>> never = -30.0
>>> A = np.full((4, 4), never)
>>> A[0, 1] = A[2, 3] = 0
>>> start = np.array([0, never, 0, never])
>>> emissions = np.array([[[1.0, 0, 0, 0]], [[0, 0, 0, 5.0]]])
>>> tags, p = viterbi(MEMMParams(A, start), emissions)
>>> tags[:, 0].tolist(), np.exp(p).round(4).tolist()  # a A, as if the second word were not there
([0, 1], [0.7311])
>>> tags, _ = crf.viterbi(crf.CRFParams(A, start, np.zeros(4)), emissions)
>>> tags[:, 0].tolist()  # b B
[2, 3]

Arrays are time-major.

Source: A. McCallum, D. Freitag and F. Pereira, Maximum entropy Markov models for information
extraction and segmentation, ICML (2000); label bias: J. Lafferty et al., ICML (2001).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init, _labelling, _validate
from rnncourse._labelling import log_sum_exp
from rnncourse._validate import Array

__all__ = ["MEMMParams", "backward", "init", "log_likelihood", "viterbi"]


class MEMMParams(NamedTuple):
    """The scores that do not depend on the input, or the gradient of a loss by them."""

    A: Array  # (K, K), A[i, j] for tag j right after tag i
    start: Array  # (K,)


class _Cache(NamedTuple):
    params: MEMMParams
    log_q: Array  # (T, B, K), each tag given the true one before
    tags: Array  # (T, B), padding zeroed
    lengths: Array  # (B,)


def init(rng: np.random.Generator, tags: int, *, dtype: Any = np.float64) -> MEMMParams:
    """Draw the scores uniformly from ±1/√K.

    Args:
        rng: source of the numbers, such as `np.random.default_rng(0)`.
        tags: K, at least 1.
        dtype: float32 or float64; everything computed from the scores keeps it.

    Raises:
        ValueError: fewer than one tag, or a dtype that is not floating.

    >>> [array.shape for array in init(np.random.default_rng(0), tags=3)]
    [(3, 3), (3,)]
    """
    _init.sizes(tags=tags)
    return MEMMParams(*_init.uniform(rng, tags, [(tags, tags), (tags,)], dtype))


def log_likelihood(
    params: MEMMParams, emissions: Array, tags: Any, lengths: Any = None
) -> tuple[Array, _Cache]:
    """`log p(y | x)` of each sequence.

    Args:
        params: the scores of transitions and start.
        emissions: (T, B, K), the score of each tag at each step.
        tags: (T, B) integers from 0 to K - 1.
        lengths: (B,) steps in each sequence. Beyond its end emissions and tags may hold anything,
            NaN included, and change nothing.

    Returns:
        The log-likelihoods (B,), and the cache for `backward`.

    Raises:
        ValueError: a shape or dtype that does not fit, a tag or length out of range, NaN or
            infinity within a sequence.

    >>> flat = MEMMParams(np.zeros((2, 2)), np.zeros(2))
    >>> value, _ = log_likelihood(flat, np.zeros((3, 1, 2)), np.zeros((3, 1), int))
    >>> np.exp(value).round(4).tolist()
    [0.125]
    """
    emissions, lengths = _labelling.checked(params, emissions, lengths)
    T, B, K = emissions.shape
    tags = _labelling.labels("tags", tags, (T, B), lengths, K)
    scores = emissions.copy()
    scores[:1] += params.start  # eq. 1
    scores[1:] += params.A[tags[:-1]]  # eq. 2
    log_q = scores - log_sum_exp(scores, axis=2)[:, :, None]  # eqs. 1, 2: (T, B, K)
    chosen = np.take_along_axis(log_q, tags[:, :, None], axis=2)[:, :, 0]
    value = (chosen * _validate.real_steps(lengths, T)).sum(axis=0)  # eq. 3
    return value, _Cache(params, log_q, tags, lengths)


def backward(cache: _Cache, d_value: Array | None = None) -> tuple[Array, MEMMParams]:
    """The gradient of the log-likelihoods: at each step, what was seen minus what was expected.

    Args:
        cache: the second result of `log_likelihood`.
        d_value: (B,) gradient of the loss by each log-likelihood; ones when left out. For the
            negative log-likelihood, mean over the batch, it is -1/B.

    Returns:
        d_emissions (T, B, K), zero beyond a sequence's end, and the gradients by the scores,
        summed over the batch.

    Raises:
        ValueError: d_value has not the shape or dtype of the log-likelihoods.

    >>> flat = MEMMParams(np.zeros((2, 2)), np.zeros(2))
    >>> _, cache = log_likelihood(flat, np.zeros((2, 1, 2)), np.array([[0], [1]]))
    >>> d_emissions, grads = backward(cache)
    >>> d_emissions[:, 0].tolist()
    [[0.5, -0.5], [-0.5, 0.5]]
    >>> grads.A.tolist()  # only the row of the tag that stood before
    [[-0.5, 0.5], [0.0, 0.0]]
    """
    params, log_q, tags, lengths = cache
    T, B, K = log_q.shape
    d_value = _labelling.weights_of_sequences("d_value", d_value, B, log_q.dtype)
    seen = np.eye(K, dtype=log_q.dtype)[tags]  # (T, B, K)
    d_emissions = (seen - np.exp(log_q)) * d_value[:, None]  # eq. 4
    d_emissions[~_validate.real_steps(lengths, T)] = 0
    d_A = np.zeros_like(params.A)
    np.add.at(d_A, tags[:-1], d_emissions[1:])  # eq. 4
    return d_emissions, MEMMParams(d_A, d_emissions[:1].sum(axis=(0, 1)))  # eq. 4


def viterbi(params: MEMMParams, emissions: Array, lengths: Any = None) -> tuple[Array, Array]:
    """The likeliest sequence of tags and its `log p(y | x)`.

    Args:
        params: the scores of transitions and start.
        emissions: (T, B, K).
        lengths: (B,) steps in each sequence.

    Returns:
        The tags (T, B), -1 beyond a sequence's end, and their log-likelihoods (B,).

    Raises:
        ValueError: as `log_likelihood`.

    >>> params = MEMMParams(np.array([[0.0, 0.0], [0.0, 2.0]]), np.zeros(2))
    >>> tags, p = viterbi(params, np.zeros((3, 1, 2)))
    >>> tags[:, 0].tolist(), np.exp(p).round(4).tolist()  # ½ · 0.8808²
    ([1, 1, 1], [0.3879])
    """
    emissions, lengths = _labelling.checked(params, emissions, lengths)
    T, B, K = emissions.shape
    came_from = np.zeros((T, B, K), np.intp)
    best = params.start + emissions[0] if T else np.zeros((B, K), emissions.dtype)  # eq. 1
    best = best - log_sum_exp(best, axis=1)[:, None]
    for t in range(1, T):
        step = params.A[:, None, :] + emissions[t]  # eq. 2: (K before, B, K)
        step = step - log_sum_exp(step, axis=2)[:, :, None]  # the one line that differs from a CRF
        scores = best.T[:, :, None] + step
        came_from[t] = scores.argmax(axis=0)
        best = np.where((t < lengths)[:, None], scores.max(axis=0), best)
    return _labelling.traced(came_from, best, lengths)
