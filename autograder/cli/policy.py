"""policy, extend, excuse: when work is due, what lateness costs, and for whom not."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autograder.cli.console import (
    AssignmentArgument,
    CourseOption,
    JsonOption,
    Stop,
    examples,
    say,
    write_json,
)

if TYPE_CHECKING:
    from autograder.gradebook.course import Course

StudentOption = Annotated[
    list[str], typer.Option("--student", "-s", help="The student's id; repeatable.")
]
WhyOption = Annotated[str, typer.Option(help="For the history.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command(
        epilog=examples(
            "autograder policy --zone Europe/Vienna",
            "autograder policy bptt --due '2026-12-01 23:59' --grace 15",
            "autograder policy bptt --percent-per-day 10 --days 5",
            "autograder policy bptt --counts best",
            "autograder policy bptt   # says what holds",
        )
    )(policy)
    app.command(
        epilog=examples(
            "autograder extend bptt --student ada --until '2026-12-05 23:59' --why ill",
            "autograder extend bptt --student ada --until none",
        )
    )(extend)
    app.command(
        epilog=examples(
            "autograder excuse bptt --student ada --why 'credited from last year'",
            "autograder excuse bptt --student ada --undo",
        )
    )(excuse)


def policy(
    assignment: Annotated[
        str | None, typer.Argument(help="The assignment; all without rules of their own if none.")
    ] = None,
    course: CourseOption = Path(),
    zone: Annotated[
        str | None, typer.Option(help="The course's time zone, such as Europe/Vienna.")
    ] = None,
    due: Annotated[
        str | None,
        typer.Option(help="When it is due, in the course's zone, or with an offset; or 'none'."),
    ] = None,
    grace: Annotated[int | None, typer.Option(help="Minutes that are not late yet.")] = None,
    percent_per_day: Annotated[
        float | None, typer.Option(help="What each day that was begun costs.")
    ] = None,
    of: Annotated[
        str | None, typer.Option(help="Per cent of what: points (that were earned), or max.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(help="Later than this earns nothing; -1: no such end.", min=-1)
    ] = None,
    counts: Annotated[str | None, typer.Option(help="Which attempt: last, or best.")] = None,
    plugin: Annotated[
        str | None,
        typer.Option(help="An nbgrader LateSubmissionPlugin to ask instead, as module.Class."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Say or set when an assignment is due, what lateness costs, and which attempt counts.

    Due dates are nbgrader's own, so that formgrader shows them. Penalties that are
    entered already follow a change at once.
    """
    from dataclasses import replace

    from autograder.gradebook import clock, lateness, policies
    from autograder.gradebook import course as courses

    opened = courses.open(course)
    check_assignment(opened, assignment)
    known = policies.read(opened)
    if zone is not None:
        clock.zone(zone)
        known = replace(known, zone=zone)
    wanted: dict[str, Any] = {
        "grace_minutes": grace,
        "percent_per_day": percent_per_day,
        "of": of,
        "counts": counts,
        "plugin": plugin,
    }
    changes = {name: value for name, value in wanted.items() if value is not None}
    if days is not None:
        changes["days"] = None if days < 0 else days
    if changes:
        known = policies.with_rule(known, assignment, **changes)
    when = None
    if due is not None:
        if assignment is None:
            raise Stop("--due needs an assignment", "autograder policy bptt --due …")
        when = None if due == "none" else clock.read(due, known.zone, "due")
        before = lateness.set_due(opened, assignment, when)
        _note(opened, assignment, "due", before=_iso(before), after=_iso(when))
    if changes or zone is not None:
        policies.write(opened, known)
        for name in [assignment] if assignment else opened.assignments:
            _note(opened, name, "policy", **changes, **({"zone": zone} if zone else {}))
    shown = [_apply(opened, name, bool(changes or due)) for name in _chosen(opened, assignment)]
    if json:
        write_json(shown)
    for one in shown:
        say(f"{one['assignment']}: {one['due_words']}. {one['words']}", err=json)
        if one["changed"]:
            say(f"  penalties changed: {one['changed']}", err=json)
    if not shown:
        say(f"{policies.words(known.default)} No assignment is released yet.", err=json)


def extend(
    assignment: AssignmentArgument,
    student: StudentOption,
    until: Annotated[str, typer.Option(help="The student's due date; or 'none' to take it back.")],
    course: CourseOption = Path(),
    why: WhyOption = "",
) -> None:
    """Give a student more time; a penalty that is entered already follows at once."""
    from autograder.gradebook import clock, lateness, policies
    from autograder.gradebook import course as courses

    opened = courses.open(course)
    _people(opened, student)
    known = policies.read(opened)
    due = lateness.due_date(opened, assignment)
    if due is None:
        raise Stop(
            f"{assignment} has no due date, so there is nothing to extend",
            f"First: autograder policy {assignment} --due …",
        )
    when = None if until == "none" else clock.read(until, known.zone, "until")
    if when is not None and when < due:
        raise Stop(f"until: {clock.shown(when, known.zone)} is before it is due for all")
    for one in student:
        extension = None if when is None else policies.Extension(when, why)
        known = policies.with_extension(known, assignment, one, extension)
        if extension is None:
            lateness.take_back(opened, assignment, one)
    policies.write(opened, known)
    for one in student:
        _note(opened, assignment, "extension", student=one, until=_iso(when), why=why)
    changed = _apply(opened, assignment, True)["changed"]
    to = clock.shown(when or due, known.zone)
    say(f"{assignment} is due for {', '.join(student)} {to}; penalties changed: {changed}")


def excuse(
    assignment: AssignmentArgument,
    student: StudentOption,
    course: CourseOption = Path(),
    why: WhyOption = "",
    undo: Annotated[bool, typer.Option("--undo", help="No longer excused.")] = False,
) -> None:
    """Say that a student need not hand in: not missing in reports, and EX in Canvas."""
    from autograder.gradebook import course as courses
    from autograder.gradebook import policies

    opened = courses.open(course)
    check_assignment(opened, assignment)
    _people(opened, student)
    known = policies.read(opened)
    for one in student:
        known = policies.with_excuse(known, assignment, one, None if undo else why)
    policies.write(opened, known)
    for one in student:
        _note(opened, assignment, "not excused" if undo else "excused", student=one, why=why)
    say(f"{', '.join(student)}: {'no longer excused' if undo else 'excused'} from {assignment}")


def _apply(course: "Course", assignment: str, settle: bool) -> dict[str, Any]:
    from autograder.gradebook import clock, lateness, policies
    from autograder.gradebook import course as courses
    from autograder.gradebook import handed_in as times

    changed = 0
    if settle:
        times.refresh(course, courses.resolve(assignment, course))
        changed = lateness.settle(course, assignment)
    known = policies.read(course)
    rule = known.rule(assignment)
    due = lateness.due_date(course, assignment)
    return {
        "assignment": assignment,
        "due": _iso(due),
        "due_words": f"due {clock.shown(due, known.zone)}" if due else "no due date",
        "zone": known.zone,
        "rule": {name: getattr(rule, name) for name in rule.__dataclass_fields__},
        "words": policies.words(rule),
        "extensions": {
            s: e.until.isoformat() for s, e in known.extensions.get(assignment, {}).items()
        },
        "excused": list(known.excused.get(assignment, {})),
        "changed": changed,
    }


def _chosen(course: "Course", assignment: str | None) -> list[str]:
    from autograder.gradebook.lateness import released

    here = released(course)
    return [name for name in here if assignment in (None, name)]


def check_assignment(course: "Course", assignment: str | None) -> None:
    """Stop where the course has no such assignment."""
    if assignment is not None and assignment not in course.assignments:
        raise Stop(f"{assignment!r} is no assignment of {course.root}; it has {course.assignments}")


def _people(course: "Course", students: list[str]) -> None:
    """An id that is nowhere is a slip of the pen, and would be kept without a word."""
    from autograder.gradebook.lateness import students as known

    unknown = [s for s in students if s not in known(course)]
    if unknown:
        raise Stop(
            f"student {unknown[0]!r} is neither in the gradebook nor in submitted/",
            "Enter a class list first: autograder roster list.csv",
        )


def _note(course: "Course", assignment: str, event: str, **what: Any) -> None:
    from autograder.gradebook import history as lines

    lines.note(course, assignment, event, **what)


def _iso(when: Any) -> str | None:
    return when.isoformat() if when else None
