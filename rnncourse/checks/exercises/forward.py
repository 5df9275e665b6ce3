"""Forward passes: Elman's and Jordan's network, their sizes, a convolution as a matrix."""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnncourse import conv, elman, jordan, linear, losses, network
from rnncourse.checks.absent import forbidden, named_cells
from rnncourse.checks.exercise import Arrays, CodeExercise, Output
from rnncourse.derivation.exercises.forward import MEMBERS

# a student's notebook is graded without the rest: cells, data (the exercise by hand is there,
# worked) and graphs (which count parameters)
FORBIDDEN = forbidden()

ANSWERS, CHECKS = named_cells(
    ("quick", "unfolded", "context", "elman", "jordan", "counts", "convolution"),
    "figure",
    "explanation",
)


def draw_quick(rng: np.random.Generator) -> dict[str, Any]:
    """Nothing: the numbers are those of the student's own network."""
    return {}


def _solve_quick(member: str) -> Arrays:
    """The three numbers asked for."""
    n, h, states = MEMBERS[member][2], 0.0, []
    for x in n.x:
        a, drive = n.b_h + n.W_hh * h, n.W_xh * x
        h = {
            "logistic": float(1 / (1 + np.exp(-a - drive))),
            "tanh": float(np.tanh(a + drive)),
            "added": float(h + np.tanh(a + drive)),
            "half": float(h + np.tanh(a + drive)) / 2,
            "past": float(np.tanh(a) + drive),
        }[member]
        states.append(h)
    y = n.W_hy * np.array(states) + n.b_y
    return {"h1": np.asarray(states[0]), "y2": y[1], "y3": y[2]}


def _quick(member: str) -> CodeExercise:
    return CodeExercise(
        name=f"forward.quick/{member}",
        function="quick",
        signature="quick()",
        outputs=(Output("h1", "h⁽¹⁾", ()), Output("y2", "y⁽²⁾", ()), Output("y3", "y⁽³⁾", ())),
        draw=draw_quick,
        solve=partial(_solve_quick, member),
        tolerance=1e-3,  # four decimals, rounded on the way, too
    )


def draw_elman(
    rng: np.random.Generator,
    *,
    T: int = 6,
    B: int = 4,
    I: int = 3,
    H: int = 5,
    K: int = 7,
    initial_state: bool = True,
) -> dict[str, Any]:
    """Random weights, inputs and initial state; the sizes differ, so that a wrong axis shows."""
    return {
        "params": {
            "W_ih": rng.normal(size=(H, I)) / np.sqrt(I),
            "W_hh": rng.normal(size=(H, H)) / np.sqrt(H),
            "W_ho": rng.normal(size=(K, H)) / np.sqrt(H),
            "b_h": 0.3 * rng.normal(size=H),
            "b_o": 0.3 * rng.normal(size=K),
        },
        "x": rng.normal(size=(T, B, I)),
        "h0": np.tanh(rng.normal(size=(B, H))) if initial_state else None,
    }


def solve_elman(params: Arrays, x: NDArray[Any], h0: NDArray[Any] | None) -> Arrays:
    """States and logits by the reference network."""
    cell = elman.ElmanParams(params["W_ih"], params["W_hh"], params["b_h"])
    net = network.NetworkParams(cell, linear.LinearParams(params["W_ho"], params["b_o"]))
    start = None if h0 is None else elman.ElmanState(h0)
    h, _, _ = elman.forward(net.cell, x, start)
    o, _ = linear.forward(net.out, h)
    return {"h": h, "o": o}


def draw_jordan(
    rng: np.random.Generator,
    *,
    T: int = 6,
    B: int = 4,
    I: int = 3,
    H: int = 5,
    K: int = 7,
    initial_state: bool = True,
    self_feedback: bool = True,
) -> dict[str, Any]:
    """Random weights, inputs, and the state units and outputs before the first step.

    The weights out of the state units are wide: an output that returns must count.
    """
    return {
        "params": {
            "W_ih": rng.normal(size=(H, I)) / np.sqrt(I),
            "W_sh": 2 * rng.normal(size=(H, K)) / np.sqrt(K),
            "W_ho": 2 * rng.normal(size=(K, H)) / np.sqrt(H),
            "b_h": 0.3 * rng.normal(size=H),
            "b_o": 0.3 * rng.normal(size=K),
            "alpha": rng.uniform(0.2, 0.9, size=K) if self_feedback else np.zeros(K),
        },
        "x": rng.normal(size=(T, B, I)),
        "s0": rng.uniform(0, 1, size=(B, K)) if initial_state else np.zeros((B, K)),
        "y0": losses.softmax(rng.normal(size=(B, K))) if initial_state else np.zeros((B, K)),
    }


def solve_jordan(params: Arrays, x: NDArray[Any], s0: NDArray[Any], y0: NDArray[Any]) -> Arrays:
    """State units and outputs by the reference network, which keeps s as the next step finds it."""
    alpha = params["alpha"]
    names = ("W_ih", "W_sh", "b_h", "W_ho", "b_o", "alpha")
    cell = jordan.JordanParams(*(params[name] for name in names))
    first = alpha * s0 + y0
    o, _, _ = jordan.forward(cell, x, jordan.JordanState(np.zeros_like(y0), first))
    y_hat = losses.softmax(o)
    s = np.empty_like(y_hat)
    s[0] = first
    for t in range(1, len(s)):
        s[t] = alpha * s[t - 1] + y_hat[t - 1]
    return {"s": s, "y_hat": y_hat}


def draw_counts(
    rng: np.random.Generator, *, least: int = 3, most: int = 40, H: int | None = None
) -> dict[str, Any]:
    """Five sizes, all different."""
    I, K, units, k, T = (int(n) for n in rng.permutation(np.arange(least, most))[:5])
    return {"I": I, "H": units if H is None else H, "K": K, "k": k, "T": T}


def solve_counts(I: int, H: int, K: int, k: int, T: int) -> Arrays:
    """Numbers of weights and biases."""
    out = K * (H + 1)
    elman_net = H * (I + H + 1) + out
    units = H + K
    counts = {
        "elman": elman_net,
        "jordan": H * (I + K + 1) + out,
        "full": units * (I + units + 1),
        "window": H * (k * I + 1) + out,
        "unshared": T * elman_net,
    }
    return {name: np.asarray(float(count)) for name, count in counts.items()}


def draw_convolution(rng: np.random.Generator, *, k: int = 3, T: int = 7) -> dict[str, Any]:
    """A kernel without symmetry, and a number of steps."""
    return {"w": rng.normal(size=k), "T": T}


def solve_convolution(w: NDArray[Any], T: int) -> Arrays:
    """The causal convolution by the reference, and the unflipped kernel where all of it fits in."""
    kernel = w.reshape(-1, 1, 1)
    return {
        "M": conv.banded(kernel, T),
        "C": conv.banded(kernel[::-1].copy(), T, mode="valid"),
    }


_ONE_STEP = {"T": 1, "B": 1}
_JORDAN_INPUTS = {"x": ("t", "b", "i"), "s0": ("b", "k"), "y0": ("b", "k")}

EXERCISES = (
    *(_quick(member) for member in MEMBERS),
    CodeExercise(
        name="forward.elman",
        function="elman_forward",
        signature="elman_forward(params, x, h0)",
        outputs=(
            Output("h", "h⁽ᵗ⁾", ("t", "b", "h")),
            Output("o", "o⁽ᵗ⁾", ("t", "b", "k")),
        ),
        draw=draw_elman,
        solve=solve_elman,
        public_options=({}, _ONE_STEP, {"initial_state": False}),
        tolerance=1e-6,
        inputs={"x": ("t", "b", "i"), "h0": ("b", "h")},
    ),
    CodeExercise(
        name="forward.jordan",
        function="jordan_forward",
        signature="jordan_forward(params, x, s0, y0)",
        outputs=(
            Output("s", "s⁽ᵗ⁾", ("t", "b", "k")),
            Output("y_hat", "ŷ⁽ᵗ⁾", ("t", "b", "k")),
        ),
        draw=draw_jordan,
        solve=solve_jordan,
        public_options=({}, _ONE_STEP),
        tolerance=1e-6,
        inputs=_JORDAN_INPUTS,
    ),
    CodeExercise(
        name="forward.counts",
        function="count_parameters",
        signature="count_parameters(I, H, K, k, T)",
        outputs=(
            Output("elman", "Elman", ()),
            Output("jordan", "Jordan", ()),
            Output("full", "fully recurrent", ()),
            Output("window", "window", ()),
            Output("unshared", "not shared", ()),
        ),
        draw=draw_counts,
        solve=solve_counts,
        public_options=({"most": 9}, {"H": 1}),
        tolerance=1e-9,
    ),
    CodeExercise(
        name="forward.convolution",
        function="convolution_matrices",
        signature="convolution_matrices(w, T)",
        outputs=(Output("M", "M", ("t", "s")), Output("C", "C", ("n", "s"))),
        draw=draw_convolution,
        solve=solve_convolution,
        public_options=({}, {"k": 1, "T": 4}),
        tolerance=1e-9,
        inputs={"w": ("k",)},
    ),
)
