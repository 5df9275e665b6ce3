"""The assignments that can be graded, one package each with an ``ASSIGNMENT`` in it."""

from importlib import import_module
from pkgutil import iter_modules

from autograder.assignment import Assignment

__all__ = ["load", "names"]


def names() -> tuple[str, ...]:
    """Names of all assignments, in order."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if module.ispkg))


def load(name: str) -> Assignment:
    """The assignment called ``name``, such as "bptt".

    Raises:
        ValueError: where there is none; the message names those there are.
    """
    if name not in names():
        raise ValueError(f"name: there is no assignment {name!r}; there are {', '.join(names())}")
    assignment = import_module(f"{__name__}.{name}").ASSIGNMENT
    assert isinstance(assignment, Assignment)
    return assignment
