"""Find an exercise by its name, without importing the others."""

import difflib
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from rnncourse import _beside
from rnncourse.checks.exercise import CodeExercise
from rnncourse.checks.stored import read_exercise
from rnncourse.derivation.exercises import family
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
    """Names of the assignments that have checks: the course's, and those with a file beside."""
    return sorted({*_packaged(), *_beside.assignments()})


def exercises(assignment: str) -> dict[str, CodeExercise]:
    """The exercises in code of one assignment, by name."""
    found = _own(assignment)
    if found is not None:
        return {entry["name"]: read_exercise(entry) for entry in found.plain["code"]}
    return {exercise.name: exercise for exercise in _module(assignment).EXERCISES}


def forbidden(assignment: str) -> tuple[str, ...]:
    """Modules that are absent when the assignment is graded."""
    found = _own(assignment)
    return tuple(found.plain["forbidden"] if found else _module(assignment).FORBIDDEN)


def cells(assignment: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the answer cells and of the check cells in the assignment's notebook."""
    found = _own(assignment)
    if found is not None:
        return tuple(found.plain["answers"]), tuple(found.plain["checks"])
    module = _module(assignment)
    return tuple(module.ANSWERS), tuple(module.CHECKS)


def _own(assignment: str) -> _beside.Carried | None:
    return None if assignment in _packaged() else _beside.carried(assignment)


def _module(assignment: str) -> Any:
    return import_module(f"rnncourse.checks.exercises.{assignment}")


@cache
def _packaged() -> frozenset[str]:
    package = import_module("rnncourse.checks.exercises")
    return frozenset(module.name for module in iter_modules(package.__path__))


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
        own = family(assignment)
        assert own is not None  # else it had no versions
        return known[versions[own.of(student)]]
    every = list(dict.fromkeys(e.partition("/")[0] for a in assignments() for e in exercises(a)))
    near = difflib.get_close_matches(name, every, n=1)
    ask = f" Did you mean {near[0]!r}?" if near else f" There are {', '.join(every)}."
    if assignment not in assignments():
        ask += f" One of your instructor's own comes with a file, {assignment}{_beside.SUFFIX}:"
        ask += " put it beside the notebook."
    raise UnknownExercise(f"there is no exercise {name!r}.{ask}")
