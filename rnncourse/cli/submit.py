"""Pack a notebook for handing in, after seeing that it is whole."""

import ast
import json
import re
import subprocess
import sys
import zipfile
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rnncourse.checks import registry
from rnncourse.cli import check, notebook
from rnncourse.cli.console import Stop, say

_STUBS = ("YOUR CODE HERE", "YOUR ANSWER HERE", "raise NotImplementedError()")
_TIME = (2000, 1, 1, 0, 0, 0)  # of the entry: the same notebook gives the same file


@dataclass(frozen=True)
class Result:
    """What was handed in, and what the student should know of it."""

    notebook: str
    assignment: str
    file: str  # the zip, or "" where nbgrader's exchange took it
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return asdict(self)


def submit(path: Path, to: Path | None, *, exchange: bool, run: bool, timeout: float) -> Result:
    """Check a notebook and pack it.

    Args:
        path: of the notebook.
        to: folder for the zip; the notebook's where None.
        exchange: hand in through nbgrader's exchange instead.
        run: run the checks first, to warn of those that fail.
        timeout: seconds that one cell may take.

    Raises:
        Stop: where the file is not the notebook of an assignment, or cannot be handed in.
    """
    found = notebook.read(path)
    if not found.assignment:
        remedy = "hand in the notebook that you were given, with your answers in it"
        raise Stop(f"{path} holds no cells of an assignment of this course", remedy)
    answers, _ = registry.cells(found.assignment)
    if not any(name in found.sources for name in answers):
        remedy = "take a fresh copy of the assignment and put your answers into it"
        raise Stop(f"{path} has lost every answer cell of {found.assignment}", remedy)
    warnings = _look(found)
    if run:
        warnings += _run(found, timeout)
    if exchange:
        _exchange(found)
        return Result(str(path), found.assignment, "", tuple(warnings))
    return Result(str(path), found.assignment, str(_pack(found, to)), tuple(warnings))


def show(result: Result) -> None:
    """Print the warnings and where the file is."""
    for warning in result.warnings:
        say(f"! {warning}")
    if result.file:
        say(f"Written: {result.file}")
        say("Upload this file where your course takes hand-ins.")
    else:
        say("Handed in by nbgrader's exchange.")


def _look(found: notebook.Notebook) -> list[str]:
    """What can be said without running anything."""
    warnings = []
    if missing := found.missing():
        warnings.append(
            f"missing cells: {', '.join(missing)}; checks are put back when it is graded, "
            "answers earn nothing"
        )
    if found.twice:
        warnings.append(f"more than one cell is called {', '.join(found.twice)}; one will count")
    answers, _ = registry.cells(found.assignment)
    sources = found.sources
    unfinished = [n for n in answers if n in sources and _is_unfinished(sources[n])]
    if unfinished:
        warnings.append(f"not written yet: {', '.join(unfinished)}")
    if "student" in answers and not _has_id(sources.get("student", "")):
        warnings.append(
            'your id is not written between the quotation marks of student = ""; the exercises '
            "with a network of your own are graded for the id under which you hand in"
        )
    forbidden = _forbidden(found)
    if forbidden:
        warnings.append(f"not there when it is graded: {', '.join(forbidden)}")
    return warnings


def _has_id(source: str) -> bool:
    return bool(re.search(r"""(?m)^\s*student\s*=\s*(["'])\s*[^\s"'].*\1""", source))


def _is_unfinished(source: str) -> bool:
    if source.lstrip().startswith("%%derivation"):
        rows = source.splitlines()[1:]
        return not any(row.split("#")[0].strip() for row in rows)
    return not source.strip() or any(stub in source for stub in _STUBS)


def _forbidden(found: notebook.Notebook) -> list[str]:
    names = registry.forbidden(found.assignment)
    imported = set()
    for cell in found.tree["cells"]:
        if cell.get("cell_type") == "code":
            imported |= _imports(notebook._source(cell))
    return [n for n in names if any(i == n or i.startswith(n + ".") for i in imported)]


def _imports(source: str) -> set[str]:
    try:
        tree = ast.parse(re.sub(r"(?m)^\s*[%!].*$", "", source))
    except (SyntaxError, ValueError, RecursionError):
        return set()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


def _run(found: notebook.Notebook, timeout: float) -> list[str]:
    try:
        outcome = check.run(found.path, timeout)
    except Stop as error:
        return [f"the checks were not run: {error}"]
    warnings = [f"{item.cell}: {item.state}" for item in outcome.items if item.state != "right"]
    return warnings + list(outcome.trouble)


def _pack(found: notebook.Notebook, to: Path | None) -> Path:
    """Write the zip: the notebook at its top, without outputs where they make it too large."""
    folder = to or found.path.parent
    raw = found.path.read_bytes()
    if len(raw) > notebook.MOST_BYTES:
        raw = json.dumps(notebook.without_outputs(found.tree), ensure_ascii=False).encode()
    if len(raw) > notebook.MOST_BYTES:
        raise Stop(
            f"{found.path} has {len(raw) >> 20} MB without its outputs",
            "take large texts and pictures out of its cells",
        )
    target = folder / f"{found.assignment}-submission.zip"
    entry = zipfile.ZipInfo(f"{found.assignment}.ipynb", _TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr(entry, raw)
    except OSError as error:
        raise Stop(f"{target} cannot be written: {error.strerror or error}") from error
    return target


def _exchange(found: notebook.Notebook) -> None:
    """Have nbgrader hand it in; it goes by the name of the notebook's folder."""
    if find_spec("nbgrader") is None:
        raise Stop("nbgrader is not installed", "leave --exchange out and upload the zip file")
    folder = found.path.resolve().parent
    if folder.name != found.assignment:
        remedy = f"put the notebook into a folder called {found.assignment}"
        raise Stop(f"the exchange wants the folder {found.assignment}, got {folder.name}", remedy)
    command = [sys.executable, "-m", "nbgrader", "submit", found.assignment]
    done = subprocess.run(command, cwd=folder.parent, capture_output=True, text=True)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        said = lines[-1] if lines else "no reason given"
        remedy = "leave --exchange out and upload the zip file"
        raise Stop(f"nbgrader could not hand it in: {said}", remedy)
