"""Puts the students' version of every assignment among the pages: to read, and to download.

The pages are made by the same release that instructors run, so they hold no solution; they are
shown and not executed, since their answers are missing.
"""

import shutil
import tempfile
from pathlib import Path

from autograder.assignments import names
from autograder.gradebook import course, release

from .paths import BOOK

PAGES = BOOK / "assignments"


def assignments() -> list[Path]:
    """Write `book/assignments/<name>.ipynb` for every assignment; unchanged files keep their time.

    Raises:
        CourseError: a release would hold a solution, or disagrees with its assignment.
    """
    PAGES.mkdir(exist_ok=True)
    pages = []
    with tempfile.TemporaryDirectory() as folder:
        made = course.create(Path(folder) / "site", "site", names())
        for name in names():
            released = release.release(made, name)
            page = PAGES / f"{name}.ipynb"
            if not page.exists() or page.read_bytes() != released.notebook.read_bytes():
                shutil.copyfile(released.notebook, page)
            pages.append(page)
    for stray in set(PAGES.glob("*.ipynb")) - set(pages):
        stray.unlink()
    return pages
