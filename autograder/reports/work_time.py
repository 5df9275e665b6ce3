"""How long a student worked, where the notebook says so: the times at which cells were run.

JupyterLab notes them where "recordTiming" is switched on, and keeps the last run of each cell
alone. So what is added up is a lower bound.
"""

import itertools
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from autograder.assignment import Assignment
from autograder.gradebook import files
from autograder.gradebook.course import Course

PAUSE = timedelta(minutes=30)  # a longer gap between two runs is not counted as work
MAX_FILE = 16 << 20  # bytes; outputs of that size are not worth the reading
MAX_TIMES = 5_000
_KEYS = ("iopub.execute_input", "shell.execute_reply", "iopub.status.busy", "iopub.status.idle")


def minutes_at_work(
    course: Course, assignment: Assignment, students: Iterable[str]
) -> dict[str, float]:
    """Minutes by student, for those whose notebook tells."""
    found = {}
    for student in students:
        times = sorted(set(_times(_tree(course, assignment, student))))
        if len(times) > 1:
            gaps = (b - a for a, b in itertools.pairwise(times))
            worked = sum((gap for gap in gaps if gap <= PAUSE), timedelta())
            found[student] = worked.total_seconds() / 60
    return found


def _tree(course: Course, assignment: Assignment, student: str) -> Any:
    """What was handed in, as JSON; a file from outside, so within limits."""
    parts = ("submitted", student, assignment.name, f"{assignment.notebook}.ipynb")
    try:
        with files.open_plain(course.root, *parts) as descriptor:
            if os.fstat(descriptor).st_size > MAX_FILE:
                return None
            with os.fdopen(os.dup(descriptor), "rb") as file:
                content = file.read(MAX_FILE)
        # most notebooks have no times: a search is sooner than a parse
        return json.loads(content) if b'"execution"' in content else None
    except (OSError, ValueError, RecursionError):
        return None


def _times(tree: Any) -> Iterator[datetime]:
    cells = _held(tree, "cells")
    for cell in cells[:MAX_TIMES] if isinstance(cells, list) else []:
        noted = _held(_held(cell, "metadata"), "execution")
        for key in _KEYS:
            text = _held(noted, key)
            try:
                when = datetime.fromisoformat(text[:40]) if isinstance(text, str) else None
            except ValueError:
                continue
            if when is not None:
                yield when if when.tzinfo else when.replace(tzinfo=UTC)


def _held(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None
