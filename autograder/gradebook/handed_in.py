"""Which hand-in counts when another comes, and when it is held to have come."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nbgrader import api
from sqlalchemy import select

from autograder.assignment import Assignment
from autograder.gradebook import attempts, clock, database, history, lateness, policies
from autograder.gradebook.attempts import Arrived, Attempt, Clock
from autograder.gradebook.course import Course, CourseError
from autograder.gradebook.policies import Policies, Rule

_RANK = (Clock.FILE, Clock.MARKER, Clock.PLATFORM, Clock.INSTRUCTOR)


@dataclass(frozen=True)
class Due:
    """When an assignment is due, for each student."""

    rule: Rule
    for_all: datetime | None
    by_student: Mapping[str, datetime]

    def of(self, student: str) -> datetime | None:
        """For one student, in UTC; None where there is no due date."""
        return self.by_student.get(student, self.for_all)


@dataclass(frozen=True)
class Added:
    """What became of a hand-in."""

    new: bool
    replaces: Attempt | None = None


def due(course: Course, assignment: str) -> Due:
    """When an assignment is due; nothing where it is not released yet."""
    known = policies.read(course)
    rule = known.rule(assignment)
    with database.transaction(course.db_url) as session:
        row = session.scalar(select(api.Assignment).where(api.Assignment.name == assignment))
        if row is None or row.duedate is None:
            return Due(rule, None, {})
        granted = {s.student_id: s for s in row.submissions if s.extension is not None}
        students = {*granted, *known.extensions.get(assignment, {})}
        by_student = {s: _due(row, s, known, granted.get(s)) for s in students}
        return Due(rule, clock.aware(row.duedate), by_student)


def _due(
    row: api.Assignment, student: str, known: Policies, submission: api.SubmittedAssignment | None
) -> datetime:
    found = lateness.due_of(row, student, known, submission)
    return found if found is not None else clock.aware(row.duedate)


def moment(arrived: Arrived, when_due: datetime | None, rule: Rule) -> datetime:
    """When a hand-in is held to have come.

    Where the platform says only whether it was late, its zip has the time of the download: what
    was not late came when it was due at the latest, and what was late is held to be so by the
    least, until somebody says more.
    """
    if arrived.clock is not Clock.MARKER or when_due is None:
        return arrived.when
    if not arrived.late:
        return min(arrived.when, when_due)
    return when_due + timedelta(minutes=rule.grace_minutes, seconds=1)


def add(
    course: Course,
    assignment: Assignment,
    student: str,
    copy: Path,
    digest: str,
    arrived: Arrived,
    when_due: Due,
) -> Added:
    """Keep a hand-in; it counts from now on unless it is known to be an older one.

    Raises:
        RefusedFile: where something stands in its place.
    """
    before = attempts.current(course, assignment, student)
    known = attempts.kept(course, assignment, student)
    same = [a for a in known if a.content == digest]
    if before and same:
        # the same again later, with another in between, is a hand-in of its own
        seen = arrived.when <= max(a.arrived.when for a in same)
        if seen or same[-1] in (before, known[-1]):
            _correct(course, assignment, same[-1], arrived, when_due, stamp=same[-1] == before)
            return Added(new=False)
    attempt = (
        same[-1]  # it is kept, and was taken out of submitted/
        if same and before is None
        else attempts.keep(course, assignment, student, copy, digest, arrived)
    )
    if before is not None and _known_older(arrived, before.arrived):
        return Added(new=False)
    held = moment(arrived, when_due.of(student), when_due.rule)
    attempts.put(course, assignment, attempt, held)
    return Added(new=True, replaces=before)


def refresh(course: Course, assignment: Assignment) -> None:
    """Bring times that only a marker tells up to date with the due date, here and in nbgrader's."""
    when_due = due(course, assignment.name)
    for student in course.students(assignment.name):
        attempt = attempts.current(course, assignment, student)
        if attempt is not None and attempt.arrived.clock is Clock.MARKER:
            _stamp(course, assignment, attempt, when_due)


def set_time(course: Course, assignment: Assignment, student: str, when: datetime) -> None:
    """Say when the attempt that counts was handed in.

    Raises:
        CourseError: where the student handed in nothing.
    """
    attempt = attempts.current(course, assignment, student)
    if attempt is None:
        raise CourseError(f"{student} has handed in nothing for {assignment.name}")
    before = attempt.arrived.when
    attempt = attempts.retime(
        attempt, replace(attempt.arrived, when=when.astimezone(UTC), clock=Clock.INSTRUCTOR)
    )
    _stamp(course, assignment, attempt, due(course, assignment.name))
    about = {"student": student, "attempt": attempt.number}
    times = {"before": before.isoformat(), "after": when.isoformat()}
    history.note(course, assignment.name, "time", **about, **times)


def _correct(
    course: Course,
    assignment: Assignment,
    attempt: Attempt,
    arrived: Arrived,
    when_due: Due,
    *,
    stamp: bool,
) -> None:
    """The platform's word on the time is better than the file's own."""
    if _RANK.index(arrived.clock) > _RANK.index(attempt.arrived.clock):
        attempt = attempts.retime(attempt, arrived)
        if stamp:
            _stamp(course, assignment, attempt, when_due)


def _stamp(course: Course, assignment: Assignment, attempt: Attempt, when_due: Due) -> None:
    held = moment(attempt.arrived, when_due.of(attempt.student), when_due.rule)
    path = course.notebook("submitted", assignment, attempt.student)
    attempts.stamp(path.parent, held)
    with database.transaction(course.db_url) as session:
        row = session.scalar(
            select(api.SubmittedAssignment)
            .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
            .where(
                api.Assignment.name == assignment.name,
                api.SubmittedAssignment.student_id == attempt.student,
            )
        )
        if row is not None:
            row.timestamp = clock.naive(held)


def _known_older(arrived: Arrived, before: Arrived) -> bool:
    trusted = arrived.clock.trusted and before.clock.trusted
    return trusted and arrived.when < before.when
