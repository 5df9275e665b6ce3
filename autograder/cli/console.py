"""What the commands share: where text goes, how progress looks, how a command ends."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any

import typer

Advance = Callable[[int, int, str], None]  # done, total, what was just done


class Exit(IntEnum):
    """How a command ends; the help lists the same."""

    FINE = 0
    PROBLEMS = 1  # the command did its work, and at least one submission needs a person's look
    USAGE = 2  # not, or not wholly, done: a wrong argument, or something is missing here
    FAULT = 3  # the program itself failed


EXIT_CODES = (
    "[bold]Exit codes[/bold]  0: all is well.  1: done, and at least one submission needs your "
    "look (it could not be run, ran out of time or memory, or something in it was repaired or "
    "noticed).  2: not done: a wrong argument, or something is missing on this system.  "
    "3: a fault of the program."
)

CourseOption = Annotated[
    Path,
    typer.Option(
        "--course",
        "-c",
        help="The course folder, made by [bold]autograder init[/bold].",
        envvar="AUTOGRADER_COURSE",
        file_okay=False,
    ),
]
AssignmentArgument = Annotated[
    str,
    typer.Argument(help="The assignment's name, such as [bold]bptt[/bold].", show_default=False),
]
JsonOption = Annotated[
    bool,
    typer.Option("--json", help="Write JSON to stdout, and text for people to stderr."),
]


LmsCsvOption = Annotated[
    Path | None,
    typer.Option(
        help="The platform's own list of the class: Moodle's grading worksheet, or Moodle's or "
        "Canvas's gradebook export.",
        dir_okay=False,
        exists=True,
        show_default=False,
    ),
]
IdColumnOption = Annotated[
    str | None,
    typer.Option(
        help="Its column with the students' ids; where left out, its numbers, log-in names and "
        "addresses are compared with the gradebook's.",
        show_default=False,
    ),
]


class Stop(Exception):
    """A foreseeable end: what is wrong, and what to do about it."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


def examples(*lines: str, codes: bool = True) -> str:
    """The end of a command's help: examples, one a line, and the exit codes."""
    shown = [f"  {line}".replace("[", "\\[") for line in lines]
    text = "\n".join(["[bold]Examples[/bold]", *shown])
    return f"{text}\n\n{EXIT_CODES}" if codes else text


def say(text: str = "", *, err: bool = False) -> None:
    """A line for people; ``err`` where stdout is kept for JSON."""
    print(text, file=sys.stderr if err else sys.stdout, flush=True)


def write_json(value: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(value, indent=2, ensure_ascii=False), flush=True)


@contextmanager
def progress(what: str) -> Iterator[Advance]:
    """Show on stderr how far a long step is: a bar on a terminal, elsewhere a line a step."""
    if sys.stderr.isatty():
        with _bar(what) as advance:
            yield advance
    else:
        yield _lines(what)


@contextmanager
def busy(what: str) -> Iterator[None]:
    """Show on a terminal's stderr that a step without parts is under way, and for how long."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        shown.add_task(what, total=None)
        yield


def _lines(what: str) -> Advance:
    start = time.monotonic()

    def advance(done: int, total: int, text: str) -> None:
        after = time.monotonic() - start
        say(f"{what} {done}/{total}{f'  {text}' if text else ''}  ({after:.1f} s)", err=True)

    return advance


@contextmanager
def _bar(what: str) -> Iterator[Advance]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        """Steps a second, or seconds a step where that reads better."""

        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            if not speed:
                return Text("", style="dim")
            text = f"{speed:.1f}/s" if speed >= 1 else f"{1 / speed:.1f} s each"
            return Text(text, style="dim")

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[text]}", style="dim"),
        console=Console(stderr=True),
    )
    with bar:
        task = bar.add_task(what, total=None, text="")

        def advance(done: int, total: int, text: str) -> None:
            bar.update(task, completed=done, total=total, text=escape(text))

        yield advance
