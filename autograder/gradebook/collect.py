"""Taking submissions in: one notebook for each student, or a plain line on why not."""

import hashlib
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.assignment import Assignment
from autograder.gradebook import files
from autograder.gradebook.arrivals import Arrival, in_folder, in_zip
from autograder.gradebook.course import Course, CourseError, resolve
from autograder.gradebook.files import RefusedFile
from autograder.gradebook.submission_file import MAX_FILE
from autograder.gradebook.words import shown

MAX_TOTAL = 16 << 30  # bytes of one collection
MAX_EACH = 20  # notebooks of one student; more would use up what the others need
EARLIER = "submitted_before"
_ID = re.compile(r"[^\W_][\w.@-]{0,63}")


@dataclass(frozen=True)
class Taken:
    """One submission that lies in ``submitted/`` now."""

    student: str
    path: Path
    unchanged: bool = False  # the same was there already
    earlier: Path | None = None  # where the submission that it replaces was put


@dataclass(frozen=True)
class Refused:
    """One thing that was not taken."""

    what: str
    why: str


@dataclass(frozen=True)
class Collected:
    """What a collection did."""

    taken: tuple[Taken, ...]
    refused: tuple[Refused, ...]
    ignored: tuple[str, ...]  # files that are no notebooks


def collect(
    course: Course,
    assignment: Assignment | str,
    sources: Path | str | Sequence[Path | str],
    *,
    student_pattern: str | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Collected:
    r"""Take submissions from folders and zips.

    Understood are, in a folder or a zip: ``<student>/<assignment>/<notebook>.ipynb``,
    ``<student>/<notebook>.ipynb`` (or the only notebook in the student's folder),
    ``<student>.ipynb``, ``<student>_<assignment>.ipynb``; and in a folder ``<student>.zip`` with
    one notebook in it. The student's id is always that of the outermost name, which the course or
    its learning platform gave, and never comes from inside. A submission that is replaced is kept
    in ``submitted_before/``.

    Args:
        course: where to.
        assignment: which one, or its name.
        sources: folders, zips, or single notebooks.
        student_pattern: regular expression with a group ``student`` for the outermost names of a
            learning platform, such as ``r".*_(?P<student>\d+)_assignsubmission_file"``.
        progress: called as ``progress(done, total, student)``.

    Raises:
        CourseError: where a source does not exist, or the pattern is none.
    """
    assignment = resolve(assignment)
    return _Collection(course, assignment, student_pattern).run(
        [Path(s) for s in ([sources] if isinstance(sources, str | Path) else sources)], progress
    )


class _Collection:
    def __init__(self, course: Course, assignment: Assignment, pattern: str | None) -> None:
        self.course = course
        self.assignment = assignment
        try:
            self.pattern = re.compile(pattern) if pattern else None
        except re.error as error:
            raise CourseError(
                f"student_pattern: {pattern!r} is no regular expression: {error}"
            ) from error
        if self.pattern is not None and "student" not in self.pattern.groupindex:
            raise CourseError(f"student_pattern: {pattern!r} has no group (?P<student>...)")
        self.refused: list[Refused] = []
        self.ignored: list[str] = []
        self.found: dict[str, list[Arrival]] = {}
        self.total = 0

    def refuse(self, what: str, why: str) -> None:
        self.refused.append(Refused(shown(what, 200)[1:-1], why))

    def run(
        self, sources: Sequence[Path], progress: Callable[[int, int, str], None] | None
    ) -> Collected:
        for source in sources:
            if not source.exists():
                raise CourseError(f"sources: there is no {source}")
            self.look(source)
        taken = []
        known = {_folded(name): name for name in self.course.students(self.assignment.name)}
        with self.workplace() as place:
            for done, student in enumerate(sorted(self.found), start=1):
                try:
                    taken.append(self.take(student, known, place))
                except (RefusedFile, OSError) as error:
                    words = (
                        error.strerror if isinstance(error, OSError) and error.strerror else error
                    )
                    self.refuse(self.found[student][0].label, str(words))
                if progress is not None:
                    progress(done, len(self.found), student)
        return Collected(tuple(taken), tuple(self.refused), tuple(self.ignored))

    @contextmanager
    def workplace(self) -> Iterator[Path]:
        place = Path(tempfile.mkdtemp(prefix=".collect-", dir=self.course.root))
        try:
            yield place
        finally:
            shutil.rmtree(place)

    def look(self, source: Path) -> None:
        """Sort what a source holds by student."""
        if source.is_dir():
            for arrival in list(in_folder(source, self.refuse)):
                if arrival.parts[-1].lower().endswith(".zip"):
                    self.look_in_students_zip(source.joinpath(*arrival.parts), arrival.parts[0])
                else:
                    self.sort(arrival, arrival.parts, {"submitted"})
        elif source.suffix.lower() == ".zip":
            outer = {"submitted", source.stem, self.assignment.name}
            for arrival in list(in_zip(source, self.refuse)):
                self.sort(arrival, arrival.parts, outer)
        else:
            for arrival in in_folder(source.parent, lambda what, why: None):
                if arrival.parts == (source.name,):
                    self.sort(arrival, arrival.parts, set())

    def look_in_students_zip(self, path: Path, outermost: str) -> None:
        before = len(self.refused)
        inside = [a for a in in_zip(path, self.refuse) if _is_notebook(a.parts[-1])]
        right = [a for a in inside if a.parts[-1] == f"{self.assignment.notebook}.ipynb"] or inside
        if len(right) != 1:
            if not right and len(self.refused) > before:
                return  # what was refused in it says why
            many = "several notebooks; give a zip of a class by itself" if right else "no notebook"
            self.refuse(str(path.name), f"it holds {many}")
        else:
            self.file(outermost.removesuffix(".zip").removesuffix(".ZIP"), right[0])

    def sort(self, arrival: Arrival, parts: tuple[str, ...], outer: set[str]) -> None:
        while len(parts) > 1 and parts[0] in outer:
            parts = parts[1:]
        name = parts[-1]
        if not _is_notebook(name):
            self.ignored.append(arrival.label)
        elif len(parts) == 1:
            stem = name[: -len(".ipynb")]
            for ending in (self.assignment.name, self.assignment.notebook):
                stem = stem.removesuffix(f"_{ending}")
            if stem in (self.assignment.name, self.assignment.notebook):
                self.refuse(arrival.label, "its name does not tell whose it is")
            else:
                self.file(stem, arrival)
        elif len(parts) == 2 or (len(parts) == 3 and parts[1] == self.assignment.name):
            self.file(parts[0], arrival)
        else:
            self.ignored.append(arrival.label)

    def file(self, outermost: str, arrival: Arrival) -> None:
        student = unicodedata.normalize("NFC", outermost)
        if self.pattern is not None:
            match = self.pattern.search(student)
            if match is None:
                self.refuse(arrival.label, "its name does not fit the pattern for students' ids")
                return
            student = match["student"] or ""
        if not _ID.fullmatch(student) or student.endswith("."):
            self.refuse(
                arrival.label,
                f"{shown(student)} is no student id: letters, digits, '.', '_', '-' and '@', at "
                "most 64",
            )
            return
        arrivals = self.found.setdefault(student, [])
        if len(arrivals) < MAX_EACH:
            arrivals.append(arrival)

    def take(self, student: str, known: dict[str, str], place: Path) -> Taken:
        """Copy one student's notebook to the side, then put it in place in one step."""
        other = known.setdefault(_folded(student), student)
        if other != student:
            raise RefusedFile(f"the id differs from {shown(other)} by capital letters alone")
        wanted = f"{self.assignment.notebook}.ipynb"
        arrivals = self.found[student]
        if len(arrivals) > 1:
            arrivals = [a for a in arrivals if a.parts[-1] == wanted] or arrivals
        copy, digest = self.copy(arrivals[0], place / "first")
        for arrival in arrivals[1:]:
            if self.copy(arrival, place / "further")[1] != digest:
                for extra in arrivals[1:]:
                    self.refuse(extra.label, f"there is more than one notebook of {shown(student)}")
                raise RefusedFile(f"there is more than one notebook of {shown(student)}")
        return self.put(student, copy, digest, arrivals[0].when)

    def copy(self, arrival: Arrival, to: Path) -> tuple[Path, str]:
        digest = hashlib.sha256()
        size = 0
        with arrival.open() as source, to.open("wb") as target:
            while block := source.read(1 << 20):
                size += len(block)
                self.total += len(block)
                if size > MAX_FILE:
                    raise RefusedFile(f"it is larger than {MAX_FILE >> 20} MB")
                if self.total > MAX_TOTAL:
                    raise RefusedFile(f"the collection is larger than {MAX_TOTAL >> 30} GB")
                digest.update(block)
                target.write(block)
        return to, digest.hexdigest()

    def put(self, student: str, copy: Path, digest: str, when: datetime) -> Taken:
        folder = self.course.folder("submitted", self.assignment.name, student)
        for part in (folder.parent, folder):
            part.mkdir(exist_ok=True)
            if part.is_symlink():
                raise RefusedFile(f"{part} is a link; take it away first")
        path = folder / f"{self.assignment.notebook}.ipynb"
        earlier = None
        if os.path.lexists(path):
            if path.is_symlink() or not path.is_file():
                raise RefusedFile(f"{path} is no plain file; take it away first")
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() == digest:
                    return Taken(student, path, unchanged=True)
            earlier = self.set_aside(student, path)
        copy.chmod(0o644)
        files.write_text(folder / "timestamp.txt", f"{when:%Y-%m-%d %H:%M:%S.%f} UTC")
        os.replace(copy, path)
        return Taken(student, path, earlier=earlier)

    def set_aside(self, student: str, path: Path) -> Path:
        """Keep a copy of the submission that is about to be replaced."""
        now = datetime.now(UTC)
        folder = (
            self.course.folder(EARLIER, self.assignment.name, student) / f"{now:%Y%m%dT%H%M%S.%fZ}"
        )
        folder.mkdir(parents=True)
        for name in (path.name, "timestamp.txt"):
            if (path.parent / name).is_file() and not (path.parent / name).is_symlink():
                shutil.copy2(path.parent / name, folder / name)
        return folder / path.name


def _is_notebook(name: str) -> bool:
    return name.lower().endswith(".ipynb") and not name.startswith(".")


def _folded(student: str) -> str:
    return unicodedata.normalize("NFKC", student).casefold()
