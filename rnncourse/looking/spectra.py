"""The Jacobian of a step, its spectrum, and what is left of it after many steps.

    J[t]   = ∂s[t+1] / ∂s[t]                    s all that the cell carries on, h and c of an LSTM
    P[k]   = J[T-1] J[T-2] … J[T-k]             = ∂s[T] / ∂s[T-k], P[0] = 1

For the Elman network J[t] = diag(1 - h[t+1]²) W_hh. The largest singular value of P[k] is by how
much a change k steps ago can at most grow until the end; by the spectral radius ρ of W_hh alone,
if no unit saturates, it goes as ρᵏ once k is large. Before that it may grow even where ρ < 1: a
matrix that does not commute with its transpose has singular values above its eigenvalues.

Source: Y. Bengio, P. Simard and P. Frasconi, Learning long-term dependencies with gradient descent
is difficult, IEEE Transactions on Neural Networks 5 (1994).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncourse import _validate, _wiring
from rnncourse._validate import Array
from rnncourse.looking import _copies

__all__ = ["eigenvalues", "jacobians", "products", "singular_values", "spectral_radius"]


def jacobians(cell: Any, params: Any, x: Array, state: Any = None, *, lengths: Any = None) -> Array:
    """∂s[t+1]/∂s[t] at every step, by the cell's way back from each unit vector.

    Args:
        cell: a module with the call shape of `rnncourse.elman`, or a causal wrapper around one.
        params: its weights.
        x: (T, B, I).
        state: the state before the first step; zeros when left out.
        lengths: (B,) steps in each sequence; beyond its end the state stands, and J is 1.

    Returns:
        (T, B, N, N) for the N numbers of the state: entry t, b, m, n is the derivative of the
        m-th after step t by the n-th before it. The state's parts follow one another: of an LSTM
        first h, then c.

    Raises:
        ValueError: the cell carries no state, also reads from the end, or draws random masks; a
            shape, dtype or length that does not fit.

    >>> from rnncourse import elman
    >>> net = elman.scalar(w=0.5, u=1.0)
    >>> jacobians(elman, net.params, np.zeros((3, 1, 1))).ravel().tolist()  # at h = 0, tanh' = 1
    [0.5, 0.5, 0.5]
    """
    _wiring.require_causal(cell, "there is no state that goes from step to step")
    x, lengths, _ = _wiring.batch(x, lengths)
    T, B, _ = x.shape
    _, at, _ = cell.forward(params, x[:0], state)
    if not _wiring.has_arrays(at):
        raise ValueError(f"cell must carry a state, got {_wiring.label(cell)}")
    N = _copies.width(at)
    units = np.tile(np.eye(N), (B, 1))  # (B N, N)
    found = np.empty((T, B, N, N), _copies.flat(at).dtype)
    for t in range(T):
        going = None if lengths is None else np.repeat((t < lengths).astype(int), N)
        x_t = np.repeat(x[t : t + 1], N, axis=1)
        h, after, cache = cell.forward(params, x_t, _copies.repeated(at, N), lengths=going)
        _copies.agree(cell, h, N)
        rows = _copies.unflat(units, after)
        _, _, d_before = cell.backward(cache, np.zeros_like(h), rows)
        found[t] = _copies.flat(d_before).reshape(B, N, N)
        at = _copies.unflat(_copies.flat(after)[::N], after)
    return found


def products(J: Array) -> Array:
    """P[k], the Jacobian of the last state by the one k steps before it, for k = 0 … T.

    Args:
        J: (T, B, N, N), such as `jacobians` gives.

    Returns:
        (T + 1, B, N, N).

    Raises:
        ValueError: J has another shape, or a product is too large for its dtype.

    >>> half = np.full((3, 1, 1, 1), 0.5)
    >>> products(half).ravel().tolist()
    [1.0, 0.5, 0.25, 0.125]
    """
    J = np.asarray(J)
    _square("J", J, ("T", "B", "N", "N"))
    T, B, N, _ = J.shape
    P = np.empty((T + 1, B, N, N), J.dtype)
    P[0] = np.eye(N)
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(1, T + 1):
            P[k] = P[k - 1] @ J[T - k]
            if not np.isfinite(P[k]).all():
                raise ValueError(f"J must have products that {J.dtype} can hold, got none at {k}")
    return P


def eigenvalues(M: Array) -> Array:
    """The eigenvalues (…, N) of matrices (…, N, N), complex, the largest by size first.

    Raises:
        ValueError: M is not square, not finite, or empty.

    >>> turn = np.array([[0.0, -1.0], [1.0, 0.0]])  # by a quarter
    >>> eigenvalues(turn).round(6).tolist()
    [1j, -1j]
    """
    M = _matrices(M)
    values = np.linalg.eigvals(M).astype(np.result_type(M.dtype, np.complex64))
    order = np.argsort(-np.abs(values), axis=-1, kind="stable")
    return np.asarray(np.take_along_axis(values, order, axis=-1))


def singular_values(M: Array) -> Array:
    """The singular values (…, N) of matrices (…, N, N), the largest first.

    The small ones of a long product are lost in the rounding of the largest: what is below
    N ε times the largest, ε the dtype's precision, is no more than noise.

    Raises:
        ValueError: M is not square, not finite, or empty.

    >>> shear = np.array([[0.5, 2.0], [0.0, 0.5]])  # both eigenvalues are 0.5
    >>> singular_values(shear).round(3).tolist()
    [2.118, 0.118]
    """
    return np.asarray(np.linalg.svd(_matrices(M), compute_uv=False))


def spectral_radius(M: Array) -> Any:
    """The size of the largest eigenvalue of matrices (…, N, N), (…).

    >>> float(spectral_radius(np.array([[0.5, 2.0], [0.0, -0.75]])))
    0.75
    """
    return np.abs(eigenvalues(M)).max(axis=-1)


def _matrices(M: Any) -> Array:
    array = np.asarray(M)
    _square("M", array, (*("…",) * max(array.ndim - 2, 0), "N", "N"))
    if not array.shape[-1]:
        raise ValueError(f"M must be at least 1 by 1, got shape {array.shape}")
    _validate.finite("M", array)
    return array


def _square(name: str, M: Array, wanted: tuple[str, ...]) -> None:
    _validate.shape(name, M, wanted)
    if M.shape[-1] != M.shape[-2]:
        raise ValueError(f"{name} must be square, got shape {M.shape}")
