"""Temporal convolution: a dilated causal convolution, its matrix, its field, a residual block."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnncourse import conv, looking, tcn
from rnncourse.checks.absent import forbidden, named_cells
from rnncourse.checks.exercise import Arrays, CodeExercise, Output
from rnncourse.conv import ConvParams

# a student's notebook is graded without the rest: convolutions, and what measures how far one sees
FORBIDDEN = forbidden()

ANSWERS, CHECKS = named_cells(
    ("block", "conv", "matrix", "field", "forward", "backward"),
    "figure",
    "explanation",
)

_X = {"x": ("t", "b", "i")}


def draw_conv(
    rng: np.random.Generator,
    *,
    T: int = 9,
    B: int = 4,
    I: int = 3,
    O: int = 5,
    k: int = 3,
    d: int = 2,
) -> dict[str, Any]:
    """A random kernel and random inputs; all sizes differ, so that a wrong axis shows."""
    return {
        "x": rng.normal(size=(T, B, I)),
        "W": rng.normal(size=(k, O, I)) / np.sqrt(k * I),
        "b": 0.5 * rng.normal(size=O),
        "d": d,
    }


def draw_matrix(
    rng: np.random.Generator, *, T: int = 7, I: int = 2, O: int = 3, k: int = 3, d: int = 2
) -> dict[str, Any]:
    """A random kernel, and how many steps its matrix is for."""
    return {"W": rng.normal(size=(k, O, I)), "T": T, "d": d}


def draw_field(
    rng: np.random.Generator, *, k: int = 3, dilations: tuple[int, ...] = (1, 1, 2, 2, 5)
) -> dict[str, Any]:
    """A kernel size, and a dilation for each convolution."""
    return {"k": k, "dilations": list(dilations)}


def draw_block(
    rng: np.random.Generator,
    *,
    T: int = 9,
    B: int = 4,
    I: int = 3,
    H: int = 5,
    k: int = 3,
    d: int = 2,
    slopes: bool = False,
) -> dict[str, Any]:
    """A random block and inputs, and with `slopes` the gradient of a loss by its outputs."""
    arguments: dict[str, Any] = {
        "params": {
            "W_1": rng.normal(size=(k, H, I)) / np.sqrt(k * I),
            "b_1": 0.3 * rng.normal(size=H),
            "W_2": rng.normal(size=(k, H, H)) / np.sqrt(k * H / 2),
            "b_2": 0.3 * rng.normal(size=H),
            "W_3": rng.normal(size=(H, I)) / np.sqrt(I),
            "b_3": 0.5 * rng.normal(size=H),
        },
        "x": rng.normal(size=(T, B, I)),
        "d": d,
    }
    return arguments | {"d_h": rng.normal(size=(T, B, H))} if slopes else arguments


def solve_conv(x: NDArray[Any], W: NDArray[Any], b: NDArray[Any], d: int) -> Arrays:
    """The library's convolution."""
    return {"y": conv.forward(ConvParams(W, b), x, dilation=d)[0]}


def solve_matrix(W: NDArray[Any], T: int, d: int) -> Arrays:
    """The library's band of blocks."""
    return {"M": conv.banded(W, T, dilation=d)}


def solve_field(k: int, dilations: list[int]) -> Arrays:
    """By the tree of taps."""
    tree = looking.taps([k] * len(dilations), dilations)
    return {"field": np.asarray(tree.receptive_field), "read": np.asarray(len(tree.lags[0]))}


def solve_forward(params: Arrays, x: NDArray[Any], d: int) -> Arrays:
    """The library's block."""
    h, cache = tcn.block(_block(params), x, dilation=d)
    return {"u": cache.u, "v": cache.v, "h": h}


def solve_backward(params: Arrays, x: NDArray[Any], d: int, d_h: NDArray[Any]) -> Arrays:
    """The library's block, back."""
    _, cache = tcn.block(_block(params), x, dilation=d)
    d_x, found = tcn.block_backward(cache, d_h)
    grads: Any = found  # of a block without weight normalisation
    return {
        "d_x": d_x,
        "d_W_1": grads.first.W,
        "d_b_1": grads.first.b,
        "d_W_2": grads.second.W,
        "d_W_3": grads.residual.W[0],
    }


def _block(params: Arrays) -> tcn.BlockParams:
    return tcn.BlockParams(
        ConvParams(params["W_1"], params["b_1"]),
        ConvParams(params["W_2"], params["b_2"]),
        ConvParams(params["W_3"][None], params["b_3"]),
    )


EXERCISES = (
    CodeExercise(
        name="tcn.conv",
        function="causal_conv",
        signature="causal_conv(x, W, b, d)",
        outputs=(Output("y", "y⁽ᵗ⁾", ("t", "b", "o")),),
        draw=draw_conv,
        solve=solve_conv,
        public_options=({}, {"T": 4, "d": 3}),
        tolerance=1e-6,
        inputs=_X,
    ),
    CodeExercise(
        name="tcn.matrix",
        function="conv_matrix",
        signature="conv_matrix(W, T, d)",
        outputs=(Output("M", "the banded matrix", ("row", "column")),),
        draw=draw_matrix,
        solve=solve_matrix,
        public_options=({}, {"T": 3, "d": 2}),
        tolerance=1e-6,
    ),
    CodeExercise(
        name="tcn.field",
        function="receptive_field",
        signature="receptive_field(k, dilations)",
        outputs=(
            Output("field", "steps from the first to the last that is read", ()),
            Output("read", "how many of them are read", ()),
        ),
        draw=draw_field,
        solve=solve_field,
        public_options=({}, {"k": 2, "dilations": (1, 3, 9)}),
        tolerance=1e-9,
    ),
    CodeExercise(
        name="tcn.forward",
        function="block_forward",
        signature="block_forward(params, x, d)",
        outputs=(
            Output("u", "u⁽ᵗ⁾", ("t", "b", "h")),
            Output("v", "v⁽ᵗ⁾", ("t", "b", "h")),
            Output("h", "h⁽ᵗ⁾", ("t", "b", "h")),
        ),
        draw=draw_block,
        solve=solve_forward,
        public_options=({}, {"T": 1, "B": 1}),
        tolerance=1e-6,
        inputs=_X,
    ),
    CodeExercise(
        name="tcn.backward",
        function="block_backward",
        signature="block_backward(params, x, d, d_h)",
        outputs=(
            Output("d_x", "∇_x L", ("t", "b", "i")),
            Output("d_W_1", "∇_W₁ L", ("tap", "h", "i")),
            Output("d_b_1", "∇_b₁ L", ("h",)),
            Output("d_W_2", "∇_W₂ L", ("tap", "h", "j")),
            Output("d_W_3", "∇_W₃ L", ("h", "i")),
        ),
        draw=draw_block,
        solve=solve_backward,
        public_options=({"slopes": True}, {"slopes": True, "T": 3, "B": 1, "d": 4}),
        tolerance=1e-6,
        inputs=_X | {"d_h": ("t", "b", "h")},
    ),
)
