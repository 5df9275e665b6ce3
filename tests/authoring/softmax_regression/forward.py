"""Probabilities and cross-entropy of softmax regression."""

import numpy as np

from autograder.authoring import CodeExercise, CodeItem, HiddenCase, Mistake, Output, Variant


def draw(rng, *, N=6, D=3, K=4, scale=1.0):
    return {
        "W": scale * rng.normal(size=(K, D)),
        "b": rng.normal(size=K),
        "x": rng.normal(size=(N, D)),
        "y": rng.integers(K, size=N),
    }


def solve(W, b, x, y):
    z = np.stack([W @ sample + b for sample in x])
    log_p = z - np.logaddexp.reduce(z, axis=1)[:, None]
    return {"p": np.exp(log_p), "loss": -np.mean([row[k] for row, k in zip(log_p, y, strict=True)])}


EXERCISE = CodeExercise(
    name="softmax_regression.forward",
    function="softmax_forward",
    signature="softmax_forward(W, b, x, y)",
    outputs=(Output("p", "p", ("n", "k")), Output("loss", "L", ())),
    draw=draw,
    solve=solve,
    public_options=({}, {"N": 1}),
    tolerance=1e-6,
    inputs={"W": ("k", "d"), "b": ("k",), "x": ("n", "d"), "y": ("n",)},
)

ITEM = CodeItem(
    cell="forward-check",
    answer="forward",
    title="Softmax regression",
    exercise=EXERCISE,
    points={"p": 3, "loss": 2},
    cases=(
        HiddenCase("ordinary"),
        HiddenCase("one sample", {"N": 1}),
        HiddenCase("two classes", {"K": 2}),
        HiddenCase("large scores", {"scale": 800.0}),
    ),
    mistakes=(
        Mistake(
            "overflow",
            "What is the exponential of 1000, as a number of the machine? A constant taken from "
            "all scores of a sample does not change the probabilities.",
            edits=(("    z = z - z.max(axis=1, keepdims=True)\n", ""),),
        ),
        Mistake(
            "not-normalised",
            "Probabilities of all classes add up to a number. To which?",
            edits=(("p = e / e.sum(axis=1, keepdims=True)", "p = e"),),
        ),
        Mistake(
            "normalised-over-samples",
            "Over what do the probabilities of one sample add up to 1, classes or samples?",
            edits=(("p = e / e.sum(axis=1, keepdims=True)", "p = e / e.sum(axis=0)"),),
        ),
        Mistake(
            "bias-missing",
            "Which class would be likely where the input is zero?",
            edits=((" + b", ""),),
        ),
        Mistake(
            "sum-over-samples",
            "With twice the samples this loss would double.",
            edits=((".mean()", ".sum()"),),
        ),
        Mistake(
            "sign-of-the-loss",
            "Should the loss of a sure and right answer be small or large?",
            edits=(("loss = (", "loss = -("),),
        ),
        Mistake(
            "mean-over-all-classes",
            "Of which class does the cross-entropy take the logarithm?",
            edits=(("z[np.arange(len(y)), y]", "z.mean(axis=1)"),),
        ),
    ),
    variants=(
        Variant("dictionary", edits=(("return p, loss", 'return {"loss": float(loss), "p": p}'),)),
        Variant(
            "sample-by-sample",
            source="""
def softmax_forward(W, b, x, y):
    p, loss = [], 0.0
    for sample, k in zip(x, y):
        z = W @ sample + b
        z = z - max(z)
        loss += (np.log(sum(np.exp(z))) - z[k]) / len(x)
        p.append(np.exp(z) / sum(np.exp(z)))
    return p, loss
""",
        ),
    ),
)
