"""A progress bar where somebody is looking: in a terminal, or under a notebook's cell."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress

Show = Callable[[int, str], None]
_PAUSE = 0.25  # seconds between two pictures in a notebook


@contextmanager
def bar(total: int, begun: int = 0, *, wanted: bool = True) -> Iterator[Show]:
    """A bar that goes away at the end; silent where the output goes to a file or a test.

    Args:
        total: steps in all.
        begun: steps done before.
        wanted: False for silence anywhere.

    Yields:
        A function to call after each step with the steps done and a few words.

    >>> with bar(total=2) as show:  # a doctest is no place to look at
    ...     show(1, "loss 0.5")
    """
    notebook = wanted and _in_notebook()
    if not notebook and not (wanted and sys.stderr is not None and sys.stderr.isatty()):
        yield lambda _, __: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    if notebook:  # rich's own way to draw there leaves an empty widget behind in the saved file
        console = Console(file=StringIO(), width=80, force_jupyter=False, color_system=None)
    else:
        console = Console(stderr=True)
    columns = BarColumn(), MofNCompleteColumn(), Remaining(), TextColumn("{task.description}")
    progress = Progress(*columns, console=console, transient=True)
    task = progress.add_task("", total=total, completed=begun)
    if notebook:
        with _cell_output(progress) as draw:
            yield lambda step, words: draw(lambda: _set(progress, task, step, words))
    else:
        with progress:
            yield lambda step, words: _set(progress, task, step, words)


def _set(progress: Progress, task: Any, step: int, words: str) -> None:
    progress.update(task, completed=step, description=words)


def _in_notebook() -> bool:
    """Is this a Jupyter kernel?"""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return type(shell).__name__ == "ZMQInteractiveShell"


@contextmanager
def _cell_output(progress: Progress) -> Iterator[Callable[[Callable[[], None]], None]]:
    """Draw under the cell now and then, and nothing at the end."""
    from IPython.display import display

    def picture(text: str) -> dict[str, str]:
        return {"text/plain": text}

    handle = display(picture(""), raw=True, display_id=True)  # type: ignore[no-untyped-call]
    last = 0.0

    def draw(change: Callable[[], None]) -> None:
        nonlocal last
        change()
        if time.monotonic() - last < _PAUSE:
            return
        last = time.monotonic()
        with progress.console.capture() as drawn:
            progress.console.print(progress.get_renderable())
        handle.update(picture(drawn.get().rstrip()), raw=True)

    try:
        yield draw
    finally:
        handle.update(picture(""), raw=True)
