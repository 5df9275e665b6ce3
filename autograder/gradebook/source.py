"""An assignment's text, made into the instructor's notebook: the same bytes every time."""

import hashlib
import re
from collections import Counter
from pathlib import Path
from typing import Any

import nbformat

from autograder.assignment import SOLUTIONS, Assignment, WrittenItem
from autograder.gradebook import notebooks
from autograder.gradebook.course import CourseError
from autograder.gradebook.preprocessors import STUDENT

_BEGIN = re.compile(r"BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)")
_END = re.compile(r"END (SOLUTION|HIDDEN TESTS|MARK SCHEME)")


def read_source(path: Path) -> Any:
    """The instructor's notebook from its MyST text, without outputs, every cell with a stable id.

    Raises:
        CourseError: where there is no such text, or it is no notebook.
    """
    if not path.is_file():
        raise CourseError(f"there is no {path}; an assignment's text is solutions/<name>/<name>.md")
    import jupytext  # slow to load, and needed for a release alone

    try:
        nb = jupytext.read(path)
    except Exception as error:  # jupytext lets every parser's own errors through
        raise CourseError(f"{path} cannot be read as a MyST notebook: {error}") from error
    seen: Counter[str] = Counter()
    for cell in nb.cells:
        # ids hang on the cell, not on its place: a cell put in between changes no other cell's id
        name = notebooks.grade_id(cell) or f"{cell.cell_type}\n{cell.source}"
        seen[name] += 1
        digest = hashlib.sha256(f"{path.stem}\n{name}\n{seen[name]}".encode()).hexdigest()
        cell["id"] = f"c{digest[:11]}"
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            if notebooks.flags(cell).get("grade"):
                # what is not right yet stops no "Run All": the other answers are looked at too
                cell.metadata["tags"] = [*cell.metadata.get("tags", ()), "raises-exception"]
    nb.metadata = notebooks.node({k: v for k, v in nb.metadata.items() if k == "kernelspec"})
    nb.nbformat, nb.nbformat_minor = 4, 5
    nbformat.validate(nb)
    return nb


def read(assignment: Assignment, solutions: Path = SOLUTIONS) -> Any:
    """The instructor's notebook of an assignment; where a cell has a name alone, with its flags.

    Raises:
        CourseError: where there is no such text, or it is no notebook.
    """
    nb = read_source(assignment.text(solutions))
    given: dict[str, Any] = {
        "schema_version": 3,
        "task": False,
        "grade": False,
        "locked": True,
        "solution": False,
    }
    answer = {**given, "locked": False, "solution": True}
    flags = {STUDENT: answer}
    for item in assignment.items:
        graded: dict[str, Any] = {"grade": True, "points": item.max_points}
        if isinstance(item, WrittenItem):
            flags[item.cell] = {**answer, **graded}
        else:
            flags[item.answer], flags[item.cell] = answer, {**given, **graded}
    for cell in nb.cells:
        if name := notebooks.grade_id(cell):
            own = cell.metadata["nbgrader"]
            for flag, value in {"cell_type": cell.cell_type, **flags.get(name, given)}.items():
                own.setdefault(flag, value)
    return nb


def check_cells(nb: Any, assignment: Assignment) -> None:
    """See that the notebook and the assignment agree on cells and points.

    Raises:
        CourseError: naming every disagreement.
    """
    cells, faults = _flagged(nb)
    if any("BEGIN HIDDEN TESTS" in cell.source for cell in nb.cells):
        faults.append(
            "hidden tests are marked in the notebook; hidden cases belong in the assignment, "
            "where no "
            "student's process sees them"
        )
    graded = {name: c for name, c in cells.items() if c.metadata.nbgrader.get("grade")}
    for item in assignment.items:
        if item.cell not in graded:
            faults.append(f"no graded cell {item.cell!r} for the item {item.title!r}")
            continue
        flags = graded[item.cell].metadata.nbgrader
        if float(flags.get("points", 0)) != float(item.max_points):
            faults.append(
                f"cell {item.cell!r} has {flags.get('points')} points, the assignment "
                f"{item.max_points:g}"
            )
        answer = item.cell if isinstance(item, WrittenItem) else item.answer
        if answer not in cells or not cells[answer].metadata.nbgrader.get("solution"):
            faults.append(f"no solution cell {answer!r} for the item {item.title!r}")
        if isinstance(item, WrittenItem) == bool(flags.get("locked")):
            kind = "unlocked" if isinstance(item, WrittenItem) else "locked"
            faults.append(f"cell {item.cell!r} must be {kind}")
    for name in graded:
        if name not in {item.cell for item in assignment.items}:
            faults.append(f"cell {name!r} has points and the assignment has no item for it")
    if faults:
        raise CourseError(
            f"{assignment.name}: notebook and assignment disagree: " + "; ".join(faults)
        )


def _flagged(nb: Any) -> tuple[dict[str, Any], list[str]]:
    cells: dict[str, Any] = {}
    faults = []
    for cell in nb.cells:
        name = notebooks.grade_id(cell)
        if name in cells:
            faults.append(f"two cells have the grade_id {name!r}")
        if name:
            cells[name] = cell
    return cells, faults


def hidden_lines(source: Any) -> set[str]:
    """Lines between nbgrader's markers that occur nowhere outside of them: what no student may see.

    A solution cell without markers is a solution as a whole. Short lines (under 8 characters, such
    as ``else:``) say nothing and are left out.
    """
    inside: set[str] = set()
    outside: set[str] = set()
    for cell in source.cells:
        whole = notebooks.flags(cell).get("solution") and not _BEGIN.search(cell.source)
        hiding = False
        for line in cell.source.splitlines():
            if _BEGIN.search(line):
                hiding = True
            elif _END.search(line):
                hiding = False
            elif hiding or (whole and not line.startswith("%%")):
                inside.add(line.strip())
            else:
                outside.add(line.strip())
    return {line for line in inside - outside if len(line) >= 8}


def check_release(source: Any, release: Any) -> None:
    """See that the students' version holds nothing of the solutions and nothing that was hidden.

    Raises:
        CourseError: naming the cell and the first line that leaked.
    """
    secret = hidden_lines(source)
    for cell in release.cells:
        name = notebooks.grade_id(cell) or cell.id
        if cell.cell_type == "code" and (cell.outputs or cell.execution_count is not None):
            raise CourseError(f"the release's cell {name!r} holds outputs")
        for line in cell.source.splitlines():
            if _BEGIN.search(line) or _END.search(line) or line.strip() in secret:
                raise CourseError(
                    f"the release's cell {name!r} shows the solution's line {line.strip()!r}"
                )
    rest = notebooks.dumps(release)
    for line in secret:
        # metadata, too: an id or a tag could carry a line
        if len(line) >= 24 and line in rest:
            raise CourseError(f"the release shows the solution's line {line!r}")
