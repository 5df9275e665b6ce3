"""One submission from the course folder: its file opened safely, read, rebuilt."""

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
from autograder.gradebook.sanitize import Sanitized, blank, sanitize
from autograder.gradebook.submission_file import UnreadableSubmission
from autograder.gradebook.template import Template


@dataclass(frozen=True)
class Intake:
    """A submission as it goes to the judge, or why it does not."""

    sanitized: Sanitized
    problem: str  # in plain words; empty where it can be judged
    content: str  # SHA-256 of the file; empty where no file could be opened
    timestamp: str | None  # what timestamp.txt says
    submitted_at: datetime | None  # the same, in UTC, without zone


def take_in(course: Course, assignment: Assignment, student: str, template: Template) -> Intake:
    """Read and rebuild one submission; what is wrong with it is told, never raised."""
    content = ""
    stamp, when = _timestamp(course.root, student, assignment.name)
    parts = ("submitted", student, assignment.name, f"{assignment.notebook}.ipynb")
    try:
        with files.open_plain(course.root, *parts) as descriptor:
            content = _digest(descriptor)
            sanitized = sanitize(submission_file.read(descriptor), template)
    except (RefusedFile, UnreadableSubmission) as error:
        text = str(error)
        problem = text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
        return Intake(blank(template), problem, content, stamp, when)
    return Intake(sanitized, "", content, stamp, when)


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
