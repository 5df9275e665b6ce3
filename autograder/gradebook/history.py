"""What was done to marks, by whom and when: lines that are added and never changed.

``history/<assignment>.jsonl`` in the course folder, one JSON object on a line.
"""

import getpass
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader import api

from autograder.gradebook.course import Course
from autograder.verdict import SubmissionVerdict

FOLDER = "history"
WHO = "AUTOGRADER_GRADER"  # environment variable: who is at work, where one account serves several


@dataclass(frozen=True)
class Standing:
    """A submission's marks in the gradebook at one moment."""

    automatic: Mapping[str, float | None]
    manual: Mapping[str, float | None]  # by hand, extra credit added
    penalty: float

    @property
    def raw(self) -> float:
        """Points before the penalty; a person's replace the judge's."""
        return sum(
            (judged if self.manual[cell] is None else self.manual[cell]) or 0.0
            for cell, judged in self.automatic.items()
        )

    @property
    def points(self) -> float:
        """Points that count."""
        return max(0.0, self.raw - self.penalty)

    def as_data(self) -> dict[str, Any]:
        """For a line of the history."""
        by_hand = {cell: points for cell, points in self.manual.items() if points is not None}
        return {
            "points": self.points,
            "penalty": self.penalty,
            "automatic": dict(self.automatic),
            "by_hand": by_hand,
        }


def standing(notebook: api.SubmittedNotebook) -> Standing:
    """The marks of a submission as they are now."""
    return marks(notebook.grades, float(notebook.late_submission_penalty or 0.0))


def marks(grades: Iterable[Any], penalty: float = 0.0) -> Standing:
    """The marks that rows of the gradebook's table of grades, with their cells' names, make."""
    automatic, manual = {}, {}
    for grade in grades:
        automatic[grade.name] = grade.auto_score
        by_hand = grade.manual_score
        if grade.extra_credit:
            by_hand = (grade.auto_score if by_hand is None else by_hand) or 0.0
            by_hand += grade.extra_credit
        manual[grade.name] = by_hand
    return Standing(automatic, manual, penalty)


def note(course: Course, assignment: str, event: str, **what: Any) -> None:
    """Add a line; whole, so that a reader at the same time sees it or does not."""
    folder = course.root / FOLDER
    folder.mkdir(exist_ok=True)
    line = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "who": who(), "event": event}
    text = json.dumps({**line, **what}, ensure_ascii=False) + "\n"
    handle = os.open(_file(course, assignment), os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(handle).st_size
        # a line that was cut short by a crash must not swallow this one
        broken = size and os.pread(handle, 1, size - 1) != b"\n"
        os.write(handle, (("\n" if broken else "") + text).encode("utf-8"))
        os.fsync(handle)  # the marks that it tells of may be on the disk the next moment
    finally:
        os.close(handle)


def graded(
    course: Course,
    verdict: SubmissionVerdict,
    before: Standing,
    after: Standing,
    dropped: Sequence[str] = (),
) -> None:
    """Note that a submission was judged and what that did to its marks."""
    more = {"dropped_hand_grades": list(dropped)} if dropped else {}
    note(
        course,
        verdict.assignment,
        "graded",
        student=verdict.student,
        seed=verdict.seed,
        run=verdict.extra.get("run", ""),
        content=verdict.extra.get("content", "").partition("/")[0],
        first=all(points is None for points in before.automatic.values()),
        before=before.as_data(),
        after=after.as_data(),
        **more,
    )


def read(course: Course, assignment: str, student: str | None = None) -> list[dict[str, Any]]:
    """The lines, oldest first: of one student (with those about all), or every one."""
    try:
        raw = _file(course, assignment).read_text("utf-8", "replace")
    except FileNotFoundError:
        return []
    lines = []
    for text in raw.splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue  # cut short by a crash
        if student is None or line.get("student") in (student, None):
            lines.append(line)
    return lines


def who() -> str:
    """Who is at work: the environment's word, or the account's name."""
    try:
        return os.environ.get(WHO) or getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def _file(course: Course, assignment: str) -> Path:
    return course.root / FOLDER / f"{assignment}.jsonl"
