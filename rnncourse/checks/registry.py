"""Find an exercise by its name, without importing the others."""

import difflib
from importlib import import_module
from pkgutil import iter_modules

from rnncourse.checks.exercise import CodeExercise
from rnncourse.derivation.exercises import FAMILIES
from rnncourse.derivation.personal import NoStudent

__all__ = [
    "NoStudent",
    "UnknownExercise",
    "assignments",
    "cells",
    "exercises",
    "find",
    "forbidden",
]


class UnknownExercise(ValueError):
    """No exercise has the name that was asked for."""


def assignments() -> list[str]:
    """Names of the assignments that have checks."""
    package = import_module("rnncourse.checks.exercises")
    return sorted(module.name for module in iter_modules(package.__path__))


def exercises(assignment: str) -> dict[str, CodeExercise]:
    """The exercises in code of one assignment, by name."""
    module = import_module(f"rnncourse.checks.exercises.{assignment}")
    return {exercise.name: exercise for exercise in module.EXERCISES}


def forbidden(assignment: str) -> tuple[str, ...]:
    """Modules that are absent when the assignment is graded."""
    module = import_module(f"rnncourse.checks.exercises.{assignment}")
    return tuple(module.FORBIDDEN)


def cells(assignment: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the answer cells and of the check cells in the assignment's notebook."""
    module = import_module(f"rnncourse.checks.exercises.{assignment}")
    return tuple(module.ANSWERS), tuple(module.CHECKS)


def find(name: str, student: object = None) -> CodeExercise:
    """The exercise called ``name``, such as "bptt.forward".

    Args:
        name: of the exercise.
        student: the id, for an exercise that is asked of every student's own network.

    Raises:
        UnknownExercise: where there is none; the message names those there are.
        NoStudent: where the exercise is a personal one and there is no id.
    """
    assignment = name.split(".")[0]
    known = exercises(assignment) if assignment in assignments() else {}
    if name in known:
        return known[name]
    versions = {e.partition("/")[2]: e for e in known if e.partition("/")[0] == name}
    if versions:
        return known[versions[FAMILIES[assignment].of(student)]]
    every = list(dict.fromkeys(e.partition("/")[0] for a in assignments() for e in exercises(a)))
    near = difflib.get_close_matches(name, every, n=1)
    ask = f" Did you mean {near[0]!r}?" if near else f" There are {', '.join(every)}."
    raise UnknownExercise(f"there is no exercise {name!r}.{ask}")
