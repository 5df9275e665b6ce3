"""The recursive network: one function, applied wherever a tree joins two branches.

    h[n] = W_ih x[n]                                                   at a leaf             (1)
    h[n] = tanh(a[n])    a[n] = b + W_ih x[n] + W_hh [h[left]; h[right]]    elsewhere        (2)

and back, through the structure: the root first, each node after its parent, who hands it its part:

    d_a[n] = d_h[n] at a leaf, (1 - h[n]²) ⊙ d_h[n] elsewhere                                (3)
    [d_h[left]; d_h[right]] += W_hhᵀ d_a[n]                                                  (4)
    d_W_hh = Σ d_a[n] [h[left]; h[right]]ᵀ      d_W_ih = Σ d_a[n] x[n]ᵀ      d_b = Σ d_a[n]  (5)

with the sums of d_W_hh and d_b over the inner nodes. Where x[n] is one-hot, W_ih x[n] is a word's
embedding; where it is zero at the inner nodes, the lines above are the source's. An operator may
be the input of its inner node. A child that is not there counts as zero.

A tree of n leaves is as deep as log n where it is balanced: so far has a gradient to go, and not n
steps as along a sequence. The inputs are (N, I), a vector for each node of a `trees.Forest`, in its
order. Weights have the equations' shape, so a batch multiplies by the transpose.

Source: R. Socher, C. Lin, A. Ng and C. Manning, Parsing natural scenes and natural language with
recursive neural networks, ICML (2011); back-propagation through structure: C. Goller and A. Küchler
(1996).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init, _validate, trees
from rnncourse._validate import Array
from rnncourse.trees import Forest, Level

__all__ = ["RecursiveParams", "backward", "forward", "init"]


class RecursiveParams(NamedTuple):
    """The weights, or the gradient of a loss by them."""

    W_ih: Array  # (H, I)
    W_hh: Array  # (H, 2H), columns of the left child, then of the right
    b: Array  # (H,)


class _Cache(NamedTuple):
    params: RecursiveParams
    levels: tuple[Level, ...]
    x: Array  # (N, I)
    h: Array  # (N + 1, H), the last row zero


def init(
    rng: np.random.Generator, input_size: int, hidden_size: int, *, dtype: Any = np.float64
) -> RecursiveParams:
    """Draw weights uniformly from ±1/√H, those of the children from ±1/√2H: they have 2H inputs.

    Args:
        rng: source of the numbers, such as `np.random.default_rng(0)`.
        input_size: I, at least 1.
        hidden_size: H, at least 1.
        dtype: float32 or float64; everything computed from the weights keeps it.

    Raises:
        ValueError: a size below 1, or a dtype that is not floating.

    >>> [array.shape for array in init(np.random.default_rng(0), input_size=2, hidden_size=3)]
    [(3, 2), (3, 6), (3,)]
    """
    _init.sizes(input_size=input_size, hidden_size=hidden_size)
    H = hidden_size
    W_ih, b = _init.uniform(rng, H, [(H, input_size), (H,)], dtype)
    (W_hh,) = _init.uniform(rng, 2 * H, [(H, 2 * H)], dtype)
    return RecursiveParams(W_ih, W_hh, b)


def forward(params: RecursiveParams, forest: Forest, x: Array) -> tuple[Array, _Cache]:
    """Run over a batch of trees, from the leaves up.

    Args:
        params: the weights.
        forest: the trees, of at most two children at each node.
        x: (N, I), a vector for each node, of the weights' dtype.

    Returns:
        h (N, H), of which `h[forest.roots]` stand for whole trees; and the cache for `backward`.
        h shares its memory with the cache: do not write into it.

    Raises:
        ValueError: a shape or dtype that does not fit, NaN or infinity, a node of three children.

    >>> sums = RecursiveParams(np.ones((1, 1)), np.array([[1.0, 1.0]]), np.zeros(1))
    >>> tree = trees.forest([trees.parse("(. a (. b c))")])
    >>> x = np.array([[0.1], [0.2], [0.3], [0.0], [0.0]])
    >>> h, _ = forward(sums, tree, x)
    >>> bool(np.isclose(h[-1, 0], np.tanh(0.1 + np.tanh(0.2 + 0.3))))
    True
    """
    dtype, H = _checked(params)
    x = trees.inputs(forest, x, params.W_ih.shape[1], dtype, f"I as in W_ih {params.W_ih.shape}")
    levels = trees.fixed_arity(forest, 2)
    h = np.zeros((len(x) + 1, H), dtype)  # the last row, number -1, is the child that is not there
    h[:-1] = x @ params.W_ih.T  # eq. 1
    for nodes, children in levels[1:]:
        pair = h[children].reshape(-1, 2 * H)  # (n, 2H)
        h[nodes] = np.tanh(params.b + h[nodes] + pair @ params.W_hh.T)  # eq. 2
    return h[:-1], _Cache(params, levels, x, h)


def backward(cache: _Cache, d_h: Array) -> tuple[Array, RecursiveParams]:
    """Back-propagate through the structure of the trees that `forward` saw.

    Args:
        cache: the second result of `forward`.
        d_h: (N, H) gradient of the loss by each node's h; zero where the loss does not see it.

    Returns:
        d_x (N, I), and the weights' gradients, summed over all nodes.

    Raises:
        ValueError: a shape or dtype that does not fit that of the outputs.

    >>> sums = RecursiveParams(np.ones((1, 1)), np.array([[1.0, -1.0]]), np.zeros(1))
    >>> tree = trees.forest([trees.parse("(. a b)")])
    >>> h, cache = forward(sums, tree, np.zeros((3, 1)))
    >>> backward(cache, np.array([[0.0], [0.0], [1.0]]))[0].ravel().tolist()  # a, b, the root
    [1.0, -1.0, 1.0]
    """
    params, levels, x, h = cache
    H = h.shape[1]
    d_h = np.asarray(d_h)
    _validate.shape("d_h", d_h, h[:-1].shape, because="that of h")
    _validate.same_dtype("d_h", d_h, h.dtype, "h has")

    d_a = np.concatenate([d_h, np.zeros_like(h[:1])])  # (N + 1, H), d_h[n] until n's turn comes
    d_W_hh, d_b = np.zeros_like(params.W_hh), np.zeros_like(params.b)
    for nodes, children in reversed(levels[1:]):
        share = (1 - h[nodes] ** 2) * d_a[nodes]  # eq. 3: (n, H)
        d_a[nodes] = share
        # a node has one parent, so no child stands there twice; the row -1 collects what is lost
        d_a[children] += (share @ params.W_hh).reshape(-1, 2, H)  # eq. 4
        d_W_hh += share.T @ h[children].reshape(-1, 2 * H)  # eq. 5
        d_b += share.sum(axis=0)  # eq. 5
    d_a = d_a[:-1]
    return d_a @ params.W_ih, RecursiveParams(d_a.T @ x, d_W_hh, d_b)  # eq. 5


def _checked(params: RecursiveParams) -> tuple[np.dtype[Any], int]:
    _validate.fields(params, *RecursiveParams._fields)
    H = params.W_ih.shape[0] if params.W_ih.ndim == 2 else 0
    wanted: dict[str, tuple[int | str, ...]] = {"W_ih": (H or "H", "I")}
    return _validate.parameters(params, {**wanted, "W_hh": (H, 2 * H), "b": (H,)}), H
