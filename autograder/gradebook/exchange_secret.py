"""What nbgrader's exchange needs to give feedback back: the secret of a submission.

``nbgrader submit`` puts it beside the notebook, and
``release_feedback`` names the page by it, so that nobody else can find the page. nbgrader's
own converter copies it on with all other files; ours copies this one alone.
"""

import os
import re
from pathlib import Path

from autograder.gradebook import files
from autograder.gradebook.course import Course

NAME = "submission_secret.txt"
_SECRET = re.compile(rb"[0-9a-f]{1,200}")


def read(root: Path, *folders: str) -> str:
    """A hand-in's secret, from its folder; empty where there is none that nbgrader could make."""
    try:
        with files.open_plain(root, *folders, NAME) as descriptor:
            secret = os.read(descriptor, 201)
    except files.RefusedFile:
        return ""
    return secret.decode("ascii") if _SECRET.fullmatch(secret) else ""


def write(folder: Path, secret: str) -> None:
    """Put a secret beside a notebook, or take away that of another one."""
    if secret:
        files.write_text(folder / NAME, secret)
    else:
        (folder / NAME).unlink(missing_ok=True)


def carry_on(course: Course, assignment: str, student: str, step: str = "autograded") -> None:
    """Copy a submission's secret beside what was made of it, where there is one.

    Args:
        course: where.
        assignment: name of the assignment.
        student: whose.
        step: ``autograded``, or ``feedback``, which is about the notebook that was graded.
    """
    source = "submitted" if step == "autograded" else "autograded"
    write(course.folder(step, assignment, student), read(course.root, source, student, assignment))
