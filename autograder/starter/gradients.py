"""A derivation: its symbols and steps, the truth by automatic differentiation, known mistakes."""

from typing import Any

from autograder.authoring import (
    STANDARD,
    DerivationExercise,
    DerivationItem,
    Step,
    Symbol,
    Trace,
    Truth,
    Variant,
    gradient_of,
    wrong_line,
)

EXERCISE = DerivationExercise(
    name="starter.gradients",
    title="The gradients of a layer",
    symbols=(
        Symbol("x", ("I", "1"), "input of sample t", first=1),
        Symbol("r", ("H", "1"), "target of sample t", first=1),
        Symbol("a", ("H", "1"), "what goes into the units", first=1),
        Symbol("y", ("H", "1"), "what comes out of them", first=1),
        Symbol("W", ("H", "I"), "weights"),
        Symbol("b", ("H", "1"), "bias"),
        gradient_of("y", ("H", "1"), first=1),
        gradient_of("a", ("H", "1"), first=1),
        gradient_of("W", ("H", "I")),
        gradient_of("b", ("H", "1")),
    ),
    steps=(
        Step("dy[t]", "by what comes out of the units"),
        Step("da[t]", "by what goes into them"),
        Step("dW", "by the weights"),
        Step("db", "by the bias"),
    ),
    functions=STANDARD,
    network=("a[t] = b + W @ x[t]", "y[t] = tanh(a[t])"),
    notes=("The loss is L = ½ ∑ ‖y[t] − r[t]‖², summed over the samples t = 1 … T.",),
)


def network(n: Trace) -> Any:
    """The same network in PyTorch: drawn, noted by the names of the symbols, its loss returned."""
    W, b = n.weight("W", "H", "I"), n.weight("b", "H", "1")
    x, r = n.inputs("x", "I", "1"), n.inputs("r", "H", "1")
    loss: Any = 0.0
    for t in n.times:
        a = n.note("a", t, b + W @ x[t])
        y = n.note("y", t, a.tanh())
        loss = loss + ((y - r[t]) ** 2).sum() / 2
    return loss


ITEM = DerivationItem(
    cell="gradients-check",
    answer="gradients",
    title="Gradients",
    exercise=EXERCISE,
    truth=Truth(network, {"dy": "y", "da": "a", "dW": "W", "db": "b"}),
    points={"dy[t]": 1, "da[t]": 2, "dW": 1, "db": 1},
    mistakes=(
        wrong_line(
            "dy[t]",
            "error-sign",
            "Should the loss rise or fall where the output moves towards its target?",
            "r[t] - y[t]",
        ),
        wrong_line(
            "dy[t]",
            "two-kept",
            "The ½ of the loss is there for something. For what?",
            "2 * (y[t] - r[t])",
        ),
        wrong_line(
            "da[t]",
            "slope-missing",
            "Between a[t] and y[t] stands a function. What is its part in the chain rule?",
            "1 * dy[t]",
        ),
        wrong_line(
            "da[t]",
            "slope-of-the-sum",
            "This slope is written with the value of tanh. Is a[t] that value?",
            "(1 - a[t]**2) * dy[t]",
        ),
        wrong_line(
            "dW",
            "outer-reversed",
            "Which of the two vectors counts the rows of W?",
            "sum(t, x[t] @ da[t].T)",
        ),
        wrong_line(
            "dW",
            "last-sample-only",
            "Every sample has its share in the gradient of a weight.",
            "da[T] @ x[T].T",
        ),
        wrong_line(
            "db",
            "bias-of-the-output",
            "The bias acts inside the function. Which gradient stands there?",
            "sum(t, dy[t])",
        ),
    ),
    variants=(
        Variant(
            "as-on-paper",
            edits=(
                ("da[t] = ", "∇a⁽ᵗ⁾ = "),
                ("da[t] @ x[t].T", "outer(da[t], x[t])"),
                ("(1 - y[t]**2) *", "(1 − y[t]²) ⊙"),
            ),
        ),
        Variant(
            "diagonal-matrix",
            edits=(("(1 - y[t]**2) * dy[t]", "diag(1 - tanh(a[t])**2) @ dy[t]"),),
        ),
    ),
)
