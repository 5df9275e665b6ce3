"""The two forms of the first assignment, and a class of submissions to it.

The form "PyTorch" is the whole assignment: derivations and each student's own network are judged by
automatic differentiation. The form "NumPy" is its three functions for which the truth is NumPy, and
the figure.
"""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from autograder.assignment import Assignment, CodeItem, DerivationItem
from autograder.assignments import load, notebooks
from autograder.gradebook.notebooks import flags, grade_id

FORMS = ("PyTorch", "NumPy")
WRONG_STUDENTS, WRONG_ITEMS = 0.5, 0.3  # shares: of students with mistakes, of their items
_PERSONAL = {"student", "network"}  # cells that only personal items need


@dataclass(frozen=True)
class Submission:
    """One student's answers, as sources of the solution cells."""

    student: str
    sources: Mapping[str, str]


def assignment(form: str) -> Assignment:
    """The assignment in one form.

    Raises:
        ValueError: where there is no such form.
    """
    whole = load("bptt")
    if form == "PyTorch":
        return whole
    if form != "NumPy":
        raise ValueError(f"form must be one of {', '.join(FORMS)}, not {form!r}")
    items = (i for i in whole.items if not isinstance(i, DerivationItem))
    kept = tuple(i for i in items if not (isinstance(i, CodeItem) and i.personal))
    return replace(whole, items=kept)


def notebook(form: str) -> Any:
    """The instructor's notebook in one form, without the cells of items that it leaves out."""
    asked, whole = assignment(form), load("bptt")
    nb = notebooks.solution(whole)
    left_out = {i.cell for i in whole.items} - {i.cell for i in asked.items}
    left_out |= {
        i.answer
        for i in whole.items
        if i.cell in left_out and isinstance(i, CodeItem | DerivationItem)
    }
    if asked.family is None:
        left_out |= _PERSONAL
    nb.cells = [cell for cell in nb.cells if grade_id(cell) not in left_out]
    for cell in nb.cells:
        cell.metadata.pop("tags", None)  # a course's own reading puts on what it wants
    return nb


def submissions(form: str, count: int) -> Iterator[Submission]:
    """A class: half of it right in everything, the others with known mistakes here and there."""
    asked, nb = assignment(form), notebook(form)
    rng = random.Random(0)
    for number in range(1, count + 1):
        student = f"student-{number:03d}"
        own, wrong = asked.of_student(student), rng.random() < WRONG_STUDENTS
        solved = notebooks.for_student(asked, nb, student)
        sources = {
            str(grade_id(c)): c.source
            for c in solved.cells
            if flags(c).get("solution") and c.source
        }
        judged = [i for i in own.items if isinstance(i, CodeItem | DerivationItem) and i.mistakes]
        some = [i for i in judged if rng.random() < WRONG_ITEMS]
        for item in (some or [rng.choice(judged)]) if wrong else ():
            mistake, right = rng.choice(item.mistakes), sources[item.answer]
            sources[item.answer] = notebooks.source_of(item, mistake, right)
        yield Submission(student, {name: without_marks(text) for name, text in sources.items()})


def without_marks(source: str) -> str:
    """A solution cell's text as a student would hand it in."""
    return re.sub(r"(?m)^\s*### (BEGIN|END) SOLUTION\n?", "", source)
