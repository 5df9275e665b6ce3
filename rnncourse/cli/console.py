"""What the commands share: how they end, where text goes, tables."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import Any


class Exit(IntEnum):
    """How a command ends; the help lists the same."""

    FINE = 0
    NOT_RIGHT = 1  # it did its work, and something is not right yet
    NOT_DONE = 2  # it could not do its work


_CODES = (
    "[bold]Exit codes[/bold]  0: all is well.  1: something is not right yet.  "
    "2: not done (a wrong argument, no notebook, something missing here)."
)


class Stop(Exception):
    """A foreseeable end: what is wrong, and what to do about it."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


def examples(*lines: str) -> str:
    """The end of a command's help: examples, one a line, and the exit codes."""
    shown = "\n".join(f"  {line}".replace("[", "\\[") for line in lines)
    return f"[bold]Examples[/bold]\n{shown}\n\n{_CODES}"


def say(text: str = "", *, err: bool = False) -> None:
    """A line for people; ``err`` for what is no result."""
    stream = sys.stderr if err else sys.stdout
    try:
        print(text, file=stream, flush=True)
    except UnicodeEncodeError:
        # a Windows console of an old code page
        encoding = stream.encoding or "ascii"
        print(text.encode(encoding, "replace").decode(encoding), file=stream, flush=True)


def write_json(value: Any) -> None:
    """One JSON document on stdout, in ASCII so that any console can take it."""
    print(json.dumps(value, indent=2), flush=True)


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    """A bar on stderr where that is a terminal; the value is called after each step."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> None:
    """A table on stdout, as wide as the terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(title=title or None, box=box.SIMPLE, title_justify="left")
    for column in columns:
        made.add_column(column)
    for row in rows:
        # text from a notebook is text, not markup
        made.add_row(*(Text(cell) for cell in row))
    Console().print(made)
