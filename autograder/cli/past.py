"""handed-in, history: when something came, and what was done to marks since."""

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.console import (
    AssignmentArgument,
    CourseOption,
    JsonOption,
    examples,
    say,
    write_json,
)
from autograder.cli.policy import check_assignment


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command(
        name="handed-in",
        epilog=examples("autograder handed-in bptt --student ada --at '2026-12-02 09:30'"),
    )(handed_in)
    app.command(
        epilog=examples(
            "autograder history bptt --student ada",
            "autograder history bptt --json | jq '.history[-1]'",
        )
    )(history)


def handed_in(
    assignment: AssignmentArgument,
    student: Annotated[str, typer.Option("--student", "-s", help="The student's id.")],
    at: Annotated[str, typer.Option(help="When it was handed in, in the course's zone.")],
    course: CourseOption = Path(),
) -> None:
    """Correct when a student handed in, where the platform did not say; the penalty follows."""
    from autograder.gradebook import clock, lateness, policies
    from autograder.gradebook import course as courses
    from autograder.gradebook import handed_in as times

    opened = courses.open(course)
    zone = policies.read(opened).zone
    when = clock.read(at, zone, "at")
    times.set_time(opened, courses.resolve(assignment, opened), student, when)
    changed = lateness.settle(opened, assignment)
    say(f"{student} handed in {clock.shown(when, zone)}; penalties changed: {changed}")


def history(
    assignment: AssignmentArgument,
    course: CourseOption = Path(),
    student: Annotated[
        str | None, typer.Option("--student", "-s", help="Of one student; of all where left out.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Say what was done to marks: attempts, gradings with their seeds, extensions, by whom."""
    from autograder.gradebook import course as courses
    from autograder.gradebook import history as lines
    from autograder.reports import past

    opened = courses.open(course)
    check_assignment(opened, assignment)
    found = lines.read(opened, assignment, student)
    handed = past.attempts(opened, assignment, student)
    if json:
        write_json({"attempts": handed, "history": found})
    for text in past.told(opened, handed, found):
        say(text, err=json)
    if not found and not handed:
        say(f"Nothing has been done yet for {assignment}.", err=json)
