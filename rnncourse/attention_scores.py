"""How well a key fits a query: the scores that `rnncourse.attention` turns into weights.

    score(q, k) = qᵀ k                    Dot()             no weights; q and k of one size D   (1)
                  qᵀ k / √D               Dot(scaled=True)  so that e stays of one size         (2)
                  qᵀ (W k)                General()         W turns keys into queries           (3)
                  vᵀ tanh(W_q q + W_k k)  Additive()        a layer of A tanh units             (4)

and back, given d_e[s, t], the slope of the loss by the score of query s and key t, with
z[s, t] = tanh(W_q q[s] + W_k k[t]):

    dot       d_q[s] = Σ_t d_e[s, t] k[t]             d_k[t] = Σ_s d_e[s, t] q[s]               (5)
    scaled    both divided by √D                                                                (6)
    general   with p[t] = W k[t] as dot has k[t], then
              d_k[t] = Wᵀ d_p[t]                      d_W    = Σ_t d_p[t] k[t]ᵀ                 (7)
    additive  d_a[s, t] = d_e[s, t] v ⊙ (1 - z²)      d_v    = Σ_s Σ_t d_e[s, t] z[s, t]        (8)
              d_q[s] = W_qᵀ Σ_t d_a[s, t]             d_W_q  = Σ_s Σ_t d_a[s, t] q[s]ᵀ          (9)
              d_p[t] = Σ_s d_a[s, t]                  p[t]   = W_k k[t], and on as in general  (10)

A score has two parts. `keyed` is p, what it needs of the keys: the same for every query, computed
once. `score` compares queries with p. Each has its way back.

Source: D. Bahdanau, K. Cho and Y. Bengio, Neural machine translation by jointly learning to align
and translate (2015), additive; M.-T. Luong, H. Pham and C. Manning, Effective approaches to
attention-based neural machine translation (2015), dot and general; A. Vaswani et al., Attention is
all you need (2017), scaled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from rnncourse import _init, _validate
from rnncourse._validate import Array

__all__ = ["Additive", "AdditiveParams", "Dot", "General", "GeneralParams", "Score"]


class GeneralParams(NamedTuple):
    """The weights of `General`, or the gradient of a loss by them."""

    W: Array  # (Q, D)


class AdditiveParams(NamedTuple):
    """The weights of `Additive`, or the gradient of a loss by them."""

    W_q: Array  # (A, Q)
    W_k: Array  # (A, D)
    v: Array  # (A,)


class Score(Protocol):
    """What `rnncourse.attention` asks of a score."""

    def init(self, rng: np.random.Generator, Q: int, D: int, dtype: Any) -> Any:
        """Weights for queries of size Q and keys of size D; () where there are none.

        Raises:
            ValueError: no such weights, or a dtype that is not floating.
        """

    def query_size(self, params: Any, keys: Array) -> int:
        """Q, once the weights are seen to fit the keys (T, B, D).

        Raises:
            ValueError: they do not, or they are another score's.
        """

    def keyed(self, params: Any, keys: Array) -> Array:
        """Give p (T, B, P) of keys (T, B, D)."""

    def keyed_backward(self, params: Any, keys: Array, d_p: Array) -> tuple[Array, Any]:
        """d_keys (T, B, D), and the gradient by the weights in p (the others' zero)."""

    def score(self, params: Any, query: Array, p: Array) -> tuple[Array, Any]:
        """Give e (B, S, T) of queries (S, B, Q), and what the way back needs."""

    def score_backward(
        self, params: Any, query: Array, p: Array, kept: Any, d_e: Array
    ) -> tuple[Array, Array, Any]:
        """d_query (S, B, Q), d_p (T, B, P), and the gradient by the weights not in p."""


@dataclass(frozen=True)
class Dot:
    """The product of query and key; p is the keys themselves.

    >>> q, k = np.array([[[1.0, 2.0]]]), np.array([[[3.0, 4.0]], [[0.0, 1.0]]])
    >>> Dot().score((), q, k)[0].tolist()
    [[[11.0, 2.0]]]
    """

    scaled: bool = False

    def init(self, rng: np.random.Generator, Q: int, D: int, dtype: Any) -> tuple[()]:
        """Nothing: () are the weights. Errors as in `Score`."""
        if Q != D:
            raise ValueError(
                f"key_size must be query_size = {Q}, got {D}: the product of query and key needs "
                "one size; `general` and `additive` do not"
            )
        return ()

    def query_size(self, params: tuple[()], keys: Array) -> int:
        """Q = D, the last axis of the keys (T, B, D). Errors as in `Score`."""
        if params != ():
            raise ValueError(f"params must be (): this score has no weights, got {params!r}")
        return int(keys.shape[2])

    def keyed(self, params: tuple[()], keys: Array) -> Array:
        """The keys (T, B, D) themselves."""
        return keys

    def keyed_backward(self, params: tuple[()], keys: Array, d_p: Array) -> tuple[Array, Any]:
        """d_p (T, B, D) as it is: d_keys; and no gradient by weights, ()."""
        return d_p, ()

    def score(self, params: tuple[()], query: Array, p: Array) -> tuple[Array, None]:
        """The product q · p for every pair, (B, S, T)."""
        return query.transpose(1, 0, 2) @ p.transpose(1, 2, 0) * self._scale(p), None  # eqs. 1, 2

    def score_backward(
        self, params: tuple[()], query: Array, p: Array, kept: None, d_e: Array
    ) -> tuple[Array, Array, Any]:
        """d_query (S, B, D) by p, and d_p (T, B, D) by the queries."""
        d_e = d_e * self._scale(p)  # eq. 6
        d_query = d_e @ p.transpose(1, 0, 2)  # eq. 5: (B, S, D)
        d_p = d_e.transpose(0, 2, 1) @ query.transpose(1, 0, 2)  # eq. 5: (B, T, D)
        return d_query.transpose(1, 0, 2), d_p.transpose(1, 0, 2), ()

    def _scale(self, p: Array) -> float:
        return float(p.shape[2] ** -0.5) if self.scaled else 1.0


@dataclass(frozen=True)
class General:
    """The product of the query with W k.

    >>> W = np.array([[1.0, 0.0, 2.0]])
    >>> General().keyed(GeneralParams(W), np.ones((1, 1, 3))).tolist()
    [[[3.0]]]
    """

    def init(self, rng: np.random.Generator, Q: int, D: int, dtype: Any) -> GeneralParams:
        """W (Q, D) uniform from ±1/√D. Errors as in `Score`."""
        return GeneralParams(*_init.uniform(rng, D, [(Q, D)], dtype))

    def query_size(self, params: GeneralParams, keys: Array) -> int:
        """Q, the rows of W (Q, D). Errors as in `Score`."""
        _expect(params, GeneralParams)
        D = keys.shape[2]
        dtype = _validate.parameters(params, {"W": ("Q", D)})
        _validate.same_dtype("keys", keys, dtype, "the weights have")
        return len(params.W)

    def keyed(self, params: GeneralParams, keys: Array) -> Array:
        """The products W k, (T, B, Q)."""
        p: Array = keys @ params.W.T  # eq. 3
        return p

    def keyed_backward(
        self, params: GeneralParams, keys: Array, d_p: Array
    ) -> tuple[Array, GeneralParams]:
        """Back through W: d_keys (T, B, D), and the gradient by W."""
        return d_p @ params.W, GeneralParams(_outer(d_p, keys))  # eq. 7

    def score(self, params: GeneralParams, query: Array, p: Array) -> tuple[Array, None]:
        """As `Dot.score`, with p (T, B, Q) for the keys."""
        return Dot().score((), query, p)  # eq. 3

    def score_backward(
        self, params: GeneralParams, query: Array, p: Array, kept: None, d_e: Array
    ) -> tuple[Array, Array, GeneralParams]:
        """As `Dot.score_backward`, with p (T, B, Q) for the keys."""
        d_query, d_p, _ = Dot().score_backward((), query, p, None, d_e)
        return d_query, d_p, GeneralParams(np.zeros_like(params.W))


@dataclass(frozen=True)
class Additive:
    """A layer of tanh units over query and key, summed with weights v.

    >>> one = np.ones((1, 1))
    >>> params = AdditiveParams(one, one, np.array([2.0]))
    >>> e, _ = Additive().score(params, np.array([[[-1.0]]]), np.array([[[1.0]], [[99.0]]]))
    >>> e.tolist()
    [[[0.0, 2.0]]]
    """

    def init(self, rng: np.random.Generator, Q: int, D: int, dtype: Any) -> AdditiveParams:
        """A = Q units, each weight uniform from ±1/√(its inputs). Errors as in `Score`."""
        (W_q,) = _init.uniform(rng, Q, [(Q, Q)], dtype)
        (W_k,) = _init.uniform(rng, D, [(Q, D)], dtype)
        (v,) = _init.uniform(rng, Q, [(Q,)], dtype)
        return AdditiveParams(W_q, W_k, v)

    def query_size(self, params: AdditiveParams, keys: Array) -> int:
        """Q, the columns of W_q (A, Q). Errors as in `Score`."""
        _expect(params, AdditiveParams)
        A, Q = params.W_q.shape if params.W_q.ndim == 2 else ("A", "Q")
        dtype = _validate.parameters(params, {"W_q": (A, Q), "W_k": (A, keys.shape[2]), "v": (A,)})
        _validate.same_dtype("keys", keys, dtype, "the weights have")
        return int(Q)

    def keyed(self, params: AdditiveParams, keys: Array) -> Array:
        """The products W_k k, (T, B, A)."""
        p: Array = keys @ params.W_k.T  # eq. 4
        return p

    def keyed_backward(
        self, params: AdditiveParams, keys: Array, d_p: Array
    ) -> tuple[Array, AdditiveParams]:
        """Back through W_k: d_keys (T, B, D), and the gradient by W_k (the others' zero)."""
        d_W_k = _outer(d_p, keys)
        grads = AdditiveParams(np.zeros_like(params.W_q), d_W_k, np.zeros_like(params.v))
        return d_p @ params.W_k, grads

    def score(self, params: AdditiveParams, query: Array, p: Array) -> tuple[Array, Array]:
        """Give v · tanh(W_q q + p) (B, S, T), and the tanh (S, T, B, A)."""
        z = np.tanh((query @ params.W_q.T)[:, None] + p)  # eq. 4
        return (z @ params.v).transpose(2, 0, 1), z  # eq. 4

    def score_backward(
        self, params: AdditiveParams, query: Array, p: Array, kept: Array, d_e: Array
    ) -> tuple[Array, Array, AdditiveParams]:
        """Back through v, the tanh and W_q: d_query (S, B, Q), d_p (T, B, A), and grads."""
        z, d_e = kept, d_e.transpose(1, 2, 0)[..., None]  # (S, T, B, 1)
        d_a = d_e * params.v * (1 - z**2)  # eq. 8: (S, T, B, A)
        d_q = d_a.sum(axis=1)  # (S, B, A), by W_q q
        d_v = d_e.reshape(-1) @ z.reshape(-1, z.shape[3])  # eq. 8
        grads = AdditiveParams(_outer(d_q, query), np.zeros_like(params.W_k), d_v)  # eq. 9
        return d_q @ params.W_q, d_a.sum(axis=0), grads  # eqs. 9, 10


def _outer(d: Array, x: Array) -> Array:
    """Σ d xᵀ over the first two axes of d (·, B, m) and x (·, B, n)."""
    result: Array = d.reshape(-1, d.shape[2]).T @ x.reshape(-1, x.shape[2])
    return result


def _expect(params: Any, kind: Any) -> None:
    if not isinstance(params, kind):
        raise ValueError(f"params must be {kind.__name__}, got {type(params).__name__}")
