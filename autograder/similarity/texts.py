"""A class's answers, what was released, and what nobody should have copied, from a course."""

import ast
import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from autograder import taught
from autograder.assignment import Assignment, DerivationItem, WrittenItem
from autograder.gradebook.course import Course
from autograder.similarity.evidence import Answer
from autograder.similarity.findings import Class, Reference, Similarity, compare

OWN = "cells of their own"
SOLUTION = "the solution"
BOOK = "the book"
_MARK = re.compile(r"^\s*### (BEGIN|END) .*$\n?", re.MULTILINE)
_CODE_CELL = re.compile(
    r"^```\{code-cell\}[^\n]*\n(?:---\n.*?\n---\n|(?::[^\n]*\n)*)(.*?)^```", re.M | re.S
)


def of_course(course: Course, assignment: Assignment, students: Iterable[str]) -> Similarity:
    """What is near what among the graded submissions of an assignment.

    Derivations are left out: right lines are the same lines, and a personal network makes a
    neighbour's not fit.

    Args:
        course: the course.
        assignment: the assignment, released and graded.
        students: whose submissions are compared.
    """
    derivations = {i.answer for i in assignment.items if isinstance(i, DerivationItem)}
    skipped = derivations | {"student"}
    answers = {}
    for student in students:
        cells = _cells(course.notebook("autograded", assignment, student))
        if cells is not None:
            answers[student] = _answers(cells, skipped)
    given = _cells(course.notebook("release", assignment)) or []
    released = _answers(given, skipped, blank=True)
    texts = {SOLUTION: _solutions(assignment, answers, skipped)}
    return compare(answers, released, texts | _book(assignment, answers))


def _cells(path: Any) -> list[Any] | None:
    """The cells of one of the course's own files; None where it has none that can be read."""
    try:
        cells = json.loads(path.read_text("utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return cells if isinstance(cells, list) else None


def _answers(cells: Iterable[Any], skipped: set[str], blank: bool = False) -> dict[str, Answer]:
    """The answers among cells, by grade_id; cells that a student added, together as one."""
    found: dict[str, Answer] = {}
    own = []
    for cell in cells:
        flags = cell["metadata"].get("nbgrader") or {}
        source = cell["source"]
        text = "".join(source) if isinstance(source, list) else str(source)
        prose = cell["cell_type"] != "code"
        name = str(flags.get("grade_id", ""))
        if flags.get("solution") and name not in skipped:
            found[name] = Answer(_MARK.sub("", text), prose)
        elif not flags and not prose and not blank:
            own.append(text)
    if own:
        found[OWN] = Answer("\n\n".join(own))
    return {name: answer for name, answer in found.items() if answer.source.strip()}


def _solutions(assignment: Assignment, students: Iterable[str], skipped: set[str]) -> Reference:
    """The solution as it is for each student's own network, by student."""
    from autograder.assignments import notebooks

    try:
        solution = notebooks.solution(assignment)
    except (OSError, ValueError):
        return {}
    base = _alone(_answers(solution.cells, skipped))
    if assignment.family is None:
        return {"": base}
    made = {}
    for student in students:
        member = assignment.family.of(student)
        if member not in made:
            own = notebooks.for_student(assignment, solution, student)
            made[member] = _alone(_answers(own.cells, skipped))
    return {"": base} | {s: made[assignment.family.of(s)] for s in students}


def _alone(answers: dict[str, Answer]) -> dict[str, tuple[Answer, ...]]:
    return {cell: (answer,) for cell, answer in answers.items()}


def _book(assignment: Assignment, answers: Class) -> dict[str, Reference]:
    """The code of the chapters that the hints lead to, and of the modules that are forbidden."""
    pages = {
        place.page
        for item in assignment.items
        if not isinstance(item, WrittenItem)
        for mistake in item.mistakes
        if (place := taught.place_of(mistake.taught))
    }
    chunks = [chunk for page in sorted(pages) for chunk in _chapter(page)]
    chunks += [chunk for name in sorted(assignment.forbidden) for chunk in _module(name)]
    code = {c for given in answers.values() for c, answer in given.items() if not answer.prose}
    return {BOOK: {"": dict.fromkeys(sorted(code), tuple(chunks))}} if chunks else {}


@cache
def _chapter(page: str) -> tuple[Answer, ...]:
    """The code cells of a page of the book."""
    text = (taught.BOOK / f"{page}.md").read_text("utf-8")
    return tuple(Answer(source.strip()) for source in _CODE_CELL.findall(text))


@cache
def _module(name: str) -> tuple[Answer, ...]:
    """The functions of a module of the package; none where it is no module of it."""
    path = taught.BOOK.parent / (name.replace(".", "/") + ".py")
    if not name.startswith("rnncourse") or not path.is_file():
        return ()
    text = path.read_text("utf-8")
    parts = (ast.get_source_segment(text, node) for node in ast.parse(text).body)
    return tuple(Answer(part) for part in parts if part and "def " in part)
