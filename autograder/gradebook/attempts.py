"""Every hand-in that ever arrived, kept; one of them lies in ``submitted/`` and counts.

``attempts/<student>/<assignment>/<number>-<digest>/`` holds the notebook as it came and what is
known of how it came. Nothing of a submission decides a path here, and what students put beside
their notebook never gets in.
"""

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from nbgrader.utils import parse_utc

from autograder.assignment import Assignment
from autograder.gradebook import clock, exchange_secret, files
from autograder.gradebook.course import Course
from autograder.gradebook.files import RefusedFile

FOLDER = "attempts"
ABOUT = "attempt.json"


class Clock(StrEnum):
    """Who says when a hand-in came."""

    PLATFORM = "platform"  # the learning platform or the exchange
    INSTRUCTOR = "instructor"
    MARKER = "marker"  # the platform says late or not, and no time
    FILE = "file"  # the file's own time, which copying and downloading change

    @property
    def trusted(self) -> bool:
        """Whether the order of hand-ins may follow it."""
        return self in (Clock.PLATFORM, Clock.INSTRUCTOR)


@dataclass(frozen=True)
class Arrived:
    """How a hand-in came."""

    when: datetime  # UTC
    clock: Clock = Clock.FILE
    late: str = ""  # the platform's own word on lateness, such as "LATE" or "2 hours late"
    status: str = ""  # the platform's status, such as "Draft (not submitted)"
    name: str = ""  # what the platform called it, for feedback that goes back under that name
    source: str = ""  # which file it came from
    secret: str = ""  # of the exchange, under which feedback goes back


@dataclass(frozen=True)
class Attempt:
    """One hand-in of one student."""

    student: str
    number: int
    content: str  # SHA-256 of the notebook
    arrived: Arrived
    notebook: Path

    @property
    def folder(self) -> Path:
        """Where it and all that is known of it lies."""
        return self.notebook.parent


def kept(course: Course, assignment: Assignment, student: str) -> list[Attempt]:
    """A student's attempts, in the order in which they came in."""
    found = []
    for entry in files.entries(course.folder(FOLDER, assignment.name, student)):
        about = Path(entry.path) / ABOUT
        if entry.name.startswith(".") or not about.is_file():
            continue
        tree = json.loads(about.read_text("utf-8"))
        how = tree["arrived"]
        how = {
            **how,
            "when": datetime.fromisoformat(how["when"]).astimezone(UTC),
            "clock": Clock(how["clock"]),
        }
        notebook = about.with_name(f"{assignment.notebook}.ipynb")
        found.append(Attempt(student, tree["number"], tree["content"], Arrived(**how), notebook))
    return sorted(found, key=lambda attempt: attempt.number)


def keep(
    course: Course, assignment: Assignment, student: str, copy: Path, content: str, arrived: Arrived
) -> Attempt:
    """Keep a hand-in; whole or not at all.

    Args:
        course: where.
        assignment: of which.
        student: by whom.
        copy: a plain file with the notebook.
        content: its SHA-256.
        arrived: how it came.
    """
    parent = course.folder(FOLDER, assignment.name, student)
    parent.mkdir(parents=True, exist_ok=True)
    number = max((a.number for a in kept(course, assignment, student)), default=0) + 1
    place = Path(tempfile.mkdtemp(dir=parent, prefix=".new-"))
    try:
        notebook = place / f"{assignment.notebook}.ipynb"
        shutil.copyfile(copy, notebook)
        _write_about(place, number, content, arrived)
        place.chmod(0o755)
        target = parent / f"{number:03}-{content[:12]}"
        os.rename(place, target)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    return Attempt(student, number, content, arrived, target / notebook.name)


def retime(attempt: Attempt, arrived: Arrived) -> Attempt:
    """Correct what is known of how an attempt came."""
    _write_about(attempt.folder, attempt.number, attempt.content, arrived)
    return replace(attempt, arrived=arrived)


def put(course: Course, assignment: Assignment, attempt: Attempt, when: datetime) -> Path:
    """Make an attempt the one in ``submitted/``, handed in then.

    Raises:
        RefusedFile: where something else stands in its place.
    """
    path = course.notebook("submitted", assignment, attempt.student)
    folder = path.parent
    for part in (folder.parent, folder):
        part.mkdir(exist_ok=True)
        if part.is_symlink():
            raise RefusedFile(f"{part} is a link; take it away first")
    if os.path.lexists(path) and (path.is_symlink() or not path.is_file()):
        raise RefusedFile(f"{path} is no plain file; take it away first")
    stamp(folder, when)
    exchange_secret.write(folder, attempt.arrived.secret)
    files.write_bytes(path, attempt.notebook.read_bytes())
    return path


def stamp(folder: Path, when: datetime) -> None:
    """Write ``timestamp.txt`` as nbgrader does."""
    files.write_text(folder / "timestamp.txt", f"{when:%Y-%m-%d %H:%M:%S.%f} UTC")


def current(course: Course, assignment: Assignment, student: str) -> Attempt | None:
    """The attempt that lies in ``submitted/``; one that nbgrader put there is kept now.

    None where there is nothing, or no plain file.
    """
    parts = ("submitted", student, assignment.name, f"{assignment.notebook}.ipynb")
    try:
        with files.open_plain(course.root, *parts) as descriptor:
            with os.fdopen(os.dup(descriptor), "rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            same = [a for a in kept(course, assignment, student) if a.content == content]
            if same:
                return same[-1]
            changed = datetime.fromtimestamp(os.fstat(descriptor).st_mtime, UTC)
    except RefusedFile:
        return None
    path = course.root.joinpath(*parts)
    stamped = _stamped(path.parent)
    secret = exchange_secret.read(course.root, "submitted", student, assignment.name)
    said = Clock.PLATFORM if stamped else Clock.FILE
    arrived = Arrived(stamped or changed, said, source="submitted/", secret=secret)
    return keep(course, assignment, student, path, content, arrived)


def _stamped(folder: Path) -> datetime | None:
    try:
        when = parse_utc((folder / "timestamp.txt").read_text("utf-8").strip())
    except (OSError, ValueError, OverflowError):
        return None
    return clock.aware(when) if isinstance(when, datetime) else None


def _write_about(folder: Path, number: int, content: str, arrived: Arrived) -> None:
    how = {**asdict(arrived), "when": arrived.when.isoformat(), "clock": str(arrived.clock)}
    tree = {"number": number, "content": content, "arrived": how}
    files.write_text(folder / ABOUT, json.dumps(tree, indent=1, ensure_ascii=False) + "\n")
