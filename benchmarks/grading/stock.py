"""The same assignment as a course of stock nbgrader: its test cells hold the hidden cases.

A test cell draws the inputs that the judge draws, computes the truth in the same way and gives the
same points, as the number on its last line. It names no mistake and writes no diagnosis.
"""

import inspect
import re
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from autograder.assignment import Assignment, CodeItem, DerivationItem
from autograder.assignments import notebooks
from autograder.assignments.bptt import networks, personal_networks
from autograder.gradebook.notebooks import dumps, flags, grade_id
from autograder.judge import truth
from benchmarks.grading import forms
from benchmarks.grading.forms import Submission
from rnncourse.checks.exercises import bptt

CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "stock"
"""
SEED = 1

_CODE = '''\
import copy
from typing import Any
import numpy as np

{support}

{reference}

def _points(function, right, outputs, points, cases):
    """Points of the outputs that are right in every case."""
    good = set(points)
    for number, options in enumerate(cases):
        arguments = {draw}(np.random.default_rng([{seed}, number]), **options)
        truth = right(**copy.deepcopy(arguments))
        found = function(*copy.deepcopy(list(arguments.values())))
        truth, found = (
            value if isinstance(value, dict) else dict(zip(outputs, value, strict=True))
            for value in (truth, found)
        )
        for name in outputs:
            wanted, got = np.asarray(truth[name]), np.asarray(found[name])
            close = wanted.shape == got.shape and np.allclose(
                got, wanted, rtol=0, atol={tolerance} * np.abs(wanted).max()
            )
            if not close:
                good.discard(name)
    return float(sum(points[name] for name in good))


_points({function}, {right}, {outputs}, {points}, {cases})
'''

_DERIVATION = '''\
import dataclasses
from typing import Any
import numpy as np
import torch
from rnncourse.derivation.judge import judge
from rnncourse.derivation.values import Draw

{support}


def _points(text, exercise, truth, points):
    """Points of the steps that are right in every draw."""
    rng = np.random.default_rng({seed})
    draws = [Draw.of(dataclasses.replace(truth, steps=steps)(rng)) for steps in (4, 3, 5)]
    asked = judge(text, exercise, draws).asked
    return float(sum(points[step.target] for step in asked if step.right))


{exercise}
_points({answer}, _exercise, {truth}, {points})
'''


def source(form: str) -> Any:
    """The instructor's notebook, hidden tests in its test cells."""
    asked, nb = forms.assignment(form), forms.notebook(form)
    solutions = {str(grade_id(c)): c.source for c in nb.cells}
    for cell in nb.cells:
        name = grade_id(cell)
        if cell.cell_type == "code" and flags(cell).get("grade"):
            item = asked.item(str(name))
            made = (
                _of_derivation(item)
                if isinstance(item, DerivationItem)
                else _of_code(asked, item, solutions)
            )
            cell.source = f"### BEGIN HIDDEN TESTS\n{made}### END HIDDEN TESTS"
    return nb


def write(folder: Path, form: str) -> None:
    """A course folder with the instructor's notebook, ready for ``generate_assignment``."""
    place = folder / "source" / "bptt"
    place.mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text(CONFIG)
    (place / "bptt.ipynb").write_text(dumps(source(form)))


def hand_in(released: Any, handed_in: Iterable[Submission], folder: Path) -> None:
    """Put answers into the released notebook and hand it in, once for each submission."""
    for submission in handed_in:
        place = folder / "submitted" / submission.student / "bptt"
        place.mkdir(parents=True)
        nb = notebooks.answered(released, submission.sources)
        (place / "bptt.ipynb").write_text(dumps(nb))


def _of_code(asked: Assignment, item: Any, solutions: dict[str, str]) -> str:
    exercise, personal = item.exercise, item.personal is not None
    if personal:
        support = "\n".join(_sources(personal_networks, "units", "state", "penalty", "solver"))
        support = f"{_TORCH}\n{inspect.getsource(bptt.draw_personal)}\n{support}"
        reference, right = "", "solver(FAMILY.of(student))"
    else:
        before = [i for i in asked.items if isinstance(i, CodeItem) and not i.personal]
        before = before[: before.index(item) + 1]
        names = "|".join(i.exercise.function for i in before)
        text = "\n\n".join(forms.without_marks(solutions[i.answer]) for i in before)
        support, reference = "", re.sub(rf"\b({names})\b", r"_right_\1", text)
        right = f"_right_{exercise.function}"
    return _CODE.format(
        support=inspect.getsource(bptt.draw) + support,
        reference=reference,
        draw="draw_personal" if personal else "draw",
        seed=SEED,
        tolerance=exercise.tolerance,
        function=exercise.function,
        right=right,
        outputs=[output.name for output in exercise.outputs],
        points=dict(item.points),
        cases=[dict(case.options) for case in item.cases],
    )


_TORCH = """
import torch
from torch import Tensor
from collections.abc import Callable, Mapping
from rnncourse.derivation.exercises.bptt_personal import FAMILY, MEMBERS
"""


def _of_derivation(item: DerivationItem) -> str:
    support = inspect.getsource(truth)
    if item.personal is not None:
        parts = _sources(personal_networks, "units", "state", "penalty", "truth")
        support += _TORCH + "\n".join(parts)
        exercise = (
            "from rnncourse.derivation.exercises import bptt_personal\n"
            "_exercise = bptt_personal.PERSONAL.versions[FAMILY.of(student)]"
        )
        given = "truth(FAMILY.of(student))"
    else:
        name = next(n for n, v in vars(networks).items() if v is item.truth)
        network = item.truth.network  # type: ignore[attr-defined]
        values = item.truth
        support += f"{_TORCH}\n{inspect.getsource(network)}"
        exercise = f"from rnncourse.derivation.exercises.bptt import {name} as _exercise"
        given = (
            f"Truth({network.__name__}, {dict(values.gradients)!r}, "  # type: ignore[attr-defined]
            f"{dict(values.multiples)!r})"  # type: ignore[attr-defined]
        )
    return _DERIVATION.format(
        support=support,
        seed=SEED,
        exercise=exercise,
        answer=item.answer,
        truth=given,
        points=dict(item.points),
    )


def _sources(module: ModuleType, *names: str) -> list[str]:
    return [inspect.getsource(getattr(module, name)) for name in names]
