"""The grades out of the gradebook: a row for each student and assignment, as CSV or JSON."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from nbgrader import api
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from autograder.gradebook import clock, database, lateness, policies
from autograder.gradebook.course import Course
from autograder.gradebook.lateness import Lateness
from autograder.gradebook.policies import Policies
from autograder.reports.results import number


@dataclass(frozen=True)
class ItemGrade:
    """What the gradebook holds of one graded cell."""

    cell: str
    max_points: float
    automatic: float | None = None  # None: not graded by the judge
    manual: float | None = None  # a grader's points, which replace the automatic ones
    extra: float = 0.0  # a grader's extra credit, which adds to either
    needs_hand: bool = False

    @property
    def points(self) -> float:
        """Points that count."""
        graded = self.automatic if self.manual is None else self.manual
        return (graded or 0.0) + self.extra


@dataclass(frozen=True)
class GradeRow:
    """One student's grade for one assignment."""

    assignment: str
    student: str
    last_name: str
    first_name: str
    email: str
    submitted: str  # ISO time in UTC; empty where nothing was handed in
    max_points: float
    items: tuple[ItemGrade, ...] = ()
    late_penalty: float = 0.0
    comments: Mapping[str, str] = field(default_factory=dict)  # a grader's, by the answer's cell
    lateness: Lateness = lateness.UNKNOWN
    excused: bool = False

    @property
    def raw_points(self) -> float:
        """Points before the penalty."""
        return sum(item.points for item in self.items)

    @property
    def points(self) -> float:
        """Points after the penalty, never under 0."""
        return max(0.0, self.raw_points - self.late_penalty)

    @property
    def to_grade_by_hand(self) -> int:
        """How many cells a person has still to look at."""
        return sum(item.needs_hand for item in self.items)

    @property
    def status(self) -> str:
        """``excused``, ``missing``, ``submitted`` (only), ``needs hand grading``, ``graded``."""
        if self.excused:
            return "excused"
        if not self.items:
            return "submitted" if self.submitted else "missing"
        return "needs hand grading" if self.to_grade_by_hand else "graded"


@dataclass(frozen=True)
class _Frame:
    """One assignment's cells with their points, in the notebook's order."""

    max_points: float
    cells: Mapping[str, float] = field(default_factory=dict)


def grades(course: Course, assignments: Sequence[str] = ()) -> list[GradeRow]:
    """Every student's grade for every assignment that is in the gradebook.

    Args:
        course: the course.
        assignments: only these; all where empty.

    Raises:
        ValueError: where an assignment is not in the gradebook.
        DatabaseError: where the gradebook cannot be read.
    """
    known = policies.read(course)
    with database.transaction(course.db_url) as session:
        found = session.scalars(
            select(api.Assignment)
            .where(api.Assignment.course_id == course.course_id)
            .order_by(api.Assignment.name)
        ).all()
        missing = [name for name in assignments if name not in {a.name for a in found}]
        if missing:
            raise ValueError(
                f"assignment {missing[0]!r} is not in the gradebook; "
                f"it has {', '.join(a.name for a in found) or 'none yet: release one first'}"
            )
        people = session.scalars(select(api.Student).order_by(api.Student.id)).all()
        wanted = [a for a in found if not assignments or a.name in assignments]
        return [row for a in wanted for row in _assignment_rows(session, a, people, known)]


def _assignment_rows(
    session: Session, assignment: api.Assignment, people: Sequence[api.Student], known: Policies
) -> list[GradeRow]:
    cells = {
        cell.name: float(cell.max_score or 0)
        for notebook in assignment.notebooks
        for cell in (*notebook.grade_cells, *notebook.task_cells)
    }
    frame = _Frame(sum(cells.values()), cells)
    submissions = session.scalars(
        select(api.SubmittedAssignment)
        .where(api.SubmittedAssignment.assignment_id == assignment.id)
        .options(
            selectinload(api.SubmittedAssignment.notebooks).options(
                selectinload(api.SubmittedNotebook.grades).selectinload(api.Grade.cell),
                selectinload(api.SubmittedNotebook.comments).selectinload(api.Comment.cell),
            )
        )
    ).all()
    by_student = {s.student_id: s for s in submissions}
    return [
        replace(
            _row(assignment.name, frame, person, by_student.get(person.id)),
            lateness=lateness.of(by_student[person.id], known)
            if person.id in by_student
            else Lateness(due=lateness.due_of(assignment, person.id, known)),
            excused=known.is_excused(assignment.name, person.id),
        )
        for person in people
    ]


def _row(
    name: str, frame: _Frame, person: api.Student, submission: api.SubmittedAssignment | None
) -> GradeRow:
    notebooks = submission.notebooks if submission is not None else []
    comments = {
        comment.name: comment.manual_comment
        for n in notebooks
        for comment in n.comments
        if comment.manual_comment
    }
    held = {grade.name: grade for n in notebooks for grade in n.grades}
    items = tuple(
        ItemGrade(
            cell,
            most,
            held[cell].auto_score,
            held[cell].manual_score,
            held[cell].extra_credit or 0.0,
            bool(held[cell].needs_manual_grade),
        )
        for cell, most in frame.cells.items()
        if cell in held
    )
    time = submission.timestamp if submission is not None else None
    return GradeRow(
        assignment=name,
        student=person.id,
        last_name=person.last_name or "",
        first_name=person.first_name or "",
        email=person.email or "",
        submitted=f"{time.isoformat(sep=' ', timespec='seconds')}" if time else "",
        max_points=frame.max_points,
        items=items,
        late_penalty=sum(n.late_submission_penalty or 0.0 for n in notebooks),
        comments=comments,
    )


def to_csv(rows: Sequence[GradeRow]) -> str:
    """The rows as CSV (RFC 4180) that a spreadsheet shows and does not run.

    A text that a spreadsheet would take for a formula gets an apostrophe before it. One column for
    each graded cell follows the fixed ones, named ``assignment/cell``.
    """
    cells = list(dict.fromkeys(f"{r.assignment}/{i.cell}" for r in rows for i in r.items))
    out = io.StringIO()
    writer = csv.writer(out)
    fixed = (
        "assignment student_id last_name first_name email submitted status points max_points "
        "raw_points late_penalty automatic_points manual_points to_grade_by_hand due seconds_late"
    )
    writer.writerow([*fixed.split(), *map(guarded, cells)])
    for row in rows:
        texts = (
            row.assignment,
            row.student,
            row.last_name,
            row.first_name,
            row.email,
            row.submitted,
            row.status,
        )
        judged = sum(i.automatic or 0.0 for i in row.items if i.manual is None)
        entered = sum((i.manual or 0.0) + i.extra for i in row.items)
        sums = (row.points, row.max_points, row.raw_points, row.late_penalty, judged, entered)
        by_cell = {f"{row.assignment}/{item.cell}": item for item in row.items}
        writer.writerow(
            [
                *map(guarded, texts),
                *map(number, sums),
                row.to_grade_by_hand,
                _time(row.lateness.due),
                number(row.lateness.seconds),
                *(number(by_cell[c].points) if c in by_cell else "" for c in cells),
            ]
        )
    return out.getvalue()


def _time(when: datetime | None) -> str:
    """A time in UTC, as ``submitted`` is written."""
    return clock.naive(when).isoformat(sep=" ", timespec="seconds") if when else ""


def guarded(text: str) -> str:
    """Text that no spreadsheet takes for a formula: ``=1+1`` becomes ``'=1+1``."""
    text = text.replace("\0", "")
    # spreadsheets skip blanks and line ends before the sign, and know its full-width form
    first = text.lstrip(" \t\r\n\u00a0\ufeff\u3000")[:1]
    dangerous = first in tuple("=+-@|%＝＋－＠") or text[:1] in ("\t", "\r", "\n")
    return f"'{text}" if dangerous and text else text


def to_json(rows: Sequence[GradeRow]) -> list[dict[str, Any]]:
    """The rows as plain data, exact: no text is guarded, no number rounded."""
    return [
        {
            **{k: v for k, v in asdict(row).items() if k not in ("items", "lateness")},
            "due": _time(row.lateness.due),
            "extended": row.lateness.extended,
            "seconds_late": row.lateness.seconds,
            "status": row.status,
            "points": row.points,
            "raw_points": row.raw_points,
            "to_grade_by_hand": row.to_grade_by_hand,
            "items": [{**asdict(item), "points": item.points} for item in row.items],
        }
        for row in rows
    ]


def dump(rows: Sequence[GradeRow]) -> str:
    """The rows as one JSON document."""
    return json.dumps(to_json(rows), indent=2, ensure_ascii=False) + "\n"
