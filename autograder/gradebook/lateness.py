"""How late a submission is and what that costs, in nbgrader's own columns.

``assignment.duedate``, ``submitted_assignment.extension`` and
``submitted_notebook.late_submission_penalty`` are what nbgrader's exporter and formgrader read
(https://nbgrader.readthedocs.io/en/stable/plugins/late-plugin.html). As there, a penalty is never
negative and never more than the score.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from nbgrader import api
from sqlalchemy import select, true
from sqlalchemy.orm import Session, load_only, selectinload

from autograder.gradebook import clock, database, history, policies
from autograder.gradebook.course import Course, CourseError
from autograder.gradebook.policies import Policies, Rule

DAY = 86400


@dataclass(frozen=True)
class Lateness:
    """When a student handed in, against when it was due."""

    submitted: datetime | None = None  # UTC; None: nothing, or nobody knows
    due: datetime | None = None  # with the student's extension; None: no due date
    extended: bool = False
    seconds: float = 0.0  # past the due date; 0 where within the grace
    penalty: float = 0.0
    closed: bool = False  # too late to earn anything

    @property
    def late(self) -> bool:
        """Whether it came late."""
        return self.seconds > 0

    @property
    def days(self) -> int:
        """Days that were begun."""
        return math.ceil(self.seconds / DAY)


UNKNOWN = Lateness()


def seconds_late(rule: Rule, submitted: datetime | None, due: datetime | None) -> float:
    """Seconds past the due date; 0 where in time, within the grace, or not known."""
    if submitted is None or due is None:
        return 0.0
    late = (submitted - due).total_seconds()
    return late if late > rule.grace_minutes * 60 else 0.0


def penalty(rule: Rule, student: str, seconds: float, score: float, max_score: float) -> float:
    """Points that lateness costs, from 0 to the score.

    Args:
        rule: of the assignment.
        student: for a plugin that wants to know.
        seconds: past the due date, as ``seconds_late`` says.
        score: points before the penalty.
        max_score: points that can be had.
    """
    if seconds <= 0:
        return 0.0
    if rule.plugin:
        asked = policies.late_plugin(rule.plugin)
        taken = float(asked.late_submission_penalty(student, score, seconds) or 0.0)
    elif is_closed(rule, seconds):
        taken = score
    else:
        days = math.ceil(seconds / DAY)
        base = score if rule.of == "points" else max_score
        taken = base * rule.percent_per_day / 100 * days
    return min(max(0.0, taken), max(0.0, score)) if math.isfinite(taken) else 0.0


def is_closed(rule: Rule, seconds: float) -> bool:
    """Whether it came too late to earn anything."""
    return seconds > 0 and rule.days is not None and math.ceil(seconds / DAY) > rule.days


def of(submission: api.SubmittedAssignment, known: Policies) -> Lateness:
    """What the gradebook says of one submission's lateness."""
    assignment = submission.assignment
    rule = known.rule(assignment.name)
    due = due_of(assignment, submission.student_id, known, submission)
    submitted = clock.aware(submission.timestamp) if submission.timestamp else None
    seconds = seconds_late(rule, submitted, due)
    taken = sum(n.late_submission_penalty or 0.0 for n in submission.notebooks)
    extended = due is not None and due != clock.aware(assignment.duedate)
    return Lateness(submitted, due, extended, seconds, taken, is_closed(rule, seconds))


def due_of(
    assignment: api.Assignment,
    student: str,
    known: Policies,
    submission: api.SubmittedAssignment | None = None,
) -> datetime | None:
    """When an assignment is due for a student, in UTC."""
    if assignment.duedate is None:
        return None
    granted = known.extension(assignment.name, student)
    if granted is not None:
        return granted.until
    due = clock.aware(assignment.duedate)
    return due + submission.extension if submission and submission.extension else due


def enter(notebook: api.SubmittedNotebook, known: Policies) -> None:
    """Write a submission's extension and penalty; called whenever its marks have changed.

    Without a due date nothing is touched: a penalty may have been entered in another way.
    """
    submission = notebook.assignment
    assignment = submission.assignment
    if assignment.duedate is None:
        return
    granted = known.extension(assignment.name, submission.student_id)
    if granted is not None:
        submission.extension = clock.naive(granted.until) - assignment.duedate
    rule = known.rule(assignment.name)
    late = of(submission, known)
    score = sum(_points(grade) for grade in notebook.grades)
    most = sum(float(grade.cell.max_score or 0) for grade in notebook.grades)
    taken = penalty(rule, submission.student_id, late.seconds, score, most)
    # as nbgrader: no value, and not 0, where nothing was late
    notebook.late_submission_penalty = taken if late.late else None


def settle(course: Course, assignment: str, only: Sequence[str] = ()) -> int:
    """Bring all penalties of an assignment up to date; how many have changed.

    A grader's points, a new due date or rule, and an extension change them.

    Args:
        course: the course.
        assignment: its name.
        only: these students; all where empty.
    """
    known = policies.read(course)
    changes = []
    with database.transaction(course.db_url) as session:
        row = find(session, assignment)
        for submission in _submissions(session, row, only):
            for notebook in submission.notebooks:
                before = history.standing(notebook)
                enter(notebook, known)
                after = history.standing(notebook)
                # PostgreSQL keeps this column in single precision
                if not math.isclose(after.penalty, before.penalty, rel_tol=1e-6, abs_tol=1e-6):
                    changes.append((submission.student_id, before, after))
    for student, old, new in changes:
        about = {"student": student, "before": old.as_data(), "after": new.as_data()}
        history.note(course, assignment, "penalty", **about)
    return len(changes)


def _submissions(
    session: Session, row: api.Assignment, only: Sequence[str]
) -> Sequence[api.SubmittedAssignment]:
    """An assignment's submissions with all that marks need, in a handful of queries."""
    one, book, grade = api.SubmittedAssignment, api.SubmittedNotebook, api.Grade
    own = (one.id, one.student_id, one.assignment_id, one.timestamp, one.extension)
    # nbgrader's sums are columns computed by a subquery each, for every row
    marks = (grade.cell_id, grade.auto_score, grade.manual_score, grade.extra_credit)
    chosen = one.student_id.in_(only) if only else true()
    return session.scalars(
        select(one)
        .where(one.assignment_id == row.id, chosen)
        .options(
            load_only(*own),
            selectinload(one.notebooks).options(
                load_only(book.assignment_id, book.late_submission_penalty),
                selectinload(book.grades).options(load_only(*marks), selectinload(grade.cell)),
            ),
        )
    ).all()


def set_due(course: Course, assignment: str, due: datetime | None) -> datetime | None:
    """Set the due date in the gradebook, where formgrader shows it; what it was before."""
    with database.transaction(course.db_url) as session:
        row = find(session, assignment)
        before = clock.aware(row.duedate) if row.duedate else None
        row.duedate = clock.naive(due) if due else None
        # nbgrader counts an extension from the due date: one that was granted there keeps its end
        for submission in row.submissions:
            if due is None:
                for notebook in submission.notebooks:
                    notebook.late_submission_penalty = None
            elif submission.extension is not None and before is not None:
                until = before + submission.extension
                submission.extension = until - due if until > due else None
    return before


def take_back(course: Course, assignment: str, student: str) -> None:
    """Take an extension out of the gradebook."""
    with database.transaction(course.db_url) as session:
        for submission in find(session, assignment).submissions:
            if submission.student_id == student:
                submission.extension = None


def due_date(course: Course, assignment: str) -> datetime | None:
    """The due date for all, in UTC."""
    with database.transaction(course.db_url) as session:
        due = find(session, assignment).duedate
        return clock.aware(due) if due else None


def released(course: Course) -> list[str]:
    """Names of the assignments that are in the gradebook."""
    with database.transaction(course.db_url) as session:
        names = session.scalars(select(api.Assignment.name).order_by(api.Assignment.name))
        return list(names)


def students(course: Course) -> frozenset[str]:
    """Ids of all who are in the gradebook, or have handed something in."""
    with database.transaction(course.db_url) as session:
        known = set(session.scalars(select(api.Student.id)))
    handed = (course.students(name) for name in course.assignments)
    return frozenset(known.union(*handed))


def find(session: Session, assignment: str) -> api.Assignment:
    """The assignment's row.

    Raises:
        CourseError: where it is not released.
    """
    row = session.scalar(select(api.Assignment).where(api.Assignment.name == assignment))
    if row is None:
        raise CourseError(
            f"assignment {assignment!r} is not in the gradebook yet; "
            f"first: autograder release {assignment}"
        )
    return row


def _points(grade: api.Grade) -> float:
    graded = grade.auto_score if grade.manual_score is None else grade.manual_score
    return (graded or 0.0) + (grade.extra_credit or 0.0)
