"""The assignments that can be graded, one package each with an ``ASSIGNMENT`` in it.

The course's are the packages in this folder; an instructor's own lie in a course folder, under
``assignments/``.
"""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from autograder.assignment import Assignment
from autograder.assignments import own

__all__ = ["load", "names"]


def names(folder: Path | None = None) -> tuple[str, ...]:
    """Names of all assignments, in order; with those in ``folder``, an instructor's own."""
    packaged = {module.name for module in iter_modules(__path__) if module.ispkg}
    return tuple(sorted(packaged | set(own.names(folder) if folder else ())))


def load(name: str, folder: Path | None = None) -> Assignment:
    """The assignment called ``name``, such as "bptt".

    Args:
        name: of the assignment.
        folder: where an instructor's own are looked for, too.

    Raises:
        ValueError: where there is none; the message names those there are.
        AuthoringError: where it is one of the instructor's own, and cannot be used.
    """
    if name not in names(folder):
        known = ", ".join(names(folder))
        raise ValueError(f"name: there is no assignment {name!r}; there are {known}")
    if name not in names():
        assert folder is not None  # else it were none of the names
        return own.load(folder / name)
    assignment = import_module(f"{__name__}.{name}").ASSIGNMENT
    assert isinstance(assignment, Assignment)
    return assignment
