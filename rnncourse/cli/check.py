"""Run a notebook in a kernel of its own and collect what its checks say."""

import asyncio
import json
import subprocess
import sys
import warnings
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rnncourse.checks import registry
from rnncourse.cli import notebook
from rnncourse.cli.console import Stop, progress, say, table

_STOPPED = "KeyboardInterrupt"  # what a cell says that was interrupted


@dataclass(frozen=True)
class Item:
    """What became of one check."""

    cell: str
    state: str  # "right", "not right", "not reached", "error" or "timeout"
    said: str  # the check's own words, or the error's


@dataclass(frozen=True)
class Outcome:
    """What became of a notebook."""

    notebook: str
    assignment: str
    items: tuple[Item, ...]
    trouble: tuple[str, ...] = ()  # cells other than checks that raised, a kernel that died

    @property
    def passed(self) -> bool:
        """Whether every check was right."""
        return bool(self.items) and all(item.state == "right" for item in self.items)

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {**asdict(self), "passed": self.passed}


def run(path: Path, timeout: float) -> Outcome:
    """Run a copy of the notebook; the file stays as it is.

    Args:
        path: of the notebook.
        timeout: seconds that one cell may take; it is interrupted then, and the next one runs.

    Raises:
        Stop: where the file is no notebook of the course, or notebooks cannot be run here.
    """
    found = notebook.read(path)
    if not found.assignment:
        remedy = "check the notebook that you were given for the assignment"
        raise Stop(f"{path} holds no cells of an assignment of this course", remedy)
    if find_spec("nbclient") is None or find_spec("ipykernel") is None:
        remedy = "pip install 'rnncourse[notebook]'"
        raise Stop("notebooks cannot be run here: nbclient or ipykernel is missing", remedy)
    nb, trouble = _execute(found, timeout)
    return _outcome(found, nb, trouble, timeout)


def show(outcome: Outcome) -> None:
    """Print a table, and below it what is not right."""
    marks = {"right": "✓", "not right": "✗"}
    rows = [(marks.get(i.state, "!"), i.cell, i.state) for i in outcome.items]
    table(("", "check", ""), rows)
    for item in outcome.items:
        if item.state != "right" and item.said:
            say(item.said)
            say()
    for text in outcome.trouble:
        say(text)
    right = sum(item.state == "right" for item in outcome.items)
    say(f"{right} of {len(outcome.items)} checks are right.")


def _execute(found: notebook.Notebook, timeout: float) -> tuple[Any, list[str]]:
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    if sys.platform == "win32":  # the kernel's sockets need the older event loop there
        asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
    late = {
        "output_type": "error",
        "ename": _STOPPED,
        "evalue": f"no end after {timeout:g} s",
        "traceback": [],
    }
    trouble = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the kernel's libraries; nobody here can mend them
        nb = _parsed(found)
        client = NotebookClient(
            nb,
            kernel_name="python3",
            timeout=timeout,
            startup_timeout=120,
            interrupt_on_timeout=True,
            error_on_timeout=late,
            allow_errors=True,
            resources={"metadata": {"path": str(found.path.resolve().parent)}},
        )
        code = sum(cell.cell_type == "code" and bool(cell.source.strip()) for cell in nb.cells)
        try:
            with progress("Running cells", code) as advance:
                client.on_cell_executed = lambda **_: advance()
                client.execute(stderr=subprocess.DEVNULL)  # the kernel's own log
        except DeadKernelError:
            trouble.append("The process ended in the middle of the notebook; the rest did not run.")
    return nb, trouble


def _parsed(found: notebook.Notebook) -> Any:
    import nbformat

    try:
        return nbformat.reads(  # type: ignore[no-untyped-call]
            json.dumps(notebook.without_outputs(found.tree)), as_version=4
        )
    except Exception as error:  # nbformat has no one class for what it refuses
        remedy = "open it in Jupyter, save it there, and try again"
        raise Stop(f"{found.path} is not a notebook that can be run: {error}", remedy) from None


def _outcome(found: notebook.Notebook, nb: Any, trouble: list[str], timeout: float) -> Outcome:
    _, checks = registry.cells(found.assignment)
    items, seen = [], set()
    for number, cell in enumerate(nb.cells, 1):
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name in checks and name not in seen:
            seen.add(name)
            items.append(_item(name, cell, timeout))
        elif cell.cell_type == "code" and (error := _error(cell)):
            where = f"cell {name!r}" if name else f"cell {number}"
            if error.ename != "NotImplementedError":
                trouble.append(f"{where} stopped{_why(error, timeout)}")
    items += [
        Item(name, "not reached", "the cell is missing") for name in checks if name not in seen
    ]
    return Outcome(str(found.path), found.assignment, tuple(items), tuple(trouble))


def _item(name: str, cell: Any, timeout: float) -> Item:
    error = _error(cell)
    if error is None:
        ran = cell.get("execution_count") is not None
        return Item(name, "right" if ran else "not reached", "")
    if error.ename == "CheckFailed":
        return Item(name, "not right", error.evalue)
    state = "timeout" if error.ename == _STOPPED else "error"
    return Item(name, state, f"{name} stopped{_why(error, timeout)}")


def _why(error: Any, timeout: float) -> str:
    if error.ename == _STOPPED:
        return f": no end after {timeout:g} s"
    return f" with {error.ename}: {error.evalue}"


def _error(cell: Any) -> Any:
    return next((o for o in cell.get("outputs", ()) if o.output_type == "error"), None)
