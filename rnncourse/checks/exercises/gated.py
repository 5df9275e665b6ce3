"""Gated cells: LSTM forward and backward, the GRU in four conventions, a cell of one's own."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnncourse import gru, gru_before, lstm
from rnncourse.checks.absent import forbidden, named_cells
from rnncourse.checks.exercise import Arrays, CodeExercise, Output
from rnncourse.derivation.exercises.gated import FAMILY

# a student's notebook is graded without the rest: cells, and what differentiates or runs one
FORBIDDEN = forbidden(left=("_tree",))

ANSWERS, CHECKS = named_cells(
    ("lstm", "lstm-forward", "lstm-backward", "gru", "swap", "personal", "personal-backward"),
    "figure",
    "explanation",
)

# what lies below one another in stacked weights, in the library's order
_LSTM, _GRU, _OWN = ("i", "f", "g", "o"), ("r", "z", "n"), ("u", "v", "g")
_STATE = {"x": ("t", "b", "i"), "h0": ("b", "h"), "c0": ("b", "h")}


def _cell(rng: np.random.Generator, gates: int, I: int, H: int) -> dict[str, Any]:
    """Weights of a cell with so many rows of H; b shifts no gate to its end."""
    return {
        "W_ih": rng.normal(size=(gates * H, I)) / np.sqrt(I),
        "W_hh": rng.normal(size=(gates * H, H)) / np.sqrt(H),
        "b": 0.5 * rng.normal(size=gates * H),
    }


def draw_lstm(
    rng: np.random.Generator,
    *,
    T: int = 6,
    B: int = 4,
    I: int = 3,
    H: int = 5,
    initial_state: bool = True,
) -> dict[str, Any]:
    """Weights, inputs, and a state and a cell to start from; the cell is not near zero."""
    return {
        "params": _cell(rng, 4, I, H),
        "x": rng.normal(size=(T, B, I)),
        "h0": np.tanh(rng.normal(size=(B, H))) if initial_state else np.zeros((B, H)),
        "c0": 1.5 * rng.normal(size=(B, H)) if initial_state else np.zeros((B, H)),
    }


def draw_backward(rng: np.random.Generator, **options: Any) -> dict[str, Any]:
    """As ``draw_lstm``, with the slopes of a loss by every state."""
    arguments = draw_lstm(rng, **options)
    T, B, _ = arguments["x"].shape
    return {**arguments, "d_h": rng.normal(size=(T, B, arguments["h0"].shape[1]))}


def solve_forward(params: Arrays, x: NDArray[Any], h0: NDArray[Any], c0: NDArray[Any]) -> Arrays:
    """States and cells by the reference; a cell's are those of one step after the other."""
    cell = lstm.LSTMParams(params["W_ih"], params["W_hh"], params["b"])
    state, h, c = lstm.LSTMState(h0, c0), [], []
    for x_t in x:
        state, _ = lstm.step(cell, x_t, state)
        h.append(state.h)
        c.append(state.c)
    return {"h": np.stack(h), "c": np.stack(c)}


def solve_backward(
    params: Arrays, x: NDArray[Any], h0: NDArray[Any], c0: NDArray[Any], d_h: NDArray[Any]
) -> Arrays:
    """Every gradient by the reference."""
    cell = lstm.LSTMParams(params["W_ih"], params["W_hh"], params["b"])
    _, _, cache = lstm.forward(cell, x, lstm.LSTMState(h0, c0))
    d_x, grads, start = lstm.backward(cache, d_h)
    found = {"d_x": d_x, "d_W_ih": grads.W_ih, "d_W_hh": grads.W_hh, "d_b": grads.b}
    return {**found, "d_h0": start.h, "d_c0": start.c}


def draw_gru(
    rng: np.random.Generator, *, T: int = 6, B: int = 4, I: int = 3, H: int = 5
) -> dict[str, Any]:
    """Weights with two biases, as PyTorch has them; inputs, and a state to start from."""
    cell = _cell(rng, 3, I, H)
    bias = {"b_ih": cell.pop("b"), "b_hh": 0.8 * rng.normal(size=3 * H)}
    state = np.tanh(rng.normal(size=(B, H)))
    return {"params": {**cell, **bias}, "x": rng.normal(size=(T, B, I)), "h0": state}


def solve_gru(params: Arrays, x: NDArray[Any], h0: NDArray[Any]) -> Arrays:
    """The states in all four conventions, by the two references."""
    found = {}
    turned = solve_swap(params)
    for name, weights in (("kept", params), ("new", turned)):
        W_ih, W_hh, b_ih, b_hh = (weights[k] for k in ("W_ih", "W_hh", "b_ih", "b_hh"))
        H = len(W_hh) // 3
        merged = b_ih + np.concatenate([b_hh[: 2 * H], np.zeros(H)])
        after = gru.GRUParams(W_ih, W_hh, merged, b_hh[2 * H :])
        before = gru_before.GRUBeforeParams(W_ih, W_hh, b_ih + b_hh)
        found[f"after_{name}"] = gru.forward(after, x, gru.GRUState(h0))[0]
        state = gru_before.GRUBeforeState(h0)
        found[f"before_{name}"] = gru_before.forward(before, x, state)[0]
    return found


def draw_swap(rng: np.random.Generator, *, I: int = 3, H: int = 5) -> dict[str, Any]:
    """The weights alone."""
    return {"params": draw_gru(rng, T=1, B=1, I=I, H=H)["params"]}


def solve_swap(params: Arrays) -> Arrays:
    """The same network's weights for the other meaning of z: the rows of z with turned signs."""
    H = len(params["W_hh"]) // 3
    sign = np.repeat([1.0, -1.0, 1.0], H)
    return {name: (sign * value.T).T for name, value in params.items()}


def draw_personal(
    rng: np.random.Generator,
    *,
    T: int = 6,
    B: int = 4,
    I: int = 3,
    H: int = 5,
    initial_state: bool = True,
) -> dict[str, Any]:
    """Weights for the gates u, v and the candidate, a peephole, inputs, targets, a start."""
    return {
        "params": {**_cell(rng, 3, I, H), "p": 0.8 * rng.normal(size=H)},
        "x": rng.normal(size=(T, B, I)),
        "y": rng.normal(size=(T, B, H)),
        "h0": np.tanh(rng.normal(size=(B, H))) if initial_state else np.zeros((B, H)),
        "c0": 0.8 * rng.normal(size=(B, H)) if initial_state else np.zeros((B, H)),
    }


_SMALL = {"T": 4, "B": 3, "I": 2, "H": 3}  # carried as a file for each of twelve cells


def _personal(member: str) -> CodeExercise:
    """The backward pass of one student's own cell; the autograder alone can solve it."""
    return CodeExercise(
        name=f"gated.personal_backward/{member}",
        function="personal_backward",
        signature="personal_backward(params, x, y, h0, c0)",
        outputs=(
            Output("loss", "L", ()),
            Output("d_W_hh", "∇_W L", ("g", "h"), blocks=_OWN),
            Output("d_p", "∇_p L", ("h",)),
            Output("d_c0", "∇_c⁽⁰⁾ L", ("b", "h")),
        ),
        draw=draw_personal,
        solve=None,
        public_options=(_SMALL, {**_SMALL, "T": 1, "B": 1}),
        tolerance=1e-6,
        inputs={**_STATE, "y": ("t", "b", "h")},
    )


EXERCISES = (
    CodeExercise(
        name="gated.lstm_forward",
        function="lstm_forward",
        signature="lstm_forward(params, x, h0, c0)",
        outputs=(Output("h", "h⁽ᵗ⁾", ("t", "b", "h")), Output("c", "c⁽ᵗ⁾", ("t", "b", "h"))),
        draw=draw_lstm,
        solve=solve_forward,
        public_options=({}, {"T": 1, "B": 1}),
        tolerance=1e-6,
        inputs=_STATE,
    ),
    CodeExercise(
        name="gated.lstm_backward",
        function="lstm_backward",
        signature="lstm_backward(params, x, h0, c0, d_h)",
        outputs=(
            Output("d_x", "∇_x⁽ᵗ⁾ L", ("t", "b", "i")),
            Output("d_W_ih", "∇_U L", ("g", "i"), blocks=_LSTM),
            Output("d_W_hh", "∇_W L", ("g", "h"), blocks=_LSTM),
            Output("d_b", "∇_b L", ("g",), blocks=_LSTM),
            Output("d_h0", "∇_h⁽⁰⁾ L", ("b", "h")),
            Output("d_c0", "∇_c⁽⁰⁾ L", ("b", "h")),
        ),
        draw=draw_backward,
        solve=solve_backward,
        public_options=({}, {"T": 1, "B": 1}),
        tolerance=1e-6,
        inputs={**_STATE, "d_h": ("t", "b", "h")},
    ),
    CodeExercise(
        name="gated.gru",
        function="gru_forward",
        signature="gru_forward(params, x, h0)",
        outputs=tuple(
            Output(f"{reset}_{z}", "h⁽ᵗ⁾", ("t", "b", "h"))
            for reset in ("after", "before")
            for z in ("kept", "new")
        ),
        draw=draw_gru,
        solve=solve_gru,
        public_options=({}, {"T": 1, "B": 1}),
        tolerance=1e-6,
        inputs={"x": ("t", "b", "i"), "h0": ("b", "h")},
    ),
    CodeExercise(
        name="gated.swap",
        function="swap_kept",
        signature="swap_kept(params)",
        outputs=(
            Output("W_ih", "W_ih", ("g", "i"), blocks=_GRU),
            Output("W_hh", "W_hh", ("g", "h"), blocks=_GRU),
            Output("b_ih", "b_ih", ("g",), blocks=_GRU),
            Output("b_hh", "b_hh", ("g",), blocks=_GRU),
        ),
        draw=draw_swap,
        solve=solve_swap,
        public_options=({}, {"I": 1, "H": 1}),
        tolerance=1e-9,
    ),
    *(_personal(member) for member in FAMILY.members),
)
