"""What students get beside the notebook of an instructor's own assignment: data for its checks."""

import json
from pathlib import Path
from typing import Any

from autograder.assignment import Assignment, CodeItem, DerivationItem
from autograder.gradebook.course import CourseError
from autograder.judge import personal
from rnncourse import _beside
from rnncourse.checks.stored import plain_exercise
from rnncourse.derivation.plain import to_plain


def path(folder: Path, assignment: Assignment) -> Path:
    """Where the data of an assignment's checks is in a folder."""
    return folder / f"{assignment.name}{_beside.SUFFIX}"


def written(folder: Path, assignment: Assignment) -> str | None:
    """What is there already; None where nothing is."""
    file = path(folder, assignment)
    return file.read_text("utf-8") if file.is_file() else None


def text(assignment: Assignment) -> str:
    """The data for the checks of an assignment; the same text every time.

    Raises:
        CourseError: where something of an exercise cannot be handed out as data.
    """
    from autograder.judge import export  # it loads PyTorch

    answered = [item for item in assignment.items if isinstance(item, CodeItem | DerivationItem)]
    versions: list[Any] = [
        version
        for item in answered
        for version in (item.personal.versions.values() if item.personal else (item,))
    ]
    code = [item for item in versions if isinstance(item, CodeItem)]
    derivations = [item for item in versions if isinstance(item, DerivationItem)]
    family = assignment.family
    first = (personal.CELL,) if family else ()
    try:
        whole = {
            "format": _beside.FORMAT,
            "assignment": assignment.name,
            "answers": [*first, *(getattr(i, "answer", i.cell) for i in assignment.items)],
            "checks": [item.cell for item in answered],
            "forbidden": list(assignment.forbidden),
            "family": family
            and {"name": family.name, "members": dict(family.members), "shown": family.shown},
            "code": [plain_exercise(item.exercise) for item in code],
            "cases": {item.exercise.name: export.cases(item) for item in code},
            "derivations": [to_plain(item.exercise) for item in derivations],
            "draws": {i.exercise.name: export.public_values(i.truth) for i in derivations},
        }
    except ValueError as error:
        raise CourseError(f"{assignment.name}: {error}") from error
    return json.dumps(whole, separators=(",", ":"), ensure_ascii=False) + "\n"
