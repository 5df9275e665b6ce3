"""The child-sum Tree-LSTM: an LSTM whose past is any number of children, in no order.

    s[n] = Σ h[k]                                       over the children k of node n        (1)
    a[n] = b + W_ih x[n] + W_hh s[n]                    the parts i, g and o                 (2)
    a_f[n, k] = b_f + W_ih_f x[n] + W_hh_f h[k]         the part f, for each child its own   (3)
    i[n] = σ(a_i)     f[n, k] = σ(a_f[n, k])     g[n] = tanh(a_g)     o[n] = σ(a_o)          (4)
    c[n] = i[n] ⊙ g[n] + Σ f[n, k] ⊙ c[k]                                                    (5)
    h[n] = o[n] ⊙ tanh(c[n])                                                                 (6)

and back, the root first, where d_h[n] and d_c[n] hold the loss's own slope and the parent's part:

    d_c[n] += o (1 - tanh²(c[n])) ⊙ d_h[n]                                                   (7)
    d_a_i[n] = g i (1 - i) ⊙ d_c[n]              d_a_f[n, k] = c[k] f (1 - f) ⊙ d_c[n]       (8)
    d_a_g[n] = i (1 - g²) ⊙ d_c[n]               d_a_o[n] = tanh(c[n]) o (1 - o) ⊙ d_h[n]    (9)
    d_h[k] += W_hhᵀ d_a[n] + W_hh_fᵀ d_a_f[n, k]       d_c[k] += f[n, k] ⊙ d_c[n]           (10)
    d_W_hh = Σ d_a[n] s[n]ᵀ    d_W_hh_f = Σ d_a_f[n, k] h[k]ᵀ    d_W_ih = Σ d_a[n] x[n]ᵀ    (11)

where W_hhᵀ d_a and d_W_hh leave out the rows of f, and d_W_ih and d_b take them summed over k.

On a chain there is one child, and these are the lines of `rnncourse.lstm`, whose weights have the
same names, shapes and rows i, f, g, o. What a sum cannot tell is left from right; the form that can
is `rnncourse.tree_lstm_nary`. The inputs are (N, I), a vector for each node of a `trees.Forest`.

Source: K. S. Tai, R. Socher and C. Manning, Improved semantic representations from tree-structured
long short-term memory networks, ACL (2015), equations 2 to 8 (g is their u).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnncourse import _sequence, _validate, lstm, trees
from rnncourse._sequence import sigmoid
from rnncourse._validate import Array
from rnncourse.trees import Forest, Level

__all__ = ["TreeLSTMParams", "backward", "forward", "init"]


class TreeLSTMParams(NamedTuple):
    """The weights, or the gradient of a loss by them; rows of the gates i, f, g, o."""

    W_ih: Array  # (4H, I)
    W_hh: Array  # (4H, H)
    b: Array  # (4H,)


class _Gates(NamedTuple):
    level: Level  # of n nodes with up to A children
    i: Array  # (n, H)
    f: Array  # (n, A, H)
    g: Array  # (n, H)
    o: Array  # (n, H)


class _Cache(NamedTuple):
    params: TreeLSTMParams
    gates: list[_Gates]  # leaves first
    x: Array  # (N, I)
    h: Array  # (N + 1, H), the last row zero
    c: Array  # (N + 1, H), the last row zero


def init(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    *,
    forget_bias: float = 1.0,
    dtype: Any = np.float64,
) -> TreeLSTMParams:
    """Draw weights uniformly from ±1/√H, the forget gates' bias apart, as `lstm.init` does.

    Args:
        rng: source of the numbers, such as `np.random.default_rng(0)`.
        input_size: I, at least 1.
        hidden_size: H, at least 1.
        forget_bias: at 1 a new network takes 73 % of each child's cell, at 0 half.
        dtype: float32 or float64; everything computed from the weights keeps it.

    Raises:
        ValueError: a size below 1, or a dtype that is not floating.

    >>> [array.shape for array in init(np.random.default_rng(0), input_size=2, hidden_size=3)]
    [(12, 2), (12, 3), (12,)]
    """
    return TreeLSTMParams(
        *lstm.init(rng, input_size, hidden_size, forget_bias=forget_bias, dtype=dtype)
    )


def forward(params: TreeLSTMParams, forest: Forest, x: Array) -> tuple[Array, _Cache]:
    """Run over a batch of trees, from the leaves up.

    Args:
        params: the weights.
        forest: the trees; a node may have any number of children.
        x: (N, I), a vector for each node, of the weights' dtype.

    Returns:
        h (N, H), of which `h[forest.roots]` stand for whole trees; and the cache for `backward`.
        h shares its memory with the cache: do not write into it.

    Raises:
        ValueError: a shape or dtype that does not fit, NaN or infinity.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> chain = trees.forest([trees.parse("(c (b a))")])
    >>> x = np.random.default_rng(1).standard_normal((3, 2))
    >>> h, _ = forward(params, chain, x)
    >>> same, _, _ = lstm.forward(lstm.LSTMParams(*params), x[:, None])
    >>> bool(np.allclose(h, same[:, 0], rtol=0, atol=1e-15))
    True
    """
    dtype = _sequence.gated(params, 4)
    H = params.W_hh.shape[1]
    x = trees.inputs(forest, x, params.W_ih.shape[1], dtype, f"I as in W_ih {params.W_ih.shape}")
    h, c = np.zeros((2, len(x) + 1, H), dtype)  # row -1: the child that is not there
    a_x = params.b + x @ params.W_ih.T  # eqs. 2, 3: (N, 4H)
    W_f, W_igo = _split(params.W_hh)
    kept = []
    for level in forest.levels:
        nodes, children = level
        a_i, a_f, a_g, a_o = np.split(a_x[nodes], 4, axis=1)  # (n, H) each
        p_i, p_g, p_o = np.split(h[children].sum(axis=1) @ W_igo.T, 3, axis=1)  # eqs. 1, 2
        f = sigmoid(a_f[:, None] + h[children] @ W_f.T)  # eqs. 3, 4: (n, A, H)
        i, g, o = sigmoid(a_i + p_i), np.tanh(a_g + p_g), sigmoid(a_o + p_o)  # eq. 4
        c[nodes] = i * g + (f * c[children]).sum(axis=1)  # eq. 5
        h[nodes] = o * np.tanh(c[nodes])  # eq. 6
        kept.append(_Gates(level, i, f, g, o))
    return h[:-1], _Cache(params, kept, x, h, c)


def backward(cache: _Cache, d_h: Array) -> tuple[Array, TreeLSTMParams]:
    """Back-propagate through the structure of the trees that `forward` saw.

    Args:
        cache: the second result of `forward`.
        d_h: (N, H) gradient of the loss by each node's h; zero where the loss does not see it.

    Returns:
        d_x (N, I), and the weights' gradients, summed over all nodes.

    Raises:
        ValueError: a shape or dtype that does not fit that of the outputs.

    >>> params = init(np.random.default_rng(0), input_size=1, hidden_size=2)
    >>> twins = trees.forest([trees.parse("(+ (+ a b) c)")])
    >>> h, cache = forward(params, twins, np.ones((5, 1)))
    >>> d_x, _ = backward(cache, np.ones_like(h) * (np.arange(5) == 4)[:, None])  # of the root
    >>> bool(d_x[0] == d_x[1]), bool(d_x[0] == d_x[3])  # alike: a and b, not a and c
    (True, False)
    """
    params, kept, x, h, c = cache
    H = h.shape[1]
    d_h = np.asarray(d_h)
    _validate.shape("d_h", d_h, h[:-1].shape, because="that of h")
    _validate.same_dtype("d_h", d_h, h.dtype, "h has")

    d_h, d_c = np.concatenate([d_h, np.zeros_like(h[:1])]), np.zeros_like(c)
    d_a = np.empty((len(x), 4 * H), h.dtype)
    W_f, W_igo = _split(params.W_hh)
    d_W_f, d_W_igo = np.zeros_like(W_f), np.zeros_like(W_igo)
    for (nodes, children), i, f, g, o in reversed(kept):
        shown = np.tanh(c[nodes])
        d_c[nodes] += o * (1 - shown**2) * d_h[nodes]  # eq. 7
        d_c_n = d_c[nodes]  # (n, H)
        d_a_i = g * i * (1 - i) * d_c_n  # eq. 8
        d_a_f = c[children] * f * (1 - f) * d_c_n[:, None]  # eq. 8: (n, A, H)
        d_a_g = i * (1 - g**2) * d_c_n  # eq. 9
        d_a_o = shown * o * (1 - o) * d_h[nodes]  # eq. 9
        d_a[nodes] = np.concatenate([d_a_i, d_a_f.sum(axis=1), d_a_g, d_a_o], axis=1)
        d_igo = np.concatenate([d_a_i, d_a_g, d_a_o], axis=1)  # (n, 3H)
        # a node has one parent, so no child stands there twice; the row -1 collects what is lost
        d_h[children] += (d_igo @ W_igo)[:, None] + d_a_f @ W_f  # eq. 10
        d_c[children] += f * d_c_n[:, None]  # eq. 10
        d_W_igo += d_igo.T @ h[children].sum(axis=1)  # eq. 11
        d_W_f += d_a_f.reshape(-1, H).T @ h[children].reshape(-1, H)  # eq. 11
    d_W_i, d_W_g, d_W_o = np.split(d_W_igo, 3)
    d_W_hh = np.concatenate([d_W_i, d_W_f, d_W_g, d_W_o])
    return d_a @ params.W_ih, TreeLSTMParams(d_a.T @ x, d_W_hh, d_a.sum(axis=0))  # eq. 11


def _split(W_hh: Array) -> tuple[Array, Array]:
    """The rows of the forget gate (H, H), and those of the others (3H, H)."""
    W_i, W_f, W_g, W_o = np.split(W_hh, 4)
    return W_f, np.concatenate([W_i, W_g, W_o])
