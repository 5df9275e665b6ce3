"""A made-up assignment and verdicts on it, for the tests of the pages."""

import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from autograder.assignment import Assignment, CodeItem, WrittenItem
from autograder.assignments import load
from autograder.gradebook import course as courses
from autograder.gradebook import notebooks
from autograder.gradebook.release import release
from autograder.verdict import Incident, Outcome, Part, SubmissionVerdict, Verdict

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

EXERCISE: Any = SimpleNamespace(name="fake")


@pytest.fixture
def made_up() -> ModuleType:
    """This file: the functions below make the pieces."""
    return sys.modules[__name__]


@pytest.fixture(scope="session")
def bptt() -> Assignment:
    """The first assignment."""
    return load("bptt")


@pytest.fixture(scope="session")
def _released_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("course") / "c"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's own
        release(courses.create(root, "c", ["bptt"]), "bptt")
    return root


@pytest.fixture
def released(_released_once: Path, tmp_path: Path) -> courses.Course:
    """A course of its own with the assignment released."""
    shutil.copytree(_released_once, tmp_path / "c")
    return courses.open(tmp_path / "c")


@pytest.fixture
def submit() -> Callable[[courses.Course, str], Any]:
    """Hands the release in as it is, and gives the notebook."""

    def hand_in(course: courses.Course, student: str) -> Any:
        folder = course.folder("submitted", "bptt", student)
        folder.mkdir(parents=True)
        source = course.folder("release", "bptt") / "bptt.ipynb"
        shutil.copy(source, folder)
        return notebooks.read(source)

    return hand_in


def assignment() -> Assignment:
    items = (
        CodeItem(
            "forward-check",
            "forward",
            "Forward pass",
            EXERCISE,
            {"h": 2, "y_hat": 1, "loss": 1},
            (),
        ),
        CodeItem(
            "backward-check", "backward", "Backward pass", EXERCISE, {"d_W_hh": 3, "d_W_ih": 2}, ()
        ),
        CodeItem("truncated-check", "truncated", "Truncated BPTT", EXERCISE, {"gradients": 5}, ()),
        WrittenItem("explanation", "Explanation", 5, ((5, "RUBRIC-SECRET"),)),
    )
    return Assignment("bptt", "Back-propagation through time", "bptt", items)


def code_cell(
    source: str, grade_id: str | None = None, outputs: list[Any] | None = None
) -> dict[str, Any]:
    tags = {"grade_id": grade_id, "solution": True, "grade": False, "locked": False}
    return {
        "cell_type": "code",
        "metadata": {"nbgrader": tags} if grade_id else {},
        "source": source,
        "outputs": outputs or [],
    }


def text_cell(source: str, grade_id: str, **more: Any) -> dict[str, Any]:
    tags = {"grade_id": grade_id, "solution": True, "grade": True, "locked": False}
    return {"cell_type": "markdown", "metadata": {"nbgrader": tags}, "source": source, **more}


def printed(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def shown(**data: Any) -> dict[str, Any]:
    bundle = {key.replace("_", "/", 1).replace("_", "+"): value for key, value in data.items()}
    return {"output_type": "display_data", "data": bundle, "metadata": {}}


def notebook() -> dict[str, Any]:
    return {
        "cells": [
            code_cell("import numpy as np"),
            code_cell(
                "def rnn_forward(params, x, y, h0):\n    return h", "forward", [printed("fine\n")]
            ),
            code_cell("def rnn_backward(params, x, y, h0):\n    raise KeyError('x')", "backward"),
            code_cell("plot(norms)", "figure", [shown(image_png=PNG, text_plain="<Figure>")]),
            text_cell("The gradient **shrinks** as $w^k$.", "explanation"),
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def verdict(student: str = "ada", **changes: Any) -> SubmissionVerdict:
    hint = "Which state did the weight multiply at step t?"
    verdicts = (
        Verdict(
            "forward-check",
            "Forward pass",
            Outcome.RIGHT,
            4,
            4,
            (Part("h", 2, 2), Part("y_hat", 1, 1), Part("loss", 1, 1)),
        ),
        Verdict(
            "backward-check",
            "Backward pass",
            Outcome.PARTLY,
            2,
            5,
            (
                Part("d_W_hh", 0, 3, "Off by one step in time.", hint, "state-one-late"),
                Part("d_W_ih", 2, 2),
            ),
        ),
        Verdict(
            "truncated-check",
            "Truncated BPTT",
            Outcome.TIMEOUT,
            0,
            5,
            (),
            "Still running after 10 s.",
        ),
        Verdict("explanation", "Explanation", Outcome.MANUAL, 0, 5),
    )
    values: dict[str, Any] = {
        "student": student,
        "assignment": "bptt",
        "seed": 4711,
        "verdicts": verdicts,
        "incidents": (Incident("restored-cell", "The check cell of “Forward pass” was restored."),),
        "seconds": 3.2,
    }
    return SubmissionVerdict(**(values | changes))
