"""The end-to-end memory network: a question looks through a story, several times over.

    m[k, s] = Σ_j l[j] ⊙ E[k][story[s, j]] + D[k][age of s]   sentence s as a memory, k = 0 … K  (1)
    u[0]    = Σ_j l[j] ⊙ E[0][query[j]]                       the question                       (2)
    p[k, s] = softmax over s of m[k, s] · u[k]                hop k = 0 … K-1: where to look     (3)
    u[k+1]  = u[k] + Σ_s p[k, s] m[k+1, s]                    what was found there               (4)
    o       = E[K] u[K]                                       a score for each word              (5)

and back, given d_o, the last hop first:

    d_u[K] = E[K]ᵀ d_o                              d_E[K] += d_o u[K]ᵀ                          (6)
    d_m[k+1, s] += p[k, s] d_u[k+1]                 d_p[s] = m[k+1, s] · d_u[k+1]                (7)
    d_a[s] = p[k, s] (d_p[s] - Σ_r p[k, r] d_p[r])  by the score that softmax turns into p       (8)
    d_m[k, s] += d_a[s] u[k]                        d_u[k] = d_u[k+1] + Σ_s d_a[s] m[k, s]       (9)
    d_D[k][age of s] += d_m[k, s]                   d_E[k][word j of s] += l[j] ⊙ d_m[k, s]     (10)
    d_E[0][word j of the query] += l[j] ⊙ d_u[0]                                                (11)

The weights of the hops are tied as the source's adjacent form has it: what a hop gives out, E[k+1],
is what the next one looks for, E[0] reads the question and E[K] writes the answer. (The other form,
layer-wise, has one pair for all hops.) D is the temporal encoding: how many sentences ago, 0 for
the last. l[j] is 1, a bag of words; or, with `position=True`, in entry h = 1 … H of word j of J

    l[j, h] = (1 - j/J) - (h/H)(1 - 2j/J)                                                       (12)

so that the order of words counts. Stories are (S, B, J), sentence by sentence, as time elsewhere.

Source: S. Sukhbaatar, A. Szlam, J. Weston and R. Fergus, End-to-end memory networks, NIPS (2015),
less its linear start and random noise; after J. Weston, S. Chopra and A. Bordes, Memory networks
(2014), where the supporting sentences had to be given in training.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init, _validate
from rnncourse._validate import Array

__all__ = ["MemoryNetworkParams", "backward", "forward", "init"]


class MemoryNetworkParams(NamedTuple):
    """The weights, or the gradient of a loss by them, of K hops."""

    E: Array  # (K + 1, V, H) each word's embeddings
    D: Array  # (K + 1, M, H) those of each age, of at most M sentences


class _Words(NamedTuple):
    numbers: Array  # (…, J), some word where there is none
    weights: Array  # (…, J, 1 or H), l, zero where there is no word


class _Cache(NamedTuple):
    params: MemoryNetworkParams
    story: _Words  # (S, B, J)
    query: _Words  # (B, J)
    age: Array  # (S, B), 0 beyond a story's end
    m: Array  # (K + 1, S, B, H)
    u: Array  # (K + 1, B, H)
    p: Array  # (K, S, B)


def init(
    rng: np.random.Generator,
    vocabulary_size: int,
    hidden_size: int,
    *,
    hops: int = 3,
    memory_size: int = 20,
    dtype: Any = np.float64,
) -> MemoryNetworkParams:
    """Draw embeddings from the normal distribution of deviation 0.1, as the source does.

    Args:
        rng: source of the numbers, such as `np.random.default_rng(0)`.
        vocabulary_size: V, at least 1.
        hidden_size: H, at least 1.
        hops: K, at least 1.
        memory_size: M, the sentences of the longest story, at least 1.
        dtype: float32 or float64; everything computed from the weights keeps it.

    Raises:
        ValueError: a size below 1, or a dtype that is not floating.

    >>> [array.shape for array in init(np.random.default_rng(0), 17, 20, hops=2, memory_size=10)]
    [(3, 17, 20), (3, 10, 20)]
    """
    _init.sizes(
        vocabulary_size=vocabulary_size,
        hidden_size=hidden_size,
        hops=hops,
        memory_size=memory_size,
    )
    _validate.floating(dtype)
    shapes = [(hops + 1, n, hidden_size) for n in (vocabulary_size, memory_size)]
    return MemoryNetworkParams(*(rng.normal(0, 0.1, shape).astype(dtype) for shape in shapes))


def forward(
    params: MemoryNetworkParams,
    story: Any,
    query: Any,
    *,
    lengths: Any = None,
    position: bool = False,
) -> tuple[Array, Array, _Cache]:
    """Answer a batch of questions.

    Args:
        params: the weights.
        story: (S, B, J) numbers of words, integers; -1 where a sentence has no more words.
        query: (B, J) likewise, of a J of its own.
        lengths: (B,) sentences in each story, 0 to S. Beyond them `story` may hold any numbers.
        position: weigh words by their position, not all alike.

    Returns:
        o (B, V); p (K, S, B), where each hop looks, zero beyond a story's end; and the cache for
        `backward`. p belongs to the cache: do not write into it.

    Raises:
        ValueError: a shape that does not fit, a number that is no word, a story of more sentences
            than D has ages, weights that are not finite.

    >>> E = np.zeros((2, 3, 2))  # words 0, 1 and 2; one hop
    >>> E[0, 1] = E[1, 1] = [9.0, 0.0]  # the question is for 1 …
    >>> E[1, 2] = [0.0, 1.0]  # … which is answered by what stands beside it
    >>> params = MemoryNetworkParams(E, D=np.zeros((2, 2, 2)))
    >>> story = np.array([[[0, 0]], [[1, 2]]])
    >>> o, p, _ = forward(params, story, np.array([[1]]))
    >>> p[0, :, 0].round(4).tolist()  # hop 0 looks at the sentence that has a 1
    [0.0, 1.0]
    """
    E, D = params
    H = _checked(params)
    story, query = _integers("story", story), _integers("query", query)
    _validate.shape("story", story, ("S", "B", "J"))
    S, B, _ = story.shape
    _validate.shape("query", query, (B, "J"), because=f"a question for each of B = {B} stories")
    known = _validate.lengths(lengths, S, B, longest="S")
    known = np.full(B, S) if known is None else known
    if B and known.max() > D.shape[1]:
        raise ValueError(
            f"story must have at most M = {D.shape[1]} sentences, as many as D has ages, "
            f"got {known.max()}"
        )
    real = _validate.real_steps(known, S)  # (S, B)
    words = _words("story", np.where(real[:, :, None], story, -1), E, position)
    asked = _words("query", query, E, position)
    age = np.where(real, known - 1 - np.arange(S)[:, None], 0)

    K = len(E) - 1
    m = (E[:, words.numbers] * words.weights).sum(axis=3)  # eq. 1: (K + 1, S, B, H)
    m += D[:, age] * real[:, :, None]  # eq. 1
    u, p = np.empty((K + 1, B, H), E.dtype), np.empty((K, S, B), E.dtype)
    u[0] = (E[0][asked.numbers] * asked.weights).sum(axis=1)  # eq. 2
    for k in range(K):
        p[k] = _softmax((m[k] * u[k]).sum(axis=2), real)  # eq. 3
        u[k + 1] = u[k] + (p[k][:, :, None] * m[k + 1]).sum(axis=0)  # eq. 4
    return u[K] @ E[K].T, p, _Cache(params, words, asked, age, m, u, p)  # eq. 5


def backward(cache: _Cache, d_o: Array) -> MemoryNetworkParams:
    """Back-propagate through the hops.

    Args:
        cache: the third result of `forward`.
        d_o: (B, V) gradient of the loss by each score.

    Returns:
        The weights' gradients, summed over the batch. Words have none.

    Raises:
        ValueError: a shape or dtype that does not fit that of the scores.

    >>> params = init(np.random.default_rng(0), 5, 3, hops=2, memory_size=4)
    >>> o, _, cache = forward(params, np.array([[[0, 1]], [[2, -1]]]), np.array([[0]]))
    >>> grads = backward(cache, np.ones_like(o))
    >>> grads.E[0].any(axis=1).tolist()  # word 3 and word 4: neither in the story nor asked for
    [True, True, True, False, False]
    """
    (E, D), story, query, age, m, u, p = cache
    K, B, V = len(p), u.shape[1], E.shape[1]
    d_o = np.asarray(d_o)
    _validate.shape("d_o", d_o, (B, V), because="that of o")
    _validate.same_dtype("d_o", d_o, E.dtype, "the weights have")

    d_E, d_D, d_m = np.zeros_like(E), np.zeros_like(D), np.zeros_like(m)
    d_E[K] += d_o.T @ u[K]  # eq. 6
    d_u = d_o @ E[K]  # eq. 6: (B, H), d_u[K] and then, hop by hop, the one before
    for k in reversed(range(K)):
        d_m[k + 1] += p[k][:, :, None] * d_u  # eq. 7
        d_p = (m[k + 1] * d_u).sum(axis=2)  # eq. 7: (S, B)
        d_a = p[k] * (d_p - (p[k] * d_p).sum(axis=0))  # eq. 8
        d_m[k] += d_a[:, :, None] * u[k]  # eq. 9
        d_u = d_u + (d_a[:, :, None] * m[k]).sum(axis=0)  # eq. 9
    for k in range(K + 1):
        np.add.at(d_D[k], age, d_m[k])  # eq. 10: d_m is zero beyond a story's end, where p is
        np.add.at(d_E[k], story.numbers, story.weights * d_m[k][:, :, None])  # eq. 10
    np.add.at(d_E[0], query.numbers, query.weights * d_u[:, None])  # eq. 11
    return MemoryNetworkParams(d_E, d_D)


def _integers(name: str, value: Any) -> Array:
    array = np.asarray(value)
    if array.size and not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} must hold numbers of words as integers, got dtype {array.dtype}")
    return array.astype(np.intp)


def _words(name: str, numbers: Array, E: Array, position: bool) -> _Words:
    """Numbers (…, J) as given, checked, and how much each word counts."""
    _, V, H = E.shape
    dtype = E.real.dtype
    wrong = (numbers < -1) | (numbers >= V)
    if wrong.any():
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(
            f"{name}[{', '.join(map(str, index))}] must lie between 0 and V - 1 = {V - 1}, "
            f"or be -1 for no word, got {numbers[index]}"
        )
    there = (numbers >= 0)[..., None]  # (…, J, 1)
    weights = there.astype(dtype)
    if position:
        J = np.maximum(there.sum(axis=-2, keepdims=True), 1)
        j = there.cumsum(axis=-2) / J
        h = np.arange(1, H + 1) / H
        weights = weights * ((1 - j) - h * (1 - 2 * j)).astype(dtype)  # eq. 12: (…, J, H)
    return _Words(np.maximum(numbers, 0), weights)


def _softmax(scores: Array, real: Array) -> Array:
    """`softmax` over the real sentences (S, B); zero for the others, and for an empty story."""
    # only the real part is compared, so that a complex step passes through unchanged
    top = np.where(real, scores.real, -np.inf).max(axis=0, initial=-np.inf)
    e = np.exp(np.where(real, scores - np.where(np.isfinite(top), top, 0), 0)) * real
    total = e.sum(axis=0)
    p: Array = e / np.where(real.any(axis=0), total, 1)
    return p.astype(scores.dtype)


def _checked(params: MemoryNetworkParams) -> int:
    """The weights' shapes and entries; returns H."""
    K, V, H = params.E.shape if params.E.ndim == 3 else ("K + 1", "V", "H")
    _validate.parameters(params, {"E": (K, V, H), "D": (K, "M", H)})
    if int(K) < 2:
        raise ValueError(
            "MemoryNetworkParams.E must have shape (K + 1, V, H) with K at least 1, "
            f"got {params.E.shape}"
        )
    for name, array in params._asdict().items():
        _validate.finite(f"MemoryNetworkParams.{name}", array)
    return int(H)
