"""Grading under a course's policies: where the best attempt counts, every attempt is judged.

Each attempt is judged once and its verdict kept beside it, with the points that a person gave;
another attempt takes its place in the gradebook from there, without being run again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from autograder.assignment import Assignment
from autograder.gradebook import (
    attempts,
    clock,
    handed_in,
    history,
    lateness,
    notebooks,
    outcomes,
    policies,
)
from autograder.gradebook import grade as grading
from autograder.gradebook.attempts import Attempt
from autograder.gradebook.course import Course, resolve
from autograder.gradebook.handed_in import Due
from autograder.gradebook.record import record
from autograder.verdict import SubmissionVerdict


def grade(
    course: Course,
    assignment: Assignment | str,
    students: Sequence[str] | None = None,
    **options: Any,
) -> list[SubmissionVerdict]:
    """Grade what was handed in, as ``grade.grade`` does, and let the right attempt count.

    What lies in ``submitted/`` is kept in ``attempts/``, also where nbgrader's exchange put it
    there. Under the rule ``best`` all attempts of a student are graded, and the one with most
    points after its penalty is entered; of two that are equal the later one.

    Args:
        course: an open course.
        assignment: which one, or its name.
        students: ids; all who handed in where None.
        options: of ``grade.grade``.

    Returns:
        Verdicts on the attempts that count, in the order of students.
    """
    assignment = resolve(assignment, course)
    best = policies.read(course).rule(assignment.name).counts == "best"
    here = course.students(assignment.name)
    chosen = here if students is None else sorted(set(here) & set(students))
    for student in chosen:
        attempts.current(course, assignment, student)
    if best:
        outcomes.save(course, assignment, chosen)
    found = grading.grade(course, assignment, students, **options)
    if best:
        counted = _best_of(course, assignment, found, options)
        found = [counted.get(verdict.student, verdict) for verdict in found]
    return found


def _best_of(
    course: Course,
    assignment: Assignment,
    found: Sequence[SubmissionVerdict],
    options: dict[str, Any],
) -> dict[str, SubmissionVerdict]:
    """Judge the attempts that are not judged yet, and enter each student's best."""
    waiting: dict[str, list[Attempt]] = {}
    several = {}
    entered = {verdict.student: verdict for verdict in found}
    # of those that were skipped all was kept before the run
    now = [v.student for v in found if "resumed" not in v.extra]
    outcomes.save(course, assignment, now)
    for verdict in found:
        known = attempts.kept(course, assignment, verdict.student)
        if len(known) < 2 or "retry" in verdict.extra:
            continue
        version = outcomes.version_of(verdict.extra)
        several[verdict.student] = version, known
        current = outcomes.content_of(verdict.extra)
        waiting[verdict.student] = [
            attempt
            for attempt in known
            if attempt.content != current
            and (options.get("force") or not outcomes.judged(attempt, version))
        ]
    while turn := {student: todo.pop(0) for student, todo in waiting.items() if todo}:
        for attempt in turn.values():
            _place(course, assignment, attempt)
        for verdict in grading.grade(course, assignment, list(turn), **options):
            entered[verdict.student] = verdict
        outcomes.save(course, assignment, list(turn))
    due = handed_in.due(course, assignment.name)
    return {
        student: best
        for student, (version, known) in several.items()
        if (best := _enter_best(course, assignment, known, version, due, entered[student]))
        is not None
    }


def _enter_best(
    course: Course,
    assignment: Assignment,
    known: Sequence[Attempt],
    version: str,
    due: Due,
    entered: SubmissionVerdict,
) -> SubmissionVerdict | None:
    """Put a student's best attempt back, from what was kept of its judging.

    Nothing is done where it is the one whose verdict is entered.
    """

    def points(attempt: Attempt) -> float:
        result = outcomes.result(attempt)
        when = handed_in.moment(attempt.arrived, due.of(attempt.student), due.rule)
        late = lateness.seconds_late(due.rule, when, due.of(attempt.student))
        taken = lateness.penalty(due.rule, attempt.student, late, result["raw"], result["max"])
        return float(result["raw"] - taken)

    judged = [attempt for attempt in known if outcomes.judged(attempt, version)]
    if not judged:
        return None
    attempt = max(judged, key=lambda a: (round(points(a), 9), a.number))
    student = attempt.student
    if outcomes.content_of(entered.extra) == attempt.content:
        return entered
    verdict = outcomes.verdict(attempt)
    assert verdict is not None
    when = _place(course, assignment, attempt)
    nb = notebooks.read(attempt.folder / outcomes.GRADED)
    stamp = f"{when:%Y-%m-%d %H:%M:%S.%f} UTC"
    record(course, assignment, verdict, nb, timestamp=stamp, submitted_at=clock.naive(when))
    outcomes.restore(course, assignment, attempt)
    lateness.settle(course, assignment.name, [student])
    about = {"student": student, "attempt": attempt.number, "of": len(judged)}
    history.note(course, assignment.name, "best", **about)
    return verdict


def _place(course: Course, assignment: Assignment, attempt: Attempt) -> datetime:
    due = handed_in.due(course, assignment.name)
    when = handed_in.moment(attempt.arrived, due.of(attempt.student), due.rule)
    attempts.put(course, assignment, attempt, when)
    return when
