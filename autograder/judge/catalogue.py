"""Known wrong answers as functions, made from the reference solution and run here, not in the box.

They are the course's own code, so they may run in the judge's process.
"""

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.assignment import SOLUTIONS, Assignment, CodeItem, DerivationItem, Mistake, Variant
from rnncourse.checks.properties import measured
from rnncourse.checks.unpack import unpack


@dataclass(frozen=True)
class Failure:
    """An exception instead of an answer: its type and what it said."""

    name: str
    message: str = ""


Answer = dict[str, NDArray[Any]] | Failure  # outputs by name, or the exception raised


def solution_cells(assignment: Assignment, folder: Path = SOLUTIONS) -> dict[str, str]:
    """Sources of the instructor's code cells by grade_id, in the notebook's order.

    Raises:
        ValueError: where the assignment has no text in ``folder``.
    """
    import jupytext  # not needed to judge an assignment without a catalogue

    path = assignment.text(folder)
    if not path.is_file():
        raise ValueError(f"the assignment {assignment.name} has no solution at {path}")
    return {
        cell.metadata["nbgrader"]["grade_id"]: cell.source
        for cell in jupytext.read(path).cells
        if cell.cell_type == "code" and "grade_id" in cell.metadata.get("nbgrader", {})
    }


def changed_source(source: str, change: Mistake | Variant) -> str:
    """The solution cell's source with ``change`` applied to it.

    Raises:
        ValueError: where a text to be replaced does not occur.
    """
    if change.source:
        return change.source
    for old, new in change.edits:
        if old not in source:
            raise ValueError(f"{change.id}: the solution does not contain {old!r}")
        source = source.replace(old, new)
    return source


def solution_source(item: CodeItem | DerivationItem, cell: str) -> str:
    """The right answer's cell for a version of a personal item, from the solution's cell.

    Raises:
        ValueError: where the version's changes do not fit the solution.
    """
    if item.solution is None:
        return cell
    if isinstance(item, DerivationItem) and item.solution.source:
        magic, _, _ = cell.partition("\n")
        return f"{magic}\n{item.solution.source}"
    return changed_source(cell, item.solution)


def _has_mistakes(item: Any) -> bool:
    """Whether a student's version of the item has known mistakes."""
    personal = getattr(item, "personal", None)
    versions = personal.versions.values() if personal else ()
    return any(getattr(version, "mistakes", ()) for version in (item, *versions))


class Catalogue:
    """The wrong answers of one assignment, compiled when first needed."""

    def __init__(self, assignment: Assignment, cells: Mapping[str, str] | None = None) -> None:
        if cells is None:
            wanted = any(map(_has_mistakes, assignment.items))
            cells = solution_cells(assignment) if wanted else {}
        self._assignment = assignment
        self._cells = cells
        self._functions: dict[tuple[str, str, str], Callable[..., Any]] = {}
        self._pairs: dict[tuple[str, str, str, str], Mistake | None] = {}

    def derivation(self, item: DerivationItem) -> str:
        """The text of the right derivation; empty where the solution was not needed."""
        cell = self._cells.get(item.answer, "")
        return solution_source(item, cell).partition("\n")[2] if cell else ""

    def wrong_answers(self, item: CodeItem) -> "WrongAnswers":
        """What the mistakes of ``item`` return."""
        return WrongAnswers(self, item)

    def answer(self, item: CodeItem, mistake: Mistake, arguments: Mapping[str, Any]) -> Answer:
        """What a mistake of ``item`` returns for given arguments, or raises."""
        function = self._function(item, mistake)
        try:
            with np.errstate(all="ignore"):
                value = function(*copy.deepcopy(list(arguments.values())))
                arrays = unpack(item.exercise, value)[0]
                return arrays | measured(item.exercise, arguments, arrays)
        except Exception as error:
            return Failure(type(error).__name__, str(error))

    def _function(self, item: CodeItem, mistake: Mistake) -> Callable[..., Any]:
        key = item.cell, item.member, mistake.id
        if key not in self._functions:
            self._functions[key] = self._compile(item, mistake)
        return self._functions[key]

    def function(self, item: CodeItem, entry: Mistake | Variant) -> Callable[..., Any]:
        """The answer of an entry of the item's catalogue, as a function."""
        return self._compile(item, entry)

    def both(self, item: CodeItem, first: Mistake, second: Mistake) -> Mistake | None:
        """The wrong answer with both mistakes in it, where the one leaves room for the other."""
        key = item.cell, item.member, first.id, second.id
        if key not in self._pairs:
            self._pairs[key] = self._both(item, first, second)
        return self._pairs[key]

    def _both(self, item: CodeItem, first: Mistake, second: Mistake) -> Mistake | None:
        source = solution_source(item, self._cells[item.answer])
        for one, other in ((first, second), (second, first)):
            try:
                text = changed_source(source, one)
                if not other.source and (both := changed_source(text, other)) != text:
                    return Mistake(f"{first.id} and {second.id}", "", source=both)
            except ValueError:
                continue
        return None

    def _compile(self, item: CodeItem, entry: Mistake | Variant) -> Callable[..., Any]:
        if item.answer not in self._cells:
            raise ValueError(f"{self._assignment.name}: no solution cell {item.answer!r}")
        answers = {i.answer: i for i in self._assignment.items if isinstance(i, CodeItem)}
        space: dict[str, Any] = {"np": np, "__name__": "__mistake__"}
        for name, source in self._cells.items():
            # an answer may call the functions of the ones before it
            if name in answers:
                own = item if name == item.answer else _same_network(answers[name], item.member)
                text = solution_source(own, source)
                if name == item.answer:
                    text = changed_source(text, entry)
                code = compile(_without_magics(text), f"<{entry.id}: {name}>", "exec")
                exec(code, space)
            if name == item.answer:
                break
        return space[item.exercise.function]  # type: ignore[no-any-return]


class WrongAnswers:
    """What the mistakes of one item return, alone and two at once."""

    def __init__(self, catalogue: Catalogue, item: CodeItem) -> None:
        self._catalogue = catalogue
        self._item = item

    def __call__(self, mistake: Mistake, arguments: Mapping[str, Any]) -> Answer:
        """What a mistake returns for given arguments, or raises."""
        return self._catalogue.answer(self._item, mistake, arguments)

    def both(self, first: Mistake, second: Mistake) -> Mistake | None:
        """Both at once as one mistake; None where the one leaves no room for the other."""
        return self._catalogue.both(self._item, first, second)


def _same_network(item: CodeItem, member: str) -> CodeItem:
    """The version of another personal item for the same network."""
    return item.personal.versions[member] if member and item.personal else item


def _without_magics(source: str) -> str:
    return re.sub(r"(?m)^\s*[%!].*$", "", source)


_known: dict[int, tuple[Assignment, Catalogue]] = {}


def catalogue_of(assignment: Assignment) -> Catalogue:
    """The catalogue of ``assignment``, made once in a process."""
    if id(assignment) not in _known:
        # the assignment is kept too, so that its id stays its own
        _known[id(assignment)] = assignment, Catalogue(assignment)
    return _known[id(assignment)][1]
