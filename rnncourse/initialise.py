"""How weights may begin: matrices that neither stretch nor shrink what passes through them.

A gradient that goes back over τ steps is multiplied τ times by W_hhᵀ (and by the slopes of the
units). With its singular values all 1 the product keeps every length, whatever τ is; drawn anyhow,
it grows or shrinks by a factor for each step.

    orthogonal          W Wᵀ = 1, drawn evenly from all such matrices
    identity            each unit hands its own value on; of ReLU units, the IRNN
    scaled_to_radius    normal numbers, scaled to a largest |eigenvalue|
    glorot_…, he_…      variance 2 / (inputs + outputs), 2 / inputs (half of all ReLU units stand at
                        0): for weights between layers, which act once and not τ times

Each is a function from (rng, shape) to an array, and says nothing of networks. `recurrent` and
`inputs` put what it draws into the weights of any cell, gate by gate: four gates, four matrices,
for what must be orthogonal is the square block of each, and a fan is that of one gate.

Source: A. M. Saxe, J. L. McClelland and S. Ganguli, Exact solutions to the nonlinear dynamics of
learning in deep linear neural networks (2014); Q. V. Le, N. Jaitly and G. E. Hinton, A simple way
to initialize recurrent networks of rectified linear units (2015); X. Glorot and Y. Bengio,
Understanding the difficulty of training deep feedforward neural networks (2010); K. He, X. Zhang,
S. Ren and J. Sun, Delving deep into rectifiers (2015); that QR needs its signs mended: F. Mezzadri,
How to generate random matrices from the classical compact groups (2007).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rnncourse import esn
from rnncourse._validate import Array

__all__ = [
    "Draw",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "inputs",
    "orthogonal",
    "recurrent",
    "scaled_to_radius",
]

Draw = Callable[[np.random.Generator, tuple[int, int]], Array]


def orthogonal(rng: np.random.Generator, shape: tuple[int, int], *, gain: float = 1.0) -> Array:
    """A matrix with orthonormal columns (or rows, if it has more columns than rows), times `gain`.

    It is Q of the QR decomposition of normal numbers, each column with the sign that makes R's
    diagonal positive; without that, Q depends on how the decomposition is computed and is not drawn
    evenly from all orthogonal matrices.

    Raises:
        ValueError: shape is not two sizes of at least 1, or gain is not positive and finite.

    >>> W = orthogonal(np.random.default_rng(0), (3, 3))
    >>> bool(np.allclose(W @ W.T, np.eye(3), atol=1e-15))
    True
    """
    rows, columns = _two(shape)
    _scale("gain", gain)
    Q, R = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    Q *= np.where(np.diag(R) < 0, -1.0, 1.0)
    W: Array = gain * (Q if rows >= columns else Q.T)
    return W


def identity(rng: np.random.Generator, shape: tuple[int, int], *, scale: float = 1.0) -> Array:
    """`scale` times the identity. Nothing is drawn; rng is there to match the other functions.

    Raises:
        ValueError: shape is not square, or scale is not positive and finite.

    >>> identity(np.random.default_rng(0), (2, 2), scale=0.5).tolist()
    [[0.5, 0.0], [0.0, 0.5]]
    """
    _scale("scale", scale)
    return scale * np.eye(_square(shape))


def scaled_to_radius(
    rng: np.random.Generator, shape: tuple[int, int], *, radius: float = 1.0
) -> Array:
    """Normal numbers, scaled so that the largest |eigenvalue| is `radius`.

    Powers of such a matrix neither grow nor vanish in the long run at radius 1, but its singular
    values differ, so that over a few steps they may do either.

    Raises:
        ValueError: shape is not square, or radius is not positive and finite.

    >>> W = scaled_to_radius(np.random.default_rng(0), (5, 5), radius=0.9)
    >>> round(esn.spectral_radius(W), 12)
    0.9
    """
    _scale("radius", radius)
    H = _square(shape)
    W = rng.standard_normal((H, H))
    return radius / esn.spectral_radius(W) * W


def glorot_uniform(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    """Uniform (outputs, inputs), ±√(6 / (inputs + outputs)). Errors as in `orthogonal`.

    >>> bool(abs(glorot_uniform(np.random.default_rng(0), (100, 50))).max() < 0.2)
    True
    """
    return _uniform(rng, shape, 2 / sum(_two(shape)))


def glorot_normal(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    """Normal (outputs, inputs), variance 2 / (inputs + outputs). Errors as in `orthogonal`.

    >>> round(float(glorot_normal(np.random.default_rng(0), (100, 100)).std()), 2)
    0.1
    """
    return _normal(rng, shape, 2 / sum(_two(shape)))


def he_uniform(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    """Uniform (outputs, inputs), ±√(6 / inputs). Errors as in `orthogonal`.

    >>> bool(abs(he_uniform(np.random.default_rng(0), (10, 600))).max() < 0.1)
    True
    """
    return _uniform(rng, shape, 2 / _two(shape)[1])


def he_normal(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    """Normal (outputs, inputs), variance 2 / inputs. Errors as in `orthogonal`.

    >>> round(float(he_normal(np.random.default_rng(0), (100, 200)).std()), 2)
    0.1
    """
    return _normal(rng, shape, 2 / _two(shape)[1])


def recurrent(
    params: Any, draw: Draw, rng: np.random.Generator, *, names: tuple[str, ...] = ("W_hh",)
) -> Any:
    """The same parameters, with new recurrent weights in every gate of every cell among them.

    Args:
        params: weights of a cell, or anything that holds some: a `NetworkParams`, several layers.
        draw: what gives one gate's matrix (H, H), such as `orthogonal`; its options by
            `functools.partial(orthogonal, gain=1.1)`.
        rng: source of the numbers; gates are drawn in the order of their rows.
        names: fields that hold such weights, each of H columns; `("W_hh", "W_skip")` for
            `rnncourse.skip`.

    Returns:
        Parameters of the same types and dtypes. All other arrays are those given, not copies.

    Raises:
        ValueError: no field has one of those names, one is not a stack of square blocks, or `draw`
            gives an array of another shape.

    >>> from rnncourse import lstm
    >>> rng = np.random.default_rng(0)
    >>> params = recurrent(lstm.init(rng, 2, 3), orthogonal, rng)
    >>> of_the_forget_gate = params.W_hh[3:6]
    >>> bool(np.allclose(of_the_forget_gate @ of_the_forget_gate.T, np.eye(3), atol=1e-15))
    True
    """

    def gates(name: str, node: Any) -> int:
        rows, columns = _shape_of(name, node)
        if rows % columns:
            raise ValueError(
                f"{name} must have H rows for each gate and H columns, got ({rows}, {columns})"
            )
        return rows // columns

    return _replaced(params, draw, rng, names, gates)


def inputs(params: Any, draw: Draw, rng: np.random.Generator, *, gates: int | None = None) -> Any:
    """The same parameters, with new input weights W_ih in every gate of every cell among them.

    Args:
        params: weights of a cell, or anything that holds some.
        draw: what gives one gate's matrix (H, I), such as `glorot_uniform`.
        rng: source of the numbers; gates are drawn in the order of their rows.
        gates: into how many blocks the rows of W_ih fall. Left out, W_hh tells; a cell without it
            (`rnncourse.mingru`) needs it said.

    Returns:
        Parameters of the same types and dtypes. All other arrays are those given, not copies.

    Raises:
        ValueError: there is no W_ih, its rows do not fall into so many blocks, `gates` is left out
            where nothing tells it, or `draw` gives an array of another shape.

    >>> from rnncourse import gru
    >>> rng = np.random.default_rng(0)
    >>> inputs(gru.init(rng, 2, 3), glorot_uniform, rng).W_ih.shape
    (9, 2)
    """

    def blocks(name: str, node: Any) -> int:
        rows, _ = _shape_of(name, node)
        if gates is None and "W_hh" not in _fields(node):
            raise ValueError("gates must be given: without W_hh nothing tells how many")
        n = rows // _items(node)["W_hh"].shape[1] if gates is None else gates
        if n < 1 or rows % n:
            raise ValueError(f"gates must divide the {rows} rows of W_ih, got {n}")
        return n

    return _replaced(params, draw, rng, ("W_ih",), blocks)


def _replaced(
    params: Any,
    draw: Draw,
    rng: np.random.Generator,
    names: tuple[str, ...],
    count: Callable[[str, Any], int],
) -> Any:
    """`params` with drawn blocks in every field of one of those names, at any depth."""
    found = False

    def walk(node: Any) -> Any:
        nonlocal found
        if not isinstance(node, tuple | list | dict):
            return node
        if not _fields(node):
            return type(node)(walk(part) for part in node)  # type: ignore[call-arg]
        new = {}
        for name, part in _items(node).items():
            if name in names:
                found = True
                new[name] = _drawn(name, part, draw, rng, count(name, node))
            else:
                new[name] = walk(part)
        return new if isinstance(node, dict) else type(node)(**new)

    result = walk(params)
    if not found:
        kind = f"{type(params).__name__}({', '.join(map(str, _fields(params)))})"
        raise ValueError(f"params must have a field {' or '.join(names)}, got {kind}")
    return result


def _drawn(name: str, array: Array, draw: Draw, rng: np.random.Generator, count: int) -> Array:
    block = len(array) // count, array.shape[1]
    drawn = [np.asarray(draw(rng, block)) for _ in range(count)]
    for matrix in drawn:
        if matrix.shape != block:
            raise ValueError(f"draw must give {block} for each gate of {name}, got {matrix.shape}")
    return np.concatenate(drawn).astype(array.dtype)


def _fields(node: Any) -> tuple[str, ...]:
    return tuple(node) if isinstance(node, dict) else getattr(node, "_fields", ())


def _items(node: Any) -> dict[str, Any]:
    return node if isinstance(node, dict) else node._asdict()


def _shape_of(name: str, node: Any) -> tuple[int, int]:
    array = _items(node)[name]
    if np.ndim(array) != 2 or 0 in array.shape:
        raise ValueError(f"{name} must be a matrix, got shape {np.shape(array)}")
    return array.shape  # type: ignore[no-any-return]


def _uniform(rng: np.random.Generator, shape: tuple[int, int], variance: float) -> Array:
    bound = np.sqrt(3 * variance)
    return rng.uniform(-bound, bound, shape)


def _normal(rng: np.random.Generator, shape: tuple[int, int], variance: float) -> Array:
    W: Array = variance**0.5 * rng.standard_normal(shape)
    return W


def _two(shape: tuple[int, int]) -> tuple[int, int]:
    if len(shape) != 2 or min(shape) < 1:
        raise ValueError(f"shape must be two sizes of at least 1, got {tuple(shape)}")
    return shape


def _square(shape: tuple[int, int]) -> int:
    rows, columns = _two(shape)
    if rows != columns:
        raise ValueError(f"shape must be square, got {tuple(shape)}")
    return rows


def _scale(name: str, value: float) -> None:
    if not 0 < value < np.inf:
        raise ValueError(f"{name} must be positive and finite, got {value}")
