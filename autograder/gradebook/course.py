"""A course is one folder: the gradebook, every version of every notebook, nbgrader's options."""

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.assignment import Assignment
from autograder.assignments import own
from autograder.gradebook import database, files

SETTINGS = "course.json"
CONFIG = "nbgrader_config.py"
_SITE = r"https?://[^\s<>\"'#?]+"  # it becomes a link on students' pages
PLOTS = ("none", "shapes", "values")
OWN = "assignments"
FOLDERS = ("source", "release", "submitted", "autograded", "feedback", "runs")

_CONFIG_TEXT = '''"""nbgrader's configuration of this course: its commands and formgrader grade with
the autograder's judge.

Options of your own go below the call; course.json holds the course's id and the gradebook's
address.
"""

from pathlib import Path

from autograder.gradebook.plugin import configure

c = get_config()  # noqa: F821
configure(c, Path(__file__).parent)
'''


class CourseError(ValueError):
    """The course folder, or what was asked of it, is not right; the message says what to do."""


@dataclass(frozen=True)
class Course:
    """One course folder; made by ``create`` or ``open``."""

    root: Path
    course_id: str
    assignments: tuple[str, ...]
    db_url: str = field(repr=False)  # may hold a password
    site_url: str = ""  # where the course's book is published; hints link into it
    feedback_plots: str = "shapes"  # what feedback pages draw of visible cases: one of PLOTS

    @property
    def own(self) -> Path:
        """Where the course has assignments of its own, a folder each; there may be none."""
        return self.root / OWN

    def folder(self, step: str, assignment: str, student: str = ".") -> Path:
        """Folder of one assignment in one step, such as ``autograded/ada/bptt``."""
        return self.root / step / student / assignment

    def notebook(self, step: str, assignment: Assignment, student: str = ".") -> Path:
        """The assignment's notebook in one step."""
        return self.folder(step, assignment.name, student) / f"{assignment.notebook}.ipynb"

    def verdict_file(self, assignment: Assignment, student: str) -> Path:
        """The judge's whole word on a submission, as JSON beside the autograded notebook."""
        return self.folder("autograded", assignment.name, student) / (
            f"{assignment.notebook}.verdict.json"
        )

    def students(self, assignment: str) -> tuple[str, ...]:
        """Ids of all who have a folder for the assignment in ``submitted/``, in order.

        Names that can be no id (hidden, too long for the gradebook, not printable) are left out.
        """
        return tuple(
            entry.name
            for entry in files.entries(self.root / "submitted")
            if not entry.name.startswith(".")
            and entry.name.isprintable()
            and len(entry.name) <= 128
            and os.path.lexists(Path(entry.path) / assignment)
        )


def create(
    path: str | Path,
    course_id: str,
    assignments: Sequence[str],
    *,
    db_url: str | None = None,
    site_url: str | None = None,
) -> Course:
    """Make a course folder, or finish one whose making was cut short.

    Args:
        path: the folder; it may exist if it is empty or an unfinished course of the same id.
        course_id: letters, digits, ``.``, ``_`` and ``-``.
        assignments: names of the assignments, as in ``solutions/``.
        db_url: SQLAlchemy address of the gradebook; environment variables in it (``$PGPASSWORD``)
            are filled in each time it is used. ``gradebook.db`` in the folder where None.
        site_url: address of the published book, into which hints link; they name chapter and
            section where None.

    Raises:
        CourseError: where the folder holds something else, a name is unusable, or the course exists
            already.
        DatabaseError: where the gradebook cannot be made.
    """
    root = Path(path).absolute()
    _check_name("course_id", course_id)
    for name in assignments:
        _check_name("assignments", name)
    _check_site(site_url)
    settings: dict[str, Any] = {
        "course_id": course_id,
        "assignments": list(assignments),
        "db_url": db_url,
        "site_url": site_url,
    }
    if root.exists() and not root.is_dir():
        raise CourseError(f"{root} is a file; a course needs a folder")
    if (root / CONFIG).exists():
        raise CourseError(f"{root} is a course already; open it, or choose another folder")
    present = {p.name for p in root.iterdir()} if root.exists() else set()
    unknown = present - {SETTINGS, "gradebook.db", ".gitignore", OWN, *FOLDERS}
    if unknown:
        raise CourseError(
            f"{root} is not empty (it holds {sorted(unknown)[0]!r}); choose a new folder"
        )
    if SETTINGS in present and _read_settings(root) != settings:
        raise CourseError(f"{root} holds the beginning of another course; choose a new folder")
    root.mkdir(parents=True, exist_ok=True)
    for name in FOLDERS:
        (root / name).mkdir(exist_ok=True)
    files.write_text(root / SETTINGS, json.dumps(settings, indent=1) + "\n")
    course = _course(root, settings, None)
    database.prepare(course.db_url, course_id)
    # the configuration comes last: its presence means that the course is whole
    files.write_text(root / CONFIG, _CONFIG_TEXT)
    return course


def open(path: str | Path, *, db_url: str | None = None) -> Course:
    """The course in a folder, its gradebook checked and repaired where it is half made.

    Args:
        path: the course's folder.
        db_url: another address for the gradebook than the folder's own.

    Raises:
        CourseError: where there is no course, with what to do.
        DatabaseError: where the gradebook cannot be used.
    """
    root = Path(path).absolute()
    if not root.is_dir():
        raise CourseError(f"there is no folder {root}; make the course with `autograder init`")
    if not (root / SETTINGS).is_file():
        raise CourseError(
            f"{root} is not a course (it has no {SETTINGS}); make one with `autograder init`"
        )
    if not (root / CONFIG).is_file():
        raise CourseError(f"{root} is an unfinished course (it has no {CONFIG}); make it again")
    course = _course(root, _read_settings(root), db_url)
    for name in FOLDERS:
        (root / name).mkdir(exist_ok=True)
    database.prepare(course.db_url, course.course_id)
    return course


def unopened(path: str | Path) -> Course:
    """The course that a folder's settings name, without a look at its gradebook.

    Raises:
        CourseError: where the settings cannot be read.
    """
    root = Path(path).absolute()
    return _course(root, _read_settings(root), None)


def resolve(assignment: Assignment | str, course: Course) -> Assignment:
    """An assignment from its name; one that is given as such is given back.

    Raises:
        ValueError: where neither the course folder nor the repository has one of that name.
    """
    if isinstance(assignment, Assignment):
        return assignment
    from autograder.assignments import load  # it loads every exercise

    return load(assignment, course.own)


def _course(root: Path, settings: dict[str, Any], db_url: str | None) -> Course:
    address = db_url or settings["db_url"] or f"sqlite:///{root / 'gradebook.db'}"
    return Course(
        root,
        settings["course_id"],
        tuple(dict.fromkeys((*settings["assignments"], *own.names(root / OWN)))),
        os.path.expandvars(address),
        settings.get("site_url") or "",
        settings.get("feedback_plots") or "shapes",
    )


def _read_settings(root: Path) -> dict[str, Any]:
    try:
        settings = json.loads((root / SETTINGS).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CourseError(f"{root / SETTINGS} cannot be read: {error}") from error
    good = (
        isinstance(settings, dict)
        and isinstance(settings.get("course_id"), str)
        and isinstance(settings.get("assignments"), list)
        and all(isinstance(name, str) for name in settings["assignments"])
        and isinstance(settings.get("db_url"), str | None)
    )
    if not good:
        raise CourseError(
            f"{root / SETTINGS} must give course_id (text), assignments (list of names) and db_url "
            "(text or null)"
        )
    _check_site(settings.get("site_url"))
    plots = settings.get("feedback_plots")
    if plots is not None and plots not in PLOTS:
        raise CourseError(f"feedback_plots must be one of {', '.join(PLOTS)}, not {plots!r}")
    return dict(settings)


def _check_site(site_url: Any) -> None:
    if site_url is None or (isinstance(site_url, str) and re.fullmatch(_SITE, site_url)):
        return
    raise CourseError(f"site_url: {site_url!r} is no address such as https://example.org/rnn")


def _check_name(argument: str, name: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name):
        raise CourseError(
            f"{argument}: {name!r} is no usable name; use letters, digits, '.', '_' and '-', "
            "beginning with a letter or digit"
        )
