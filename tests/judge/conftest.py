"""A small exercise of its own: leaky sums of a sequence, with its mistakes."""

import pytest

from autograder.assignment import Assignment, CodeItem, HiddenCase, Limits, Mistake
from autograder.judge.catalogue import Catalogue
from autograder.sandbox import Sandbox
from rnncourse.checks.exercise import CodeExercise, Output

SOLUTION = """\
def leaky(params, x):
    s = np.zeros((len(x) + 1, x.shape[1]))
    for t in range(len(x)):
        s[t + 1] = params["a"] * s[t] + x[t]
    return s[1:], s[1:].sum()
"""
WRONG_SIGN = ('params["a"] * s[t]', '-params["a"] * s[t]')


def draw(rng, *, T=5, B=3):
    return {"params": {"a": rng.uniform(0.3, 0.9)}, "x": rng.normal(size=(T, B))}


def solve(params, x):
    s = [x[0] * 0]
    for row in x:
        s.append(params["a"] * s[-1] + row)
    return {"s": s[1:], "total": sum(map(sum, s[1:]))}


def solve_as_arrays(params, x):
    import numpy as np

    return {name: np.asarray(value) for name, value in solve(params, x).items()}


EXERCISE = CodeExercise(
    name="leaky.sum",
    function="leaky",
    signature="leaky(params, x)",
    outputs=(Output("s", "s⁽ᵗ⁾", ("t", "b")), Output("total", "Σ", ())),
    draw=draw,
    solve=solve_as_arrays,
    inputs={"x": ("t", "b")},
)
ITEM = CodeItem(
    cell="leaky-check",
    answer="leaky",
    title="Leaky sums",
    exercise=EXERCISE,
    points={"s": 3.0, "total": 1.0},
    cases=(
        HiddenCase("ordinary"),
        HiddenCase("one step", {"T": 1}),
        HiddenCase("batch of one", {"B": 1}),
    ),
    mistakes=(
        Mistake("sign", "Does the past push or pull?", edits=(WRONG_SIGN,)),
        Mistake("no-leak", "What became of a?", edits=(('params["a"] * ', ""),)),
        Mistake("mean", "Sum or mean?", edits=((".sum()", ".mean()"),)),
    ),
)
ASSIGNMENT = Assignment(
    name="leaky",
    title="Leaky sums",
    notebook="leaky",
    items=(ITEM,),
    forbidden=("torch", "rnncourse.elman"),
    limits=Limits(
        cell_seconds=3.0,
        call_seconds=1.5,
        submission_seconds=20.0,
        memory_bytes=400 << 20,
        output_bytes=1 << 16,
        processes=40,
    ),
)


@pytest.fixture(scope="session")
def catalogue():
    return Catalogue(ASSIGNMENT, {"leaky": SOLUTION})


@pytest.fixture
def item():
    return ITEM


@pytest.fixture
def assignment():
    return ASSIGNMENT


@pytest.fixture
def solution():
    return SOLUTION


@pytest.fixture(scope="session")
def box():
    """One open sandbox for the tests of this folder."""
    with Sandbox(ASSIGNMENT.forbidden, ASSIGNMENT.limits) as sandbox:
        yield sandbox
