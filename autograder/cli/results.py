"""What the commands that give results back do alike: whom they need, what they leave out."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from autograder.cli.console import Exit, Stop, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograder.reports.gather import Gathered


def need_results(gathered: "Gathered", assignment: str) -> None:
    """Stop where nothing is graded."""
    if not gathered.results:
        raise Stop(
            f"nothing of {assignment} is graded yet", f"First: autograder grade {assignment}"
        )


def tell_ungraded(gathered: "Gathered", *, err: bool) -> Exit:
    """Say whose work is handed in and not graded; how the command ends."""
    if not gathered.ungraded:
        return Exit.FINE
    some = ", ".join(gathered.ungraded[:5]) + (" …" if len(gathered.ungraded) > 5 else "")
    say(f"not graded yet, and left out: {some}", err=err)
    return Exit.PROBLEMS


def tell_left(left: "Mapping[str, str]") -> Exit:
    """Say who was left out, and why; how the command ends."""
    for who, why in left.items():
        say(f"  left out: {who}: {why}", err=True)
    return Exit.PROBLEMS if left else Exit.FINE


def write(text: str, to: Path | None) -> None:
    """Write a text to a file, whole or not at all, or to stdout."""
    from autograder.gradebook import files

    if to is None:
        # bytes, so that the line ends of CSV stay as they are
        typer.get_binary_stream("stdout").write(text.encode("utf-8"))
        return
    to.parent.mkdir(parents=True, exist_ok=True)
    files.write_text(to, text)
