"""One submission from the course folder: its file opened safely and read."""

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nbgrader.utils import parse_utc

from autograder.assignment import Assignment
from autograder.gradebook import files, submission_file
from autograder.gradebook.course import Course
from autograder.gradebook.files import RefusedFile
from autograder.gradebook.submission_file import UnreadableSubmission


@dataclass(frozen=True)
class Intake:
    """A submission as it goes to a worker, or why it does not."""

    content: bytes  # of the file, as it travels; empty where it is known already
    problem: str  # in plain words; empty where it can be judged
    digest: str  # SHA-256 of the file; empty where no file could be opened
    timestamp: str | None  # what timestamp.txt says
    submitted_at: datetime | None  # the same, in UTC, without zone


def take_in(course: Course, assignment: Assignment, student: str, known: str = "") -> Intake:
    """Read one submission; what is wrong with it is told, never raised.

    Args:
        course: where it lies.
        assignment: for which.
        student: whose.
        known: digest of a file that need not be read again.
    """
    content, digest, problem = b"", "", ""
    stamp, when = _timestamp(course.root, student, assignment.name)
    parts = ("submitted", student, assignment.name, f"{assignment.notebook}.ipynb")
    try:
        with files.open_plain(course.root, *parts) as descriptor:
            digest = _digest(descriptor)
            if digest != known:
                content = submission_file.content(descriptor)
    except (RefusedFile, UnreadableSubmission) as error:
        problem = str(error)
    return Intake(content, problem, digest, stamp, when)


def _digest(descriptor: int) -> str:
    with os.fdopen(os.dup(descriptor), "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    os.lseek(descriptor, 0, os.SEEK_SET)
    return digest


def _timestamp(root: Path, student: str, assignment: str) -> tuple[str | None, datetime | None]:
    """When it was handed in, as nbgrader notes it; (None, None) where nothing usable is noted."""
    try:
        with files.open_plain(
            root, "submitted", student, assignment, "timestamp.txt"
        ) as descriptor:
            text = os.read(descriptor, 200).decode("utf-8").strip()
        when = parse_utc(text)
    except (RefusedFile, ValueError, OverflowError):
        return None, None
    return (text, when) if isinstance(when, datetime) else (None, None)
