"""Marks into a platform's own CSV, so that it takes them back.

Only the marks change, and where the platform reads a comment for the student, that.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from autograder.assignment import Assignment
from autograder.gradebook.words import shown
from autograder.lms import canvas, moodle, moodle_gradebook
from autograder.lms.people import ClassList, Linked, Person
from autograder.lms.tables import Table
from autograder.reports.export import GradeRow
from autograder.reports.results import number


@dataclass(frozen=True)
class Filled:
    """A platform's table with marks in it."""

    table: Table
    filled: int
    left: Mapping[str, str]  # whose cells were left as they were, and why


@dataclass(frozen=True)
class Wish:
    """How marks are to be entered."""

    column: str | None = None  # of the assignment, in a gradebook
    scale: bool = False  # to the points that the platform gives
    provisional: bool = False  # also where a person has still to grade
    missing_as_zero: bool = False


def fill(
    class_list: ClassList,
    linked: Linked,
    assignment: Assignment,
    rows: Sequence[GradeRow],
    wish: Wish = Wish(),
) -> Filled:
    """The platform's table with the marks of one assignment.

    Args:
        class_list: the platform's, whose table is the template.
        linked: its accounts' students.
        assignment: which one.
        rows: the marks, as ``reports.export.grades`` gives them.
        wish: how they are to be entered.

    Raises:
        ValueError: where the table has no place for them, or another number of points.
    """
    by_student = {row.student: row for row in rows}
    try:
        if class_list.system == moodle.SYSTEM:
            return _moodle(class_list, linked, by_student, wish)
        if class_list.system == moodle_gradebook.SYSTEM:
            return _moodle_gradebook(class_list, linked, assignment, by_student, wish)
        return _canvas(class_list, linked, assignment, by_student, wish)
    except _OtherPoints as error:
        raise ValueError(str(error)) from None


def _moodle(
    class_list: ClassList, linked: Linked, by_student: Mapping[str, GradeRow], wish: Wish
) -> Filled:
    table = class_list.table
    grade, modified = table.needed(moodle.GRADE), table.needed(moodle.MODIFIED)
    comments, most = table.column(moodle.COMMENTS), table.column(*moodle.MOST)
    changeable = table.column(moodle.CHANGEABLE)
    comma = most is not None and any("," in row[most] for row in table.rows)
    cells = [list(row) for row in table.rows]
    left, filled = {}, 0
    for person in class_list.people:
        row = cells[person.row]
        try:
            if changeable is not None and row[changeable].strip().lower() == "no":
                raise ValueError("Moodle says that the grade cannot be changed")
            mine = by_student.get(linked.student(person.key))
            points = _points(mine, _number(row[most]) if most is not None else None, wish)
        except ValueError as error:
            left[_who(person)] = str(error)
            continue
        if points is not None:
            text = f"{points:.2f}"
            row[grade] = text.replace(".", ",") if comma else text
            filled += 1
        if comments is not None and not row[comments].strip() and mine is not None:
            row[comments] = comment(mine)
    kept = {table.needed(moodle.IDENTIFIER), grade, modified, comments, most}
    safe = table.with_rows(cells).safe(i for i in kept if i is not None)
    return Filled(safe, filled, left)


def _moodle_gradebook(
    class_list: ClassList,
    linked: Linked,
    assignment: Assignment,
    by_student: Mapping[str, GradeRow],
    wish: Wish,
) -> Filled:
    """Rows of those who get a mark alone: Moodle takes a mark away where it finds none."""
    if wish.scale:
        raise ValueError(
            "--scale: Moodle's gradebook export does not say how many points there are; set the "
            f"maximum grade of its item to {number(assignment.max_points)}"
        )
    table = class_list.table
    titled = moodle_gradebook.items(table)
    if titled or wish.column:
        at = _only_column(table, titled, assignment, wish.column)
    else:  # a list of participants
        at = len(table.header)
        table = replace(table, header=(*table.header, assignment.title))
    cells = [[*row, *[""] * (len(table.header) - len(row))] for row in table.rows]
    left, chosen = {}, []
    for person in class_list.people:
        try:
            points = _points(by_student.get(linked.student(person.key)), None, wish)
        except ValueError as error:
            left[_who(person)] = str(error)
            continue
        if points is not None:
            cells[person.row][at] = f"{points:.2f}"
            chosen.append(person.row)
    done = moodle_gradebook.only_rows(table.with_rows(cells), chosen, at)
    return Filled(done, len(chosen), left)


def comment(row: GradeRow) -> str:
    """What a student reads beside the mark."""
    if row.excused:
        return "Excused."
    if row.status == "missing":
        return "Nothing was handed in."
    late = f", {number(row.late_penalty)} taken off for being late" if row.late_penalty else ""
    return f"{number(row.points)} of {number(row.max_points)} points{late}."


def _canvas(
    class_list: ClassList,
    linked: Linked,
    assignment: Assignment,
    by_student: Mapping[str, GradeRow],
    wish: Wish,
) -> Filled:
    table = class_list.table
    at = canvas_column(table, assignment, wish.column)
    most = None
    for row in table.rows:
        if canvas.is_points_row(row):
            if "read only" in row[at].lower():
                raise ValueError(f"{table.header[at]!r} is a column that Canvas does not import")
            most = _number(row[at])
    cells = [list(row) for row in table.rows]
    left, filled = {}, 0
    for person in class_list.people:
        try:
            mine = by_student.get(linked.student(person.key))
            if cells[person.row][at].strip() == "N/A":
                raise ValueError("the assignment is not assigned to them in Canvas")
            points = _points(mine, most, wish)
        except ValueError as error:
            if person.name != canvas.TEST_STUDENT:
                left[_who(person)] = str(error)
            continue
        if mine is not None and mine.excused:
            cells[person.row][at] = "EX"
        elif points is not None:
            cells[person.row][at] = number(points)
        filled += points is not None
    wanted = [i for i, title in enumerate(table.header) if title in canvas.INFORMATION]
    read_back = [i for i in wanted if table.header[i] not in ("Student", "LastName", "FirstName")]
    return Filled(table.with_rows(cells).safe([*read_back, at]).only([*wanted, at]), filled, left)


def canvas_column(table: Table, assignment: Assignment, column: str | None) -> int:
    """The assignment's column in a gradebook: called ``Title (12345)``.

    Raises:
        ValueError: where none, or more than one, can be meant.
    """
    titled = {
        i: (title, re.sub(r" \(\d+\)$", "", title))
        for i, title in enumerate(table.header)
        if title not in canvas.INFORMATION
    }
    return _only_column(table, titled, assignment, column)


def _only_column(
    table: Table,
    titled: Mapping[int, tuple[str, ...]],
    assignment: Assignment,
    column: str | None,
) -> int:
    """The one of these columns, given with their names, that is the assignment's."""
    own = {name.casefold() for name in ([column] if column else _names(assignment))}
    found = [i for i, names in titled.items() if own & {name.casefold() for name in names}]
    if len(found) == 1:
        return found[0]
    # a column whose whole title is not its item's name is an assignment's
    offered = ", ".join(shown(title) for title, *short in titled.values() if title not in short)
    raise ValueError(
        f"{table.name} has {'no column' if not found else f'{len(found)} columns'} called "
        f"{column or assignment.title!r}; say which with --column: {offered or 'it has none'}"
    )


def _names(assignment: Assignment) -> tuple[str, str]:
    return assignment.name, assignment.title


def _points(row: GradeRow | None, most: float | None, wish: Wish) -> float | None:
    """Points to enter; None for who is excused.

    Raises:
        ValueError: in plain words, where there is nothing to enter.
    """
    if row is None:
        raise ValueError("not in the gradebook")
    if row.excused:
        return None
    if row.status == "missing" and wish.missing_as_zero:
        return 0.0
    if row.status in ("missing", "submitted"):
        raise ValueError("nothing handed in" if row.status == "missing" else "not graded yet")
    if row.to_grade_by_hand and not wish.provisional:
        raise ValueError("a person has still to grade a part")
    if most is None or abs(most - row.max_points) < 0.005:
        return row.points
    if not wish.scale or not row.max_points:
        raise _OtherPoints(
            f"the assignment has {number(row.max_points)} points, and {number(most)} on the "
            "platform; change them there, or use --scale"
        )
    return row.points / row.max_points * most


class _OtherPoints(Exception):
    """The platform's number of points is another: wrong for all, and not one student's matter."""


def _number(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None


def _who(person: Person) -> str:
    return f"{person.name} ({person.key})" if person.name else f"Participant {person.key}"
