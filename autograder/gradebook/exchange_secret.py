"""What nbgrader's exchange needs to give feedback back: the secret of a submission.

``nbgrader submit`` puts it beside the notebook, and
``release_feedback`` names the page by it, so that nobody else can find the page. nbgrader's
own converter copies it on with all other files; ours copies this one alone.
"""

import os
import re

from autograder.gradebook import files
from autograder.gradebook.course import Course

NAME = "submission_secret.txt"
_SECRET = re.compile(rb"[0-9a-f]{1,200}")


def carry_on(course: Course, assignment: str, student: str) -> None:
    """Copy a submission's secret beside the autograded notebook, where there is one."""
    target = course.folder("autograded", assignment, student) / NAME
    try:
        with files.open_plain(course.root, "submitted", student, assignment, NAME) as descriptor:
            secret = os.read(descriptor, 201)
    except files.RefusedFile:
        secret = b""
    if _SECRET.fullmatch(secret):
        files.write_bytes(target, secret)
    else:
        target.unlink(missing_ok=True)
