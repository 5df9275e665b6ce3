"""Exercises of an instructor's own: data in a file beside the notebook, never code.

``autograder release`` writes ``<assignment>.exercises.json`` next to the students' notebook. It
holds what the visible checks need: names and shapes, a few cases with their right values, the
public draws.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

SUFFIX = ".exercises.json"
FORMAT = 1

_folder: Path | None = None


class Unreadable(ValueError):
    """A file of exercises is there, and cannot be used; the message says what to do."""


@dataclass(frozen=True, eq=False)
class Carried:
    """What one file holds; the same object as long as the file is the same."""

    assignment: str
    plain: dict[str, Any]


def look_in(folder: Path | None) -> None:
    """Look for files in a folder; where None, in the one in which this process works."""
    global _folder
    _folder = folder


def assignments() -> tuple[str, ...]:
    """Names of the assignments that have a file here."""
    found = (path.name.removesuffix(SUFFIX) for path in (_folder or Path()).glob(f"*{SUFFIX}"))
    return tuple(sorted(found))


def carried(assignment: str) -> Carried | None:
    """What an assignment's file holds; None where there is no file.

    Raises:
        Unreadable: where it is damaged.
    """
    if not assignment.isidentifier():
        return None  # a name that would lead out of the folder
    path = (_folder or Path()).absolute() / f"{assignment}{SUFFIX}"
    try:
        stat = path.stat()
    except OSError:
        return None
    return _read(path, assignment, (stat.st_mtime_ns, stat.st_size))


def here() -> tuple[Carried, ...]:
    """What all files here hold.

    Raises:
        Unreadable: where one is damaged.
    """
    return tuple(found for name in assignments() if (found := carried(name)) is not None)


@lru_cache(maxsize=32)
def _read(path: Path, assignment: str, stamp: tuple[int, int]) -> Carried:
    again = "take it again from where the notebook came from"
    try:
        plain = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise Unreadable(f"{path.name} cannot be read ({error}): {again}") from None
    if not isinstance(plain, dict) or plain.get("assignment") != assignment:
        raise Unreadable(f"{path.name} does not hold the exercises of {assignment}: {again}")
    if plain.get("format") != FORMAT:
        raise Unreadable(
            f"{path.name} is of format {plain.get('format')!r}, and this rnncourse reads {FORMAT}: "
            "update one of the two"
        )
    return Carried(assignment, plain)
