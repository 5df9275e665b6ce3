"""Attention: the mean of a sequence, weighted by how well each of its entries fits a question.

    e[s, t] = score(q[s], k[t])             of query s and key t, see `attention_scores`       (1)
    w[s, ·] = softmax(e[s, ·])              over the entries of the sequence, not its padding  (2)
    c[s]    = Σ_t w[s, t] v[t]              the context                                        (3)

and back, given d_c[s]:

    d_w[s, t] = d_c[s] · v[t]               d_v[t] = Σ_s w[s, t] d_c[s]                        (4)
    d_e[s, t] = w[s, t] (d_w[s, t] - Σ_t' w[s, t'] d_w[s, t'])                                 (5)
    d_q, d_k and the weights' gradients by the score's own way back                            (6)

There are four, each with the weights that its score needs:

    dot          qᵀ k                           scaled_dot   qᵀ k / √D
    general      qᵀ (W k)                       additive     vᵀ tanh(W_q q + W_k k)

A sequence of length 0 has nothing to look at: its weights, context and gradients are zero.

`forward` is two steps: `remember` computes what all queries need of the keys, once; `look` asks one
query or several at once. A decoder, whose next query depends on what it saw last, calls them apart.

Arrays are time-major: S queries and T keys for each of B sequences.

Source: D. Bahdanau, K. Cho and Y. Bengio, Neural machine translation by jointly learning to align
and translate (2015); M.-T. Luong, H. Pham and C. Manning, Effective approaches to attention-based
neural machine translation (2015); A. Vaswani et al., Attention is all you need (2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init, _tree, _validate
from rnncourse._validate import Array
from rnncourse.attention_scores import (
    Additive,
    AdditiveParams,
    Dot,
    General,
    GeneralParams,
    Score,
)

__all__ = [
    "AdditiveParams",
    "Attention",
    "GeneralParams",
    "Look",
    "Memory",
    "additive",
    "dot",
    "general",
    "scaled_dot",
]


class Memory(NamedTuple):
    """A sequence as every query finds it, padding zeroed."""

    keys: Array  # (T, B, D)
    values: Array  # (T, B, V)
    p: Array  # (T, B, P), what the score needs of the keys
    real: Array | None  # (B, 1, T), which entries are no padding


class Look(NamedTuple):
    """What `look_backward` needs."""

    query: Array  # (S, B, Q)
    w: Array  # (B, S, T)
    kept: Any  # the score's own


class _Cache(NamedTuple):
    params: Any
    memory: Memory
    look: Look


@dataclass(frozen=True)
class Attention:
    """Attention by a score; `dot`, `scaled_dot`, `general` and `additive` are ready."""

    score: Score

    def init(
        self, rng: np.random.Generator, query_size: int, key_size: int, *, dtype: Any = np.float64
    ) -> Any:
        """Draw the weights uniformly from ±1/√(their inputs); () where the score has none.

        Args:
            rng: source of the numbers, such as `np.random.default_rng(0)`.
            query_size: Q; `additive` has as many units, A = Q.
            key_size: D; for `dot` and `scaled_dot` the same as Q.
            dtype: float32 or float64.

        Raises:
            ValueError: a size below 1 or that does not fit, or a dtype that is not floating.

        >>> [W.shape for W in additive.init(np.random.default_rng(0), query_size=3, key_size=2)]
        [(3, 3), (3, 2), (3,)]
        """
        _init.sizes(query_size=query_size, key_size=key_size)
        return self.score.init(rng, query_size, key_size, dtype)

    def forward(
        self, params: Any, query: Array, keys: Array, values: Array, *, lengths: Any = None
    ) -> tuple[Array, Array, _Cache]:
        """Look at every sequence of a batch, once for each query.

        Args:
            params: what `init` gave.
            query: (S, B, Q), of the weights' dtype.
            keys: (T, B, D).
            values: (T, B, V), often the keys themselves.
            lengths: (B,) entries of each sequence, 0 to T. What keys and values hold beyond
                changes nothing, NaN included.

        Returns:
            The contexts (S, B, V); the weights (S, B, T), zero beyond a sequence's end; and the
            cache for `backward`. The weights share their memory with it: do not write into them.

        Raises:
            ValueError: a shape or dtype that does not fit, lengths out of range, NaN or infinity.

        >>> keys, values = np.array([[[5.0, 0.0]], [[0.0, 5.0]]]), np.array([[[1.0]], [[2.0]]])
        >>> context, weights, _ = dot.forward((), np.array([[[2.0, 0.0]]]), keys, values)
        >>> round(context.item(), 3), weights[0, 0].round(3).tolist()  # the first key fits
        (1.0, [1.0, 0.0])
        """
        memory = self.remember(params, keys, values, lengths=lengths)
        context, weights, look = self.look(params, memory, query)
        return context, weights, _Cache(params, memory, look)

    def backward(self, cache: _Cache, d_context: Array) -> tuple[Array, Array, Array, Any]:
        """Go back over `forward`.

        Args:
            cache: its third result.
            d_context: (S, B, V), gradient of the loss by each context.

        Returns:
            d_query (S, B, Q); d_keys (T, B, D) and d_values (T, B, V), zero beyond a sequence's
            end; the weights' gradients. Where the values are the keys, add the two.

        Raises:
            ValueError: d_context has not the shape or dtype of the contexts.

        >>> keys, values = np.zeros((2, 1, 1)), np.array([[[1.0]], [[2.0]]])
        >>> _, _, cache = dot.forward((), np.ones((1, 1, 1)), keys, values)
        >>> _, d_keys, d_values, _ = dot.backward(cache, np.ones((1, 1, 1)))
        >>> d_keys.ravel().tolist(), d_values.ravel().tolist()
        ([-0.25, 0.25], [0.5, 0.5])
        """
        params, memory, look = cache
        d_query, d_p, d_values, grads = self.look_backward(params, memory, look, d_context)
        d_keys, of_keys = self.remember_backward(params, memory, d_p)
        return d_query, d_keys, d_values, _tree.apply(np.add, grads, of_keys)

    def remember(self, params: Any, keys: Array, values: Array, *, lengths: Any = None) -> Memory:
        """What every query needs; arguments and errors as those of `forward`.

        >>> memory = dot.remember((), np.ones((2, 1, 1)), np.full((2, 1, 1), np.nan), lengths=[0])
        >>> dot.look((), memory, np.ones((1, 1, 1)))[0].tolist()  # nothing to look at
        [[[0.0]]]
        """
        keys, values = np.asarray(keys), np.asarray(values)
        _validate.shape("keys", keys, ("T", "B", "D"))
        _validate.inexact("keys", keys.dtype)
        self.score.query_size(params, keys)
        T, B, _ = keys.shape
        _validate.shape("values", values, (T, B, "V"), because="T and B as in keys")
        _validate.same_dtype("values", values, keys.dtype, "keys have")
        known, real = _validate.lengths(lengths, T, B), None
        if known is not None:
            inside = _validate.real_steps(known, T)
            keys, values = (
                np.where(inside[:, :, None], a, a.dtype.type(0)) for a in (keys, values)
            )
            real = inside.T[:, None]
        _validate.finite("keys", keys)
        _validate.finite("values", values)
        return Memory(keys, values, self.score.keyed(params, keys), real)

    def look(self, params: Any, memory: Memory, query: Array) -> tuple[Array, Array, Look]:
        """Contexts (S, B, V), weights (S, B, T), and what `look_backward` needs.

        Raises:
            ValueError: the shape or dtype of `query` does not fit, or NaN or infinity in it.

        >>> memory = dot.remember((), np.zeros((4, 1, 1)), np.zeros((4, 1, 1)))
        >>> dot.look((), memory, np.ones((1, 1, 1)))[1].tolist()  # no key fits better
        [[[0.25, 0.25, 0.25, 0.25]]]
        """
        query = np.asarray(query)
        B, Q = memory.keys.shape[1], self.score.query_size(params, memory.keys)
        _validate.shape("query", query, ("S", B, Q), because="B as in keys, Q as the score needs")
        _validate.same_dtype("query", query, memory.keys.dtype, "keys have")
        _validate.finite("query", query)
        e, kept = self.score.score(params, query, memory.p)  # eq. 1
        w = _softmax(e, memory.real)  # eq. 2: (B, S, T)
        context = w @ memory.values.transpose(1, 0, 2)  # eq. 3: (B, S, V)
        return context.transpose(1, 0, 2), w.transpose(1, 0, 2), Look(query, w, kept)

    def look_backward(
        self, params: Any, memory: Memory, look: Look, d_context: Array
    ) -> tuple[Array, Array, Array, Any]:
        """Go back over one `look`, given d_context (S, B, V).

        Returns:
            d_query (S, B, Q), d_p (T, B, P), d_values (T, B, V), and the gradients by the weights
            that are not in p.

        Raises:
            ValueError: the shape or dtype of `d_context` does not fit that of the contexts.
        """
        query, w, kept = look
        wanted = *query.shape[:2], memory.values.shape[2]
        d_context = np.asarray(d_context)
        _validate.shape("d_context", d_context, wanted, because="that of the context")
        _validate.same_dtype("d_context", d_context, query.dtype, "the context has")
        d_c = d_context.transpose(1, 0, 2)  # (B, S, V)
        d_values = w.transpose(0, 2, 1) @ d_c  # eq. 4: (B, T, V)
        d_w = d_c @ memory.values.transpose(1, 2, 0)  # eq. 4: (B, S, T)
        d_e = w * (d_w - (w * d_w).sum(axis=2, keepdims=True))  # eq. 5
        d_query, d_p, grads = self.score.score_backward(params, query, memory.p, kept, d_e)  # eq. 6
        return d_query, d_p, d_values.transpose(1, 0, 2), grads

    def remember_backward(self, params: Any, memory: Memory, d_p: Array) -> tuple[Array, Any]:
        """d_keys (T, B, D) and the gradients by the weights in p, given d_p of all looks."""
        return self.score.keyed_backward(params, memory.keys, d_p)  # eq. 6


dot = Attention(Dot())
scaled_dot = Attention(Dot(scaled=True))
general = Attention(General())
additive = Attention(Additive())


def _softmax(e: Array, real: Array | None) -> Array:
    """Weights (B, S, T), zero in the padding, and all zero where there is nothing else."""
    if real is not None:
        e = np.where(real, e, e.dtype.type(-np.inf))
    # only the real part is compared, so that a complex step passes through unchanged
    top = e.real.max(axis=2, keepdims=True, initial=-np.inf)
    p = np.exp(e - np.where(top > -np.inf, top, 0))
    total = p.sum(axis=2, keepdims=True)
    w: Array = p / np.where(total == 0, 1, total)
    return w
