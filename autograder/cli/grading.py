"""grade and verify: running submissions, and proving that an assignment is graded as it says."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.console import AssignmentArgument, CourseOption, JsonOption, examples


class Sandbox(StrEnum):
    """What submissions run in."""

    BUBBLEWRAP = "bubblewrap"
    NONE = "none"


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command(
        epilog=examples(
            "autograder grade bptt",
            "autograder grade bptt --student ada --student ben --force",
            "autograder grade bptt --student ada --seed 4711   # replays a dispute",
            "autograder grade bptt --json > grades.json",
        )
    )(grade)
    app.command(epilog=examples("autograder verify", "autograder verify bptt --json"))(verify)


def grade(
    assignment: AssignmentArgument,
    course: CourseOption = Path(),
    student: Annotated[
        list[str] | None, typer.Option("--student", "-s", help="Only this student; repeatable.")
    ] = None,
    workers: Annotated[
        int,
        typer.Option("--workers", "-w", min=0, help="Submissions at a time; 0: one for each core."),
    ] = 0,
    seed: Annotated[
        int | None,
        typer.Option(help="Draw the hidden cases from this seed, as a feedback page names it."),
    ] = None,
    sandbox: Annotated[
        Sandbox,
        typer.Option(help="[bold]none[/bold] runs the students' code as you, with all your files."),
    ] = Sandbox.BUBBLEWRAP,
    force: Annotated[
        bool, typer.Option("--force", help="Grade again what is graded already.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Run the submissions in the sandbox, judge every item, and write the gradebook."""
    raise NotImplementedError


def verify(
    assignment: Annotated[
        str | None, typer.Argument(help="The assignment; all of them where left out.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Prove that known mistakes lose marks and get their hints, and right variants get all."""
    raise NotImplementedError
