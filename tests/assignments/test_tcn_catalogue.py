"""What the assignment on convolution promises beside what every assignment does."""

import numpy as np

from autograder.assignment import CodeItem
from autograder.assignments import load, notebooks
from autograder.gradebook.notebooks import grade_id

ASSIGNMENT = load("tcn")
CELLS = {grade_id(c): c.source for c in notebooks.solution(ASSIGNMENT).cells if grade_id(c)}
CODE = [item for item in ASSIGNMENT.items if isinstance(item, CodeItem)]


def test_a_finite_difference_gradient_needs_more_calls_than_a_call_has_time_for():
    """The largest hidden case of backward holds so many weights that moving each is too slow."""
    backward = next(item for item in CODE if item.answer == "backward")
    largest = backward.exercise.draw(np.random.default_rng(0), **backward.cases[-1].options)
    weights = sum(value.size for value in largest["params"].values())
    assert weights > 10_000


def test_the_paths_of_the_deepest_case_are_too_many_to_walk_along():
    field = next(item for item in CODE if item.answer == "field")
    deepest = field.cases[-1].options
    assert deepest["k"] ** len(deepest["dilations"]) > 10**12


def test_the_banded_matrix_is_the_convolution():
    space = {"np": np}
    for answer in ("conv", "matrix"):
        exec(CELLS[answer], space)
    rng = np.random.default_rng(0)
    W, x = rng.normal(size=(3, 4, 2)), rng.normal(size=(8, 1, 2))
    y = space["causal_conv"](x, W, np.zeros(4), 3)
    assert np.allclose(space["conv_matrix"](W, 8, 3) @ x.ravel(), y.ravel(), atol=1e-14)
