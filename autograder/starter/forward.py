"""A function that students write: what is asked, hidden cases, known mistakes, other right ways."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.authoring import CodeExercise, CodeItem, HiddenCase, Mistake, Output, Variant

Array = NDArray[Any]


def draw(rng: np.random.Generator, *, N: int = 5, I: int = 3, H: int = 4) -> dict[str, Any]:
    """One call's arguments, in the order of the call; the sizes differ, so a wrong axis shows."""
    return {
        "W": rng.normal(size=(H, I)),
        "b": rng.normal(size=H),
        "x": rng.normal(size=(N, I)),
        "target": rng.normal(size=(N, H)),
    }


def solve(W: Array, b: Array, x: Array, target: Array) -> dict[str, Array]:
    """The right outputs by name, written apart from the solution in the notebook."""
    y = np.stack([np.tanh(W @ sample + b) for sample in x])
    distances = [0.5 * (row @ row) for row in y - target]
    return {"y": y, "loss": np.asarray(np.mean(distances))}


EXERCISE = CodeExercise(
    name="starter.forward",
    function="layer_forward",
    signature="layer_forward(W, b, x, target)",
    outputs=(Output("y", "y", ("n", "h")), Output("loss", "L", ())),
    draw=draw,
    solve=solve,
    public_options=({}, {"N": 1}),  # two visible cases
    tolerance=1e-6,
    inputs={"W": ("h", "i"), "b": ("h",), "x": ("n", "i"), "target": ("n", "h")},
)

ITEM = CodeItem(
    cell="forward-check",
    answer="forward",
    title="Forward",
    exercise=EXERCISE,
    points={"y": 2, "loss": 1},
    cases=(
        HiddenCase("ordinary"),
        HiddenCase("one sample", {"N": 1}),
        HiddenCase("one unit", {"H": 1}),
        HiddenCase("more samples", {"N": 50, "I": 6}),
    ),
    mistakes=(
        Mistake(
            "bias-missing",
            "What should a unit give where all its inputs are zero?",
            edits=((" + b", ""),),
        ),
        Mistake(
            "not-squashed",
            "These are the sums that go into the units. What do the units make of them?",
            edits=(("np.tanh(x @ W.T + b)", "x @ W.T + b"),),
        ),
        Mistake(
            "sum-over-samples",
            "With twice the samples this loss would double.",
            edits=((" / len(x)", ""),),
        ),
        Mistake(
            "mean-over-units-too",
            "Over what is the mean taken, and over what the sum?",
            edits=((".sum() / len(x)", ".mean()"),),
        ),
        Mistake(
            "half-missing",
            "Compare your loss with the task: there is a factor in front of the sum.",
            edits=(("0.5 * ", ""),),
        ),
    ),
    variants=(
        Variant(
            "dict-of-lists",
            edits=(("return y, loss", 'return {"loss": float(loss), "y": y.tolist()}'),),
        ),
        Variant(
            "by-loops",
            source="""
def layer_forward(W, b, x, target):
    y = np.zeros((len(x), len(b)))
    loss = 0.0
    for n in range(len(x)):
        for h in range(len(b)):
            y[n, h] = np.tanh(sum(W[h, i] * x[n, i] for i in range(W.shape[1])) + b[h])
            loss += 0.5 * (y[n, h] - target[n, h]) ** 2 / len(x)
    return y, loss
""",
        ),
    ),
)
