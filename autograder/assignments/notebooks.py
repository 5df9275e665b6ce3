"""Notebooks made from an assignment's solution: blank, with one answer changed, or many."""

import copy
import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat.v4

from autograder.assignment import SOLUTIONS, Assignment, CodeItem, DerivationItem, Mistake, Variant
from autograder.gradebook.notebooks import grade_id
from autograder.gradebook.preprocessors import ClearAnswers
from autograder.gradebook.source import read
from autograder.judge.catalogue import changed_source, solution_source
from autograder.judge.personal import CELL as STUDENT

Item = CodeItem | DerivationItem
Entry = Mistake | Variant


def solution(assignment: Assignment, folder: Path = SOLUTIONS) -> Any:
    """The instructor's notebook."""
    return read(assignment, folder)


def blank(nb: Any) -> Any:
    """The students' version of the instructor's notebook ``nb``."""
    made, _ = ClearAnswers().preprocess(copy.deepcopy(nb), {})
    return made


def answered(nb: Any, sources: Mapping[str, str]) -> Any:
    """A copy of ``nb`` with other sources in the cells named by their grade_id.

    Raises:
        ValueError: where there is no such cell.
    """
    made = copy.deepcopy(nb)
    cells = {grade_id(cell): cell for cell in made.cells}
    for name, source in sources.items():
        if name not in cells:
            raise ValueError(f"sources: the notebook has no cell {name!r}")
        cells[name].source = source
    return made


def for_student(assignment: Assignment, nb: Any, student: str) -> Any:
    """The instructor's notebook ``nb`` with the answers to one student's own network."""
    if assignment.family is None:
        return copy.deepcopy(nb)
    cells = {grade_id(cell): cell.source for cell in nb.cells}
    own = [i for i in assignment.of_student(student).items if isinstance(i, Item) and i.personal]
    sources = {item.answer: solution_source(item, cells[item.answer]) for item in own}
    return answered(nb, {**sources, STUDENT: f"student = {student!r}"})


def source_of(item: Item, entry: Entry, cell: str) -> str:
    """The answer cell's whole source for a catalogue's entry, given the right answer's cell.

    Raises:
        ValueError: where an edit does not fit the solution.
    """
    if isinstance(item, CodeItem):
        return changed_source(cell, entry)
    magic, _, text = cell.partition("\n")
    if isinstance(entry, Mistake) and entry.step:
        text = with_line(text, entry.step, entry.source)
    elif entry.source:
        text = entry.source
    else:
        text = changed_source(text, entry)
    return f"{magic}\n{text}"


def with_line(text: str, step: str, line: str) -> str:
    """A derivation with the line for ``step`` replaced, the rest of its chain included."""
    kept, replaced, inside = [], False, False
    for row in text.splitlines():
        if not row.lstrip().startswith("="):
            inside = row.split("=")[0].strip() == step
            if inside and not replaced:
                kept.append(line)
                replaced = True
        if not inside:
            kept.append(row)
    return "\n".join(kept if replaced else [*kept, line])


def suffixed(name: str, item: Item, entry: Entry) -> str:
    """The grade_id that stands for ``name`` where ``entry`` is one of many."""
    member = f"~{item.member}" if item.member else ""
    return f"{name}{member}~{type(entry).__name__.lower()}~{entry.id}"


def many(
    assignment: Assignment, nb: Any, answers: Sequence[tuple[Item, Entry]]
) -> tuple[Assignment, Any]:
    """One notebook with many answers to one item, and the assignment that asks for all of them.

    Each answer is followed by a check of its own. A check sees the notebook as it is at its place,
    so the answers, which all define the same function, do not disturb each other. Of a personal
    item the answers may be to different versions.
    """
    cells = {grade_id(cell): cell for cell in nb.cells}
    first = answers[0][0]
    made = [] if isinstance(first, DerivationItem) else _prelude(assignment, nb, first)
    items: list[Any] = []
    for item, entry in answers:
        answer, check = copy.deepcopy(cells[item.answer]), copy.deepcopy(cells[item.cell])
        answer.source = source_of(item, entry, solution_source(item, answer.source))
        for cell, name in ((answer, item.answer), (check, item.cell)):
            cell.metadata.nbgrader["grade_id"] = suffixed(name, item, entry)
            cell.id = f"c{len(made)}"
            made.append(cell)
        changes: dict[str, Any] = {"cell": suffixed(item.cell, item, entry)}
        if isinstance(item, DerivationItem):
            # a function's answer keeps its name: the catalogue is looked up by it
            changes["answer"] = suffixed(item.answer, item, entry)
        items.append(dataclasses.replace(item, **changes))
    # the other functions are no part of the question, but wrong answers may call them
    items += [i for i in assignment.items if isinstance(i, CodeItem) and i.cell != first.cell]
    book = nbformat.v4.new_notebook(metadata=nb.metadata, cells=made)  # type: ignore[no-untyped-call]
    return dataclasses.replace(assignment, items=tuple(items)), book


def _prelude(assignment: Assignment, nb: Any, item: Item) -> list[Any]:
    """Copies of the code cells on which the item's answer may lean."""
    apart = {i.cell for i in assignment.items}
    apart |= {i.answer for i in assignment.items if isinstance(i, DerivationItem)}
    before = []
    for cell in nb.cells:
        if grade_id(cell) == item.answer:
            break
        if cell.cell_type == "code" and grade_id(cell) not in apart:
            before.append(copy.deepcopy(cell))
    return before
