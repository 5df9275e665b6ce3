"""doctor: whether this system can grade, and what to do where it cannot."""

import typer

from autograder.cli.console import JsonOption, examples


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command(epilog=examples("autograder doctor", "autograder doctor -c my-course --json"))(
        doctor
    )


def doctor(json: JsonOption = False) -> None:
    """Check Python, nbgrader, the sandbox, the disk, the gradebook; say what to mend and how."""
    raise NotImplementedError
