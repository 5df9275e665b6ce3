"""feedback, export, report: what comes back from grading."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.console import AssignmentArgument, CourseOption, JsonOption, examples


class Format(StrEnum):
    """What an export is written as."""

    CSV = "csv"
    JSON = "json"


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command(
        epilog=examples(
            "autograder feedback bptt", "autograder feedback bptt --student ada -c my-course"
        )
    )(feedback)
    app.command(
        epilog=examples(
            "autograder export --to grades.csv",
            "autograder export bptt --format json | jq '.[].points'",
        )
    )(export)
    app.command(
        epilog=examples("autograder report bptt", "autograder report bptt --to class.html")
    )(report)


def feedback(
    assignment: AssignmentArgument,
    course: CourseOption = Path(),
    student: Annotated[
        list[str] | None, typer.Option("--student", "-s", help="Only this student; repeatable.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Write each student's feedback page, one HTML file that needs nothing else."""
    raise NotImplementedError


def export(
    assignment: Annotated[
        list[str] | None, typer.Argument(help="The assignments; all of them where left out.")
    ] = None,
    course: CourseOption = Path(),
    to: Annotated[
        Path | None, typer.Option(help="The file to write; stdout where left out.", dir_okay=False)
    ] = None,
    format: Annotated[Format | None, typer.Option(help="By the file's ending, else csv.")] = None,
) -> None:
    """Write the grades: a row for each student and assignment, with points by item."""
    raise NotImplementedError


def report(
    assignment: AssignmentArgument,
    course: CourseOption = Path(),
    to: Annotated[
        Path | None,
        typer.Option(help="The file to write; in the course's reports/ where left out."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Write the class report: grades, items, frequent mistakes, incidents, what needs your hand."""
    raise NotImplementedError
