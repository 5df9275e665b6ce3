"""demo: the whole path with a generated class."""

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.console import examples


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command(
        epilog=examples("autograder demo", "autograder demo /tmp/try-out --workers 4", codes=False)
    )(demo)


def demo(
    folder: Annotated[Path, typer.Argument(help="The course folder to make.")] = Path(
        "demo-course"
    ),
    workers: Annotated[
        int,
        typer.Option("--workers", "-w", min=0, help="Submissions at a time; 0: one for each core."),
    ] = 0,
) -> None:
    """Take a generated class, cheats among it, from release to grades, and show what came out."""
    raise NotImplementedError
