"""Puts the students' version of every assignment among the pages: to read, and to download.

The pages are made by the same release that instructors run, so they hold no solution; they are
shown and not executed, since their answers are missing. A public copy of the repository has no
solutions to make them from: there they are part of it.
"""

import shutil
import tempfile
from pathlib import Path

from .paths import BOOK, ROOT

PAGES = BOOK / "assignments"


def assignments(folder: Path = PAGES) -> list[Path]:
    """Write `<name>.ipynb` for every assignment into a folder; unchanged files keep their time.

    Raises:
        CourseError: a release would hold a solution, or disagrees with its assignment.
    """
    if not (ROOT / "solutions").exists():
        return sorted(folder.glob("*.ipynb"))
    from autograder.assignments import names
    from autograder.gradebook import course, release

    folder.mkdir(exist_ok=True, parents=True)
    pages = []
    with tempfile.TemporaryDirectory() as room:
        made = course.create(Path(room) / "site", "site", names())
        for name in names():
            released = release.release(made, name)
            page = folder / f"{name}.ipynb"
            if not page.exists() or page.read_bytes() != released.notebook.read_bytes():
                shutil.copyfile(released.notebook, page)
            pages.append(page)
    for stray in set(folder.glob("*.ipynb")) - set(pages):
        stray.unlink()
    return pages
