"""init, release, collect: making a course folder and moving notebooks into it."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from autograder.cli.console import (
    AssignmentArgument,
    CourseOption,
    JsonOption,
    examples,
    say,
    write_json,
)


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command(
        epilog=examples(
            "autograder init my-course",
            "autograder init my-course --students roster.csv",
            "autograder init try-out --sample   # with a generated class",
        )
    )(init)
    app.command(
        epilog=examples("autograder release bptt", "autograder release bptt -c my-course --force")
    )(release)
    app.command(
        epilog=examples(
            "autograder collect bptt --from hand-ins/",
            "autograder collect bptt --from hand-ins/ --json",
        )
    )(collect)


def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make.", show_default=False)],
    students: Annotated[
        Path | None,
        typer.Option(
            help="A CSV with columns id, first_name, last_name, email.", dir_okay=False, exists=True
        ),
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Add a generated class and its submissions.")
    ] = False,
    course_id: Annotated[
        str | None, typer.Option(help="The course's id; the folder's name where left out.")
    ] = None,
    db: Annotated[
        str | None,
        typer.Option(
            help="The gradebook's SQLAlchemy address; SQLite in the folder where left out. "
            "$NAME in it is taken from the environment.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make a course folder with nbgrader's configuration and an empty gradebook."""
    from autograder.assignments import names
    from autograder.cli import roster
    from autograder.gradebook import course as courses

    people = roster.read(students) if students else []
    course = courses.create(folder, course_id or folder.absolute().name, names(), db_url=db)
    roster.enter(course, people)
    say(f"course {course.course_id} in {course.root}, with {len(people)} students")
    if sample:
        add_sample(course, course.assignments)
    say(f"next: autograder release {course.assignments[0]} -c {folder}")


def add_sample(course: Any, assignments: tuple[str, ...]) -> None:
    """Release each assignment and let the generated class hand in."""
    from autograder.assignments import load
    from autograder.gradebook.release import release as make_release
    from autograder.sample import make_sample_class

    for name in assignments:
        asked = load(name)
        make_release(course, asked)
        made = make_sample_class(course, asked)
        say(f"{name}: released, and a generated class of {len(made)} has handed in")


def release(
    assignment: AssignmentArgument,
    course: CourseOption = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier release.")] = False,
    json: JsonOption = False,
) -> None:
    """Make the students' version of an assignment and enter it in the gradebook."""
    from autograder.gradebook import course as courses
    from autograder.gradebook.release import release as run

    made = run(courses.open(course), assignment, force=force)
    if json:
        write_json({k: str(v) if isinstance(v, Path) else v for k, v in asdict(made).items()})
    say(f"{made.assignment}: {made.cells} graded cells, {made.points:g} points", err=json)
    say(f"give students {made.notebook}", err=json)
    if made.replaced:
        say("It differs from the release before: students need the new one.", err=json)


def collect(
    assignment: AssignmentArgument,
    source: Annotated[
        Path,
        typer.Option(
            "--from",
            help="The folder with what the students handed in.",
            exists=True,
            file_okay=False,
            show_default=False,
        ),
    ],
    course: CourseOption = Path(),
    json: JsonOption = False,
) -> None:
    """Take submissions in: one notebook a student, links and unsafe paths refused."""
    raise NotImplementedError
