"""A new assignment of an instructor's own, from the starter: an exercise of each kind."""

import re
import shutil
import tempfile
from pathlib import Path

from autograder import assignments
from autograder.assignment import DerivationItem
from autograder.assignments import own
from autograder.assignments.own import AuthoringError, usable

STARTER = Path(__file__).parents[1] / "starter"


def new(name: str, folder: Path) -> Path:
    """Make the assignment ``name`` in ``folder``: all of it, or nothing.

    Args:
        name: of the assignment: lower-case letters, digits and ``_``, a letter first.
        folder: a course's folder for assignments of its own; made where there is none.

    Returns:
        The new folder.

    Raises:
        AuthoringError: where the name cannot be used, or is taken.
    """
    if not usable(name):
        raise AuthoringError(
            f"name: {name!r} cannot be an assignment's name; use at most 40 lower-case letters, "
            "digits and '_', a letter first, and no word of Python's own"
        )
    if name in assignments.names() or name == STARTER.name:
        raise AuthoringError(f"name: there is an assignment {name!r} already; choose another name")
    target = folder / name
    if target.exists():
        raise AuthoringError(f"{target} exists already; choose another name, or move it away")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as room:
        made = Path(room) / name
        made.mkdir()
        for source in sorted(STARTER.iterdir()):
            if source.suffix in (".py", ".md"):
                text = re.sub(rf"\b{STARTER.name}\b", name, source.read_text("utf-8"))
                (made / source.name.replace(STARTER.name, name)).write_text(text, "utf-8")
        _answer_own(made)
        shutil.move(made, target)
    return target


def _answer_own(made: Path) -> None:
    """Let the text answer the network of the id "solution": it follows from the name, too."""
    text = made / f"{made.name}.md"
    answer, right = (
        item.solution.source
        for assignment in (own.load(STARTER), own.load(made))
        for item in assignment.items
        if isinstance(item, DerivationItem) and item.solution
    )
    text.write_text(text.read_text("utf-8").replace(answer, right), "utf-8")
