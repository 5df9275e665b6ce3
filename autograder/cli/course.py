"""init, release, collect: making a course folder and moving notebooks into it."""

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.console import (
    AssignmentArgument,
    CourseOption,
    JsonOption,
    examples,
)


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command(
        epilog=examples(
            "autograder init my-course",
            "autograder init my-course --students roster.csv",
            "autograder init try-out --sample      # with a generated class to play with",
        )
    )(init)
    app.command(
        epilog=examples("autograder release bptt", "autograder release bptt -c my-course --force")
    )(release)
    app.command(
        epilog=examples(
            "autograder collect bptt --from hand-ins/   # ada.ipynb, or ada/bptt.ipynb, or ada.zip",
            "autograder collect bptt --from exchange/ --json",
        )
    )(collect)


def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make.", show_default=False)],
    students: Annotated[
        Path | None,
        typer.Option(help="A CSV with columns id, first_name, last_name, email.", dir_okay=False),
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Add a generated class and its submissions.")
    ] = False,
) -> None:
    """Make a course folder with nbgrader's configuration and an empty gradebook."""
    raise NotImplementedError


def release(
    assignment: AssignmentArgument,
    course: CourseOption = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier release.")] = False,
    json: JsonOption = False,
) -> None:
    """Make the students' version of an assignment and enter it in the gradebook."""
    raise NotImplementedError


def collect(
    assignment: AssignmentArgument,
    source: Annotated[
        Path, typer.Option("--from", help="The folder with what the students handed in.")
    ],
    course: CourseOption = Path(),
    json: JsonOption = False,
) -> None:
    """Take submissions in: one notebook a student, links and unsafe paths refused."""
    raise NotImplementedError
