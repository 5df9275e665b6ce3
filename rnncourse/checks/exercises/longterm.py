"""Long-term dependencies: Jacobian products, what keeps them in bounds, an echo-state read-out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnncourse import esn, leaky, optim
from rnncourse.checks.absent import forbidden, named_cells
from rnncourse.checks.exercise import Arrays, CodeExercise, Output
from rnncourse.checks.orthogonality import PROPERTIES, TWICE

FORBIDDEN = forbidden()

ANSWERS, CHECKS = named_cells(
    ("leaky_jacobians", "jacobians", "radius", "clip", "orthogonal", "leaky", "ridge"),
    "figure",
    "explanation",
)


def draw_jacobians(
    rng: np.random.Generator, *, T: int = 6, B: int = 3, H: int = 4
) -> dict[str, Any]:
    """Recurrent weights, and states as tanh units have them."""
    W = 1.2 * rng.normal(size=(H, H)) / np.sqrt(H)
    return {"W": W, "h": np.tanh(rng.normal(size=(T, B, H)))}


def solve_jacobians(W: NDArray[Any], h: NDArray[Any]) -> Arrays:
    """The Jacobian of the last state by each earlier one, and its largest singular value."""
    T, B, H = h.shape
    P = np.empty((T - 1, B, H, H))
    for b in range(B):
        product = np.eye(H)
        for n in range(1, T):
            product = product @ np.diag(1 - h[T - n, b] ** 2) @ W
            P[n - 1, b] = product
    return {"P": P, "norms": np.linalg.svd(P, compute_uv=False)[..., 0]}


def draw_radius(
    rng: np.random.Generator, *, H: int = 6, kind: str = "normal", radius: float = 0.9
) -> dict[str, Any]:
    """A matrix whose largest eigenvalue is of one kind: any, a complex pair, a negative one."""
    W = rng.normal(size=(H, H))
    if kind == "turning":
        W[:2, 2:] = 0
        W[:2, :2] = 9 * np.array([[0.1, -1.0], [1.0, 0.1]])
    if kind == "negative":
        W[0, 1:] = 0
        W[0, 0] = -9.0
    return {"W": W, "radius": radius}


def solve_radius(W: NDArray[Any], radius: float) -> Arrays:
    """The scaled matrix."""
    return {"scaled": W * (radius / esn.spectral_radius(W))}


def draw_clip(
    rng: np.random.Generator,
    *,
    I: int = 3,
    H: int = 5,
    size: float = 2.0,
    limit: float = 1.5,
    one: float = 1.0,
) -> dict[str, Any]:
    """Three gradients, of which the first is longer than the others by the factor ``one``."""
    return {
        "d_W_ih": size * one * rng.normal(size=(H, I)),
        "d_W_hh": size * rng.normal(size=(H, H)),
        "d_b_h": size * rng.normal(size=H),
        "limit": limit,
    }


def solve_clip(
    d_W_ih: NDArray[Any], d_W_hh: NDArray[Any], d_b_h: NDArray[Any], limit: float
) -> Arrays:
    """Clipped together, and the length before."""
    clipped, norm = optim.clip_by_norm((d_W_ih, d_W_hh, d_b_h), limit)
    return dict(zip(("d_W_ih", "d_W_hh", "d_b_h", "norm"), (*clipped, norm), strict=True))


def draw_orthogonal(rng: np.random.Generator, *, n: int = 4, count: int = 240) -> dict[str, Any]:
    """A size, and seeds of which the first ones occur once more at the end."""
    seeds = [int(s) for s in rng.choice(10**6, size=count - TWICE, replace=False)]
    return {"n": n, "seeds": seeds + seeds[:TWICE]}


def solve_orthogonal(n: int, seeds: list[int]) -> Arrays:
    """No one value is right."""
    return {}


def draw_leaky(
    rng: np.random.Generator,
    *,
    T: int = 6,
    B: int = 4,
    I: int = 3,
    H: int = 5,
    initial_state: bool = True,
    alpha: float | None = None,
) -> dict[str, Any]:
    """Weights, a leak for each unit, inputs and initial state."""
    return {
        "params": {
            "W_ih": rng.normal(size=(H, I)) / np.sqrt(I),
            "W_hh": rng.normal(size=(H, H)) / np.sqrt(H),
            "b_h": 0.3 * rng.normal(size=H),
            "alpha": rng.uniform(0.1, 0.9, size=H) if alpha is None else np.full(H, alpha),
        },
        "x": rng.normal(size=(T, B, I)),
        "h0": np.tanh(rng.normal(size=(B, H))) if initial_state else np.zeros((B, H)),
    }


def solve_leaky(params: Arrays, x: NDArray[Any], h0: NDArray[Any]) -> Arrays:
    """States by the reference network."""
    cell = leaky.LeakyParams(*(params[name] for name in ("W_ih", "W_hh", "b_h", "alpha")))
    h, _, _ = leaky.forward(cell, x, leaky.LeakyState(h0))
    return {"h": h}


def draw_ridge(
    rng: np.random.Generator,
    *,
    T: int = 60,
    H: int = 5,
    K: int = 2,
    penalty: float = 0.7,
    washout: int = 10,
) -> dict[str, Any]:
    """States that move away from where they began, and targets far from zero."""
    h = np.tanh(rng.normal(size=(T, H)) + rng.normal(size=H))
    h[:washout] += 3 * rng.normal(size=(washout, H))
    y = h @ rng.normal(size=(H, K)) + 2 + rng.normal(size=(T, K))
    return {"h": h, "y": y, "penalty": penalty, "washout": washout}


def solve_ridge(h: NDArray[Any], y: NDArray[Any], penalty: float, washout: int) -> Arrays:
    """The reference's read-out."""
    found = esn.ridge(h[:, None], y[:, None], penalty, washout=washout)
    return {"W_ho": found.W_ho, "b_o": found.b_o}


EXERCISES = (
    CodeExercise(
        name="longterm.jacobians",
        function="jacobian_products",
        signature="jacobian_products(W, h)",
        outputs=(
            Output("P", "∂h⁽ᵀ⁾/∂h⁽ᵀ⁻ⁿ⁾", ("n", "b", "h", "j")),
            Output("norms", "‖∂h⁽ᵀ⁾/∂h⁽ᵀ⁻ⁿ⁾‖", ("n", "b")),
        ),
        draw=draw_jacobians,
        solve=solve_jacobians,
        public_options=({}, {"T": 2, "B": 1}),
        inputs={"W": ("h", "j"), "h": ("t", "b", "h")},
    ),
    CodeExercise(
        name="longterm.radius",
        function="scale_to_radius",
        signature="scale_to_radius(W, radius)",
        outputs=(Output("scaled", "W", ("h", "j")),),
        draw=draw_radius,
        solve=solve_radius,
        public_options=({}, {"kind": "negative", "H": 4, "radius": 1.25}),
        inputs={"W": ("h", "j")},
    ),
    CodeExercise(
        name="longterm.clip",
        function="clip_by_norm",
        signature="clip_by_norm(d_W_ih, d_W_hh, d_b_h, limit)",
        outputs=(
            Output("d_W_ih", "∇_U L", ("h", "i")),
            Output("d_W_hh", "∇_W L", ("h", "j")),
            Output("d_b_h", "∇_b L", ("h",)),
            Output("norm", "‖∇L‖", ()),
        ),
        draw=draw_clip,
        solve=solve_clip,
        public_options=({}, {"size": 0.01}),
        inputs={"d_W_ih": ("h", "i"), "d_W_hh": ("h", "j"), "d_b_h": ("h",)},
    ),
    CodeExercise(
        name="longterm.orthogonal",
        function="orthogonal_matrices",
        signature="orthogonal_matrices(n, seeds)",
        outputs=(Output("Q", "Q", ("n", "h", "j"), compared=False),),
        draw=draw_orthogonal,
        solve=solve_orthogonal,
        properties=PROPERTIES,
        public_options=({}, {"n": 3, "count": 200}),
    ),
    CodeExercise(
        name="longterm.leaky",
        function="leaky_forward",
        signature="leaky_forward(params, x, h0)",
        outputs=(Output("h", "h⁽ᵗ⁾", ("t", "b", "h")),),
        draw=draw_leaky,
        solve=solve_leaky,
        public_options=({}, {"T": 1, "B": 1}),
        tolerance=1e-6,
        inputs={"x": ("t", "b", "i"), "h0": ("b", "h")},
    ),
    CodeExercise(
        name="longterm.ridge",
        function="ridge_readout",
        signature="ridge_readout(h, y, penalty, washout)",
        outputs=(Output("W_ho", "V", ("k", "h")), Output("b_o", "c", ("k",))),
        draw=draw_ridge,
        solve=solve_ridge,
        public_options=({}, {"K": 1, "washout": 0, "T": 30}),
        tolerance=1e-6,
        inputs={"h": ("t", "h"), "y": ("t", "k")},
    ),
)
