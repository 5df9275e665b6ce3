"""Back-propagation through time: forward pass, full and truncated gradients of an Elman network."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnncourse import elman, linear, losses, network, truncated
from rnncourse.checks.absent import all_but, forbidden, named_cells
from rnncourse.checks.exercise import Arrays, CodeExercise, Output
from rnncourse.derivation.exercises.bptt_personal import FAMILY

# a student's notebook is graded without the rest: most cells hold an Elman network as a special
# case (leaky units with α = 1, a clockwork of one period), and a new one may as well
FIGURES = frozenset(("bundle", "interactive", "picture", "words"))
FORBIDDEN = (
    *forbidden(
        left=(
            *("data", "figures", "gradcheck", "graphs", "iob", "optim", "trees"),
            *("_graph_drawing", "_graph_strokes", "_init", "_report", "_tree", "_wiring"),
        ),
    ),
    *all_but(FIGURES, "figures"),  # interactive ones run networks of many kinds
)

ANSWERS, CHECKS = named_cells(
    (
        "gradients",
        "chain",
        "delta",
        "forward",
        "backward",
        "truncated",
        "personal",
        "personal-backward",
    ),
    "figure",
    "explanation",
)

_INPUTS = {"x": ("t", "b", "i"), "y": ("t", "b"), "h0": ("b", "h")}
_GRADIENTS = (
    Output("d_W_ih", "∇_U L", ("h", "i")),
    Output("d_W_hh", "∇_W L", ("h", "j")),
    Output("d_W_ho", "∇_V L", ("k", "h")),
    Output("d_b_h", "∇_b L", ("h",)),
    Output("d_b_o", "∇_c L", ("k",)),
)
_MOST_SHARES = 200_000  # entries; beyond it the shares are left out, as they grow with T·B·H²


def draw(
    rng: np.random.Generator,
    *,
    T: int = 6,
    B: int = 4,
    I: int = 3,
    H: int = 5,
    K: int = 7,
    initial_state: bool = True,
    k: int | None = None,
) -> dict[str, Any]:
    """Random weights, inputs, targets and initial state; with ``k``, the window too.

    The sizes differ from each other, so that a loop over the wrong axis shows. Weights
    are wide enough for the future to count: the spectral radius of W_hh is near 1.
    """
    arguments: dict[str, Any] = {
        "params": {
            "W_ih": rng.normal(size=(H, I)) / np.sqrt(I),
            "W_hh": rng.normal(size=(H, H)) / np.sqrt(H),
            "W_ho": rng.normal(size=(K, H)) / np.sqrt(H),
            "b_h": 0.3 * rng.normal(size=H),
            "b_o": 0.3 * rng.normal(size=K),
        },
        "x": rng.normal(size=(T, B, I)),
        "y": rng.integers(K, size=(T, B)),
        "h0": np.tanh(rng.normal(size=(B, H))) if initial_state else np.zeros((B, H)),
    }
    return arguments if k is None else {**arguments, "k": k}


def solve_forward(params: Arrays, x: NDArray[Any], y: NDArray[Any], h0: NDArray[Any]) -> Arrays:
    """States, predictions and loss by the reference network."""
    net = _network(params)
    h, _, _ = elman.forward(net.cell, x, elman.ElmanState(h0))
    o, _ = linear.forward(net.out, h)
    y_hat = losses.softmax(o)
    T, B = y.shape
    shares = -np.log(y_hat[np.arange(T)[:, None], np.arange(B), y]) / B
    loss, _ = losses.softmax_cross_entropy(o, y)
    return {"h": h, "y_hat": y_hat, "loss": np.asarray(loss), "loss.by_step": shares}


def solve_backward(params: Arrays, x: NDArray[Any], y: NDArray[Any], h0: NDArray[Any]) -> Arrays:
    """Every gradient by the reference network."""
    net = _network(params)
    h, _, cache = elman.forward(net.cell, x, elman.ElmanState(h0))
    o, out_cache = linear.forward(net.out, h)
    _, d_o = losses.softmax_cross_entropy(o, y)
    d_h, out = linear.backward(out_cache, d_o)
    _, cell, d_state = elman.backward(cache, d_h)
    return {
        **_named(network.NetworkParams(cell, out)),
        "d_h0": d_state.h,
        **_shares(net, x, h0, h, d_o, d_h),
    }


def solve_truncated(
    params: Arrays, x: NDArray[Any], y: NDArray[Any], h0: NDArray[Any], k: int
) -> Arrays:
    """The windows' gradients added up, by the reference."""
    _, grads, _ = truncated.gradients(elman, _network(params), x, y, k, elman.ElmanState(h0))
    return _named(grads)


def _network(params: Arrays) -> network.NetworkParams:
    return network.NetworkParams(
        elman.ElmanParams(params["W_ih"], params["W_hh"], params["b_h"]),
        linear.LinearParams(params["W_ho"], params["b_o"]),
    )


def _named(grads: network.NetworkParams) -> Arrays:
    cell, out = grads
    values = (cell.W_ih, cell.W_hh, out.W_ho, cell.b, out.b_o)
    return {output.name: value for output, value in zip(_GRADIENTS, values, strict=True)}


def _shares(
    net: network.NetworkParams,
    x: NDArray[Any],
    h0: NDArray[Any],
    h: NDArray[Any],
    d_o: NDArray[Any],
    d_h: NDArray[Any],
) -> Arrays:
    """What each step of each sequence adds to each gradient, (T, B, …), as derived by hand."""
    T, B, I = x.shape
    H, K = h.shape[2], d_o.shape[2]
    if T * B * H * max(H, I, K) > _MOST_SHARES:
        return {}
    before = np.concatenate([h0[None], h[:-1]])
    d_a, later = np.empty_like(h), np.zeros_like(h0)
    for t in reversed(range(T)):
        d_a[t] = (1 - h[t] ** 2) * (d_h[t] + later)
        later = d_a[t] @ net.cell.W_hh
    values = (
        d_a[..., None] * x[..., None, :],
        d_a[..., None] * before[..., None, :],
        d_o[..., None] * h[..., None, :],
        d_a,
        d_o,
    )
    shares = {output.name: value for output, value in zip(_GRADIENTS, values, strict=True)}
    return {f"{name}.by_step": value for name, value in shares.items()}


def draw_personal(rng: np.random.Generator, **options: Any) -> dict[str, Any]:
    """As ``draw``, with the two numbers that the students' own networks have beside the weights.

    W_hh is smaller, since part of the state is kept beside what it carries: no state may grow out
    of bounds in a long sequence.
    """
    arguments = draw(rng, **options)
    arguments["params"]["W_hh"] *= 0.35
    arguments["params"]["alpha"] = float(rng.uniform(0.25, 0.6))
    arguments["params"]["lam"] = float(rng.uniform(0.2, 0.6))
    return arguments


_SMALL = {"T": 4, "B": 3, "I": 2, "H": 3, "K": 4}  # carried as a file for each of twelve networks


def _personal(member: str) -> CodeExercise:
    """The backward pass of one student's own network; the autograder alone can solve it."""
    return CodeExercise(
        name=f"bptt.personal_backward/{member}",
        function="personal_backward",
        signature="personal_backward(params, x, y, h0)",
        outputs=(
            Output("loss", "L", ()),
            Output("d_W_ih", "∇_U L", ("h", "i")),
            Output("d_W_hh", "∇_W L", ("h", "j")),
            Output("d_alpha", "∇_α L", ()),
            Output("d_h0", "∇_h⁽⁰⁾ L", ("b", "h")),
        ),
        draw=draw_personal,
        solve=None,
        public_options=(_SMALL, {**_SMALL, "T": 1, "B": 1}),
        tolerance=1e-6,
        inputs=_INPUTS,
    )


_ONE_STEP = {"T": 1, "B": 1, "I": 3, "H": 5, "K": 7}

EXERCISES = (
    CodeExercise(
        name="bptt.forward",
        function="rnn_forward",
        signature="rnn_forward(params, x, y, h0)",
        outputs=(
            Output("h", "h⁽ᵗ⁾", ("t", "b", "h")),
            Output("y_hat", "ŷ⁽ᵗ⁾", ("t", "b", "k")),
            Output("loss", "L", ()),
        ),
        draw=draw,
        solve=solve_forward,
        public_options=({}, _ONE_STEP),
        tolerance=1e-6,
        inputs=_INPUTS,
    ),
    CodeExercise(
        name="bptt.backward",
        function="rnn_backward",
        signature="rnn_backward(params, x, y, h0)",
        outputs=(*_GRADIENTS, Output("d_h0", "∇_h⁽⁰⁾ L", ("b", "h"))),
        draw=draw,
        solve=solve_backward,
        public_options=({}, _ONE_STEP),
        tolerance=1e-6,
        inputs=_INPUTS,
    ),
    CodeExercise(
        name="bptt.truncated",
        function="truncated_gradients",
        signature="truncated_gradients(params, x, y, h0, k)",
        outputs=_GRADIENTS,
        draw=draw,
        solve=solve_truncated,
        public_options=({"T": 8, "k": 3}, {"T": 6, "k": 9}),
        tolerance=1e-6,
        inputs=_INPUTS,
    ),
    *(_personal(member) for member in FAMILY.members),
)
