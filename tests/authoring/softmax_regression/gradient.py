"""The gradient of the cross-entropy, by hand."""

from autograder.authoring import (
    STANDARD,
    DerivationExercise,
    DerivationItem,
    Step,
    Symbol,
    Truth,
    Variant,
    gradient_of,
    wrong_line,
)

EXERCISE = DerivationExercise(
    name="softmax_regression.gradient",
    title="The gradient of softmax regression",
    symbols=(
        Symbol("x", ("D", "1"), "input of sample t", first=1),
        Symbol("y", ("K", "1"), "1 at the class of sample t, 0 elsewhere", first=1),
        Symbol("z", ("K", "1"), "scores", first=1),
        Symbol("p", ("K", "1"), "probabilities", first=1),
        Symbol("W", ("K", "D"), "weights"),
        Symbol("b", ("K", "1"), "bias"),
        gradient_of("z", ("K", "1"), first=1),
        gradient_of("W", ("K", "D")),
        gradient_of("b", ("K", "1")),
    ),
    steps=(Step("dz[t]", "by the scores"), Step("dW", "by the weights"), Step("db", "by the bias")),
    functions=STANDARD,
    network=("z[t] = b + W @ x[t]", "p[t] = softmax(z[t])"),
    notes=("The loss is L = −∑ y[t]ᵀ log p[t], summed over the samples t = 1 … T.",),
)


def network(n):
    W, b = n.weight("W", "K", "D"), n.weight("b", "K", "1")
    x, y = n.inputs("x", "D", "1"), n.classes("y", "K")
    loss = 0.0
    for t in n.times:
        z = n.note("z", t, b + W @ x[t])
        p = n.note("p", t, z.softmax(0))
        loss = loss - (y[t] * p.log()).sum()
    return loss


ITEM = DerivationItem(
    cell="gradient-check",
    answer="gradient",
    title="Its gradient",
    exercise=EXERCISE,
    truth=Truth(network, {"dz": "z", "dW": "W", "db": "b"}, sizes={"D": 3, "K": 5}),
    points={"dz[t]": 3, "dW": 1, "db": 1},
    mistakes=(
        wrong_line(
            "dz[t]",
            "error-sign",
            "Should the score of the right class rise or fall for the loss to fall?",
            "y[t] - p[t]",
        ),
        wrong_line(
            "dz[t]",
            "slope-of-a-sigmoid",
            "Every probability depends on every score. And how much of it is left when the "
            "logarithm is differentiated, too?",
            "p[t] * (1 - p[t]) * (p[t] - y[t])",
        ),
        wrong_line(
            "dz[t]",
            "by-the-probabilities",
            "That is the gradient by p[t]. Between z[t] and p[t] stands a softmax.",
            "-y[t] / p[t]",
        ),
        wrong_line(
            "dW",
            "last-sample-only",
            "Every sample has its share in the gradient of a weight.",
            "dz[T] @ x[T].T",
        ),
        wrong_line(
            "dW",
            "scores-for-gradient",
            "Which gradient arrives at the scores?",
            "sum(t, z[t] @ x[t].T)",
        ),
        wrong_line(
            "db", "bias-last-sample-only", "Every sample has its share in the bias, too.", "dz[T]"
        ),
    ),
    variants=(
        Variant(
            "as-on-paper",
            edits=(("dz[t] = ", "∇z⁽ᵗ⁾ = "), ("dz[t] @ x[t].T", "outer(dz[t], x[t])")),
        ),
        Variant(
            "by-the-jacobian",
            edits=(
                ("dz[t] = p[t] - y[t]", "dz[t] = (p[t] @ p[t].T - diag(p[t])) @ (y[t] / p[t])"),
            ),
        ),
    ),
)
