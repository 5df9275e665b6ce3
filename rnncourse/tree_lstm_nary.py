"""The N-ary Tree-LSTM: an LSTM over trees that knows its first child from its second.

    p[n] = W_hh [h[1]; …; h[A]]                         from the children, at most A of them   (1)
    a[n] = b + W_ih x[n]                                the parts i, f, g and o                (2)
    i[n] = σ(a_i + p_i)     f[n, k] = σ(a_f + p_f[k])   a forget gate for each child           (3)
    g[n] = tanh(a_g + p_g)      o[n] = σ(a_o + p_o)                                            (4)
    c[n] = i[n] ⊙ g[n] + Σ f[n, k] ⊙ c[k]                                                      (5)
    h[n] = o[n] ⊙ tanh(c[n])                                                                   (6)

and back, the root first, where d_h[n] and d_c[n] hold the loss's own slope and the parent's part:

    d_c[n] += o (1 - tanh²(c[n])) ⊙ d_h[n]          d_c[k] += f[n, k] ⊙ d_c[n]                 (7)
    d_p_i[n] = g i (1 - i) ⊙ d_c[n]                 d_p_f[n, k] = c[k] f (1 - f) ⊙ d_c[n]      (8)
    d_p_g[n] = i (1 - g²) ⊙ d_c[n]                  d_p_o[n] = tanh(c[n]) o (1 - o) ⊙ d_h[n]   (9)
    [d_h[1]; …; d_h[A]] += W_hhᵀ d_p[n]             d_a is d_p, its part f summed over k      (10)
    d_W_hh = Σ d_p[n] [h[1]; …; h[A]]ᵀ     d_W_ih = Σ d_a[n] x[n]ᵀ     d_b = Σ d_a[n]         (11)

Each child has columns of W_hh of its own, and each forget gate sees all children: rows of W_hh in
the order i, f of the first child to f of the last, g, o. A child that is not there counts as zero.
With A = 1 this is `rnncourse.lstm` along a chain; without order among the children, see
`rnncourse.tree_lstm`. The inputs are (N, I), a vector for each node of a `trees.Forest`.

Source: K. S. Tai, R. Socher and C. Manning, Improved semantic representations from tree-structured
long short-term memory networks, ACL (2015), equations 9 to 14 (g is their u).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init, _validate, trees
from rnncourse._sequence import sigmoid
from rnncourse._validate import Array
from rnncourse.trees import Forest, Level

__all__ = ["NaryTreeLSTMParams", "backward", "forward", "init"]


class NaryTreeLSTMParams(NamedTuple):
    """The weights, or the gradient of a loss by them, for at most A children."""

    W_ih: Array  # (4H, I), rows of the gates i, f, g, o
    W_hh: Array  # ((3 + A) H, A H), rows i, f of each child, g, o; columns of each child
    b: Array  # (4H,)


class _Gates(NamedTuple):
    level: Level  # of n nodes
    i: Array  # (n, H)
    f: Array  # (n, A, H)
    g: Array  # (n, H)
    o: Array  # (n, H)


class _Cache(NamedTuple):
    params: NaryTreeLSTMParams
    gates: list[_Gates]  # leaves first
    x: Array  # (N, I)
    h: Array  # (N + 1, H), the last row zero
    c: Array  # (N + 1, H), the last row zero


def init(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    *,
    arity: int = 2,
    forget_bias: float = 1.0,
    dtype: Any = np.float64,
) -> NaryTreeLSTMParams:
    """Draw weights uniformly from ±1/√H, those of the children from ±1/√(A H), their inputs.

    Args:
        rng: source of the numbers, such as `np.random.default_rng(0)`.
        input_size: I, at least 1.
        hidden_size: H, at least 1.
        arity: A, the most children a node may have, at least 1.
        forget_bias: at 1 a new network takes 73 % of each child's cell, at 0 half.
        dtype: float32 or float64; everything computed from the weights keeps it.

    Raises:
        ValueError: a size below 1, or a dtype that is not floating.

    >>> [array.shape for array in init(np.random.default_rng(0), input_size=2, hidden_size=3)]
    [(12, 2), (15, 6), (12,)]
    """
    _init.sizes(input_size=input_size, hidden_size=hidden_size, arity=arity)
    H, A = hidden_size, arity
    W_ih, b = _init.uniform(rng, H, [(4 * H, input_size), (4 * H,)], dtype)
    (W_hh,) = _init.uniform(rng, A * H, [((3 + A) * H, A * H)], dtype)
    b[H : 2 * H] = forget_bias
    return NaryTreeLSTMParams(W_ih, W_hh, b)


def forward(params: NaryTreeLSTMParams, forest: Forest, x: Array) -> tuple[Array, _Cache]:
    """Run over a batch of trees, from the leaves up.

    Args:
        params: the weights.
        forest: the trees, of at most A children at each node.
        x: (N, I), a vector for each node, of the weights' dtype.

    Returns:
        h (N, H), of which `h[forest.roots]` stand for whole trees; and the cache for `backward`.
        h shares its memory with the cache: do not write into it.

    Raises:
        ValueError: a shape or dtype that does not fit, NaN or infinity, a node of more children.

    >>> params = init(np.random.default_rng(0), input_size=1, hidden_size=2)
    >>> both = trees.forest([trees.parse("(- 1 2)"), trees.parse("(- 2 1)")])
    >>> h, _ = forward(params, both, np.array([[1.0], [2.0], [0.0], [2.0], [1.0], [0.0]]))
    >>> bool(np.allclose(*h[both.roots]))
    False
    """
    dtype, H, A = _checked(params)
    x = trees.inputs(forest, x, params.W_ih.shape[1], dtype, f"I as in W_ih {params.W_ih.shape}")
    h, c = np.zeros((2, len(x) + 1, H), dtype)  # row -1: the child that is not there
    a_x = params.b + x @ params.W_ih.T  # eq. 2: (N, 4H)
    kept = []
    for level in trees.fixed_arity(forest, A):
        nodes, children = level
        a_i, a_f, a_g, a_o = np.split(a_x[nodes], 4, axis=1)  # (n, H) each
        p = h[children].reshape(-1, A * H) @ params.W_hh.T  # eq. 1: (n, (3 + A) H)
        p_i, p_f, p_g, p_o = np.split(p, [H, -2 * H, -H], axis=1)
        f = sigmoid(a_f[:, None] + p_f.reshape(-1, A, H))  # eq. 3: (n, A, H)
        i, g, o = sigmoid(a_i + p_i), np.tanh(a_g + p_g), sigmoid(a_o + p_o)  # eqs. 3, 4
        c[nodes] = i * g + (f * c[children]).sum(axis=1)  # eq. 5
        h[nodes] = o * np.tanh(c[nodes])  # eq. 6
        kept.append(_Gates(level, i, f, g, o))
    return h[:-1], _Cache(params, kept, x, h, c)


def backward(cache: _Cache, d_h: Array) -> tuple[Array, NaryTreeLSTMParams]:
    """Back-propagate through the structure of the trees that `forward` saw.

    Args:
        cache: the second result of `forward`.
        d_h: (N, H) gradient of the loss by each node's h; zero where the loss does not see it.

    Returns:
        d_x (N, I), and the weights' gradients, summed over all nodes.

    Raises:
        ValueError: a shape or dtype that does not fit that of the outputs.

    >>> params = init(np.random.default_rng(0), input_size=1, hidden_size=2)
    >>> twins = trees.forest([trees.parse("(- a b)")])
    >>> h, cache = forward(params, twins, np.ones((3, 1)))
    >>> d_x, _ = backward(cache, np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]]))
    >>> bool(d_x[0] == d_x[1])  # equal inputs, but not in equal places
    False
    """
    params, kept, x, h, c = cache
    H = h.shape[1]
    A = params.W_hh.shape[1] // H
    d_h = np.asarray(d_h)
    _validate.shape("d_h", d_h, h[:-1].shape, because="that of h")
    _validate.same_dtype("d_h", d_h, h.dtype, "h has")

    d_h, d_c = np.concatenate([d_h, np.zeros_like(h[:1])]), np.zeros_like(c)
    d_a = np.empty((len(x), 4 * H), h.dtype)
    d_W_hh = np.zeros_like(params.W_hh)
    for (nodes, children), i, f, g, o in reversed(kept):
        shown = np.tanh(c[nodes])
        d_c[nodes] += o * (1 - shown**2) * d_h[nodes]  # eq. 7
        d_c_n = d_c[nodes]  # (n, H)
        d_p_i = g * i * (1 - i) * d_c_n  # eq. 8
        d_p_f = c[children] * f * (1 - f) * d_c_n[:, None]  # eq. 8: (n, A, H)
        d_p_g = i * (1 - g**2) * d_c_n  # eq. 9
        d_p_o = shown * o * (1 - o) * d_h[nodes]  # eq. 9
        d_a[nodes] = np.concatenate([d_p_i, d_p_f.sum(axis=1), d_p_g, d_p_o], axis=1)  # eq. 10
        d_p = np.concatenate([d_p_i, d_p_f.reshape(-1, A * H), d_p_g, d_p_o], axis=1)
        # a node has one parent, so no child stands there twice; the row -1 collects what is lost
        d_h[children] += (d_p @ params.W_hh).reshape(-1, A, H)  # eq. 10
        d_c[children] += f * d_c_n[:, None]  # eq. 7
        d_W_hh += d_p.T @ h[children].reshape(-1, A * H)  # eq. 11
    return d_a @ params.W_ih, NaryTreeLSTMParams(d_a.T @ x, d_W_hh, d_a.sum(axis=0))  # eq. 11


def _checked(params: NaryTreeLSTMParams) -> tuple[np.dtype[Any], int, int]:
    """The weights' dtype, H and A."""
    _validate.fields(params, *NaryTreeLSTMParams._fields)
    rows = params.b.shape[0] if params.b.ndim == 1 else 0
    H = rows // 4
    if rows < 4 or rows % 4:
        raise ValueError(
            f"NaryTreeLSTMParams.b must have shape (4H,), got {params.b.shape}: four gates"
        )
    A = max(1, params.W_hh.shape[1] // H) if params.W_hh.ndim == 2 else 1
    sizes = {"W_ih": (4 * H, "I"), "W_hh": ((3 + A) * H, A * H), "b": (4 * H,)}
    return _validate.parameters(params, sizes), H, A
