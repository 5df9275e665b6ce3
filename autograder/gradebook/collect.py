"""Taking submissions in: one notebook for each student, or a plain line on why not."""

import hashlib
import itertools
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.assignment import Assignment
from autograder.gradebook import handed_in
from autograder.gradebook.arrivals import Arrival, in_folder, in_zip
from autograder.gradebook.attempts import Arrived
from autograder.gradebook.course import Course, CourseError, resolve
from autograder.gradebook.files import RefusedFile
from autograder.gradebook.names import (
    ExchangeNames,
    Names,
    PlainNames,
    Whose,
    around,
    is_inbound,
    is_notebook,
    is_zip,
)
from autograder.gradebook.submission_file import MAX_FILE
from autograder.gradebook.words import shown

MAX_TOTAL = 16 << 30  # bytes of one collection
MAX_EACH = 20  # notebooks of one hand-in; more would use up what the others need
# what browsers and platforms add to a name that is there already
_COPY = re.compile(r"(?:-\d+| ?\(\d+\))(?=\.ipynb$)", re.IGNORECASE)


@dataclass(frozen=True)
class Taken:
    """One submission that lies in ``submitted/`` now."""

    student: str
    path: Path
    unchanged: bool = False  # the same was there already, or in an earlier attempt
    earlier: Path | None = None  # where the submission that it replaces is kept
    late: str = ""  # the platform's own word on lateness
    status: str = ""  # the platform's status


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
    names: Names | None = None,
    any_owner: bool = False,
    progress: Callable[[int, int, str], None] | None = None,
) -> Collected:
    r"""Take submissions from folders and zips.

    Understood are, in a folder or a zip: ``<student>/<assignment>/<notebook>.ipynb``,
    ``<student>/<notebook>.ipynb`` (or the only notebook in the student's folder),
    ``<student>.ipynb``, ``<student>_<assignment>.ipynb``, ``<student>.zip`` with one notebook in
    it; the ``inbound`` folder of nbgrader's exchange; and with ``names`` what a learning platform
    gives. The student's id is always that of the outermost name, which the course or its platform
    gave, and never comes from inside. Every hand-in is kept in ``attempts/``.

    Args:
        course: where to.
        assignment: which one, or its name.
        sources: folders, zips, or single notebooks.
        student_pattern: regular expression with a group ``student`` for the outermost names of a
            learning platform, such as ``r".*_(?P<student>\d+)_assignsubmission_file"``.
        names: how a learning platform names what is in its zip, as ``autograder.lms.lists`` makes
            it from the platform's own list.
        any_owner: take from an exchange what another account owns than the one it names.
        progress: called as ``progress(done, total, student)``.

    Raises:
        CourseError: where a source does not exist, or the pattern is none.
    """
    assignment = resolve(assignment, course)
    collection = _Collection(course, assignment, student_pattern, names, any_owner)
    return collection.run(
        [Path(s) for s in ([sources] if isinstance(sources, str | Path) else sources)], progress
    )


@dataclass(frozen=True)
class _Found:
    """A notebook, and whose it is."""

    arrival: Arrival
    whose: Whose

    @property
    def arrived(self) -> Arrived:
        said, when, label = self.whose, self.whose.when or self.arrival.when, self.arrival.label
        return Arrived(when, said.clock, said.late, said.status, said.name, label, said.secret)


class _Collection:
    def __init__(
        self,
        course: Course,
        assignment: Assignment,
        pattern: str | None,
        names: Names | None,
        any_owner: bool,
    ) -> None:
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
        self.names = names
        self.due = handed_in.due(course, assignment.name)
        self.any_owner = any_owner
        self.refused: list[Refused] = []
        self.ignored: list[str] = []
        self.found: dict[str, dict[str, list[_Found]]] = {}  # by student and hand-in
        self.empty: dict[str, str] = {}  # students with files and, so far, no notebook
        self.total = 0
        self.numbers = itertools.count()

    def refuse(self, what: str, why: str) -> None:
        self.refused.append(Refused(shown(what, 200)[1:-1], why))

    def run(
        self, sources: Sequence[Path], progress: Callable[[int, int, str], None] | None
    ) -> Collected:
        taken = []
        known = {_folded(name): name for name in self.course.students(self.assignment.name)}
        with self.workplace() as place:
            for source in sources:
                if not source.exists():
                    raise CourseError(f"sources: there is no {source}")
                self.look(source, place)
            for student in sorted(set(self.empty) - set(self.found)):
                self.refuse(self.empty[student], f"{shown(student)} handed in no notebook")
            for done, student in enumerate(sorted(self.found), start=1):
                try:
                    taken.append(self.take(student, known, place))
                except (RefusedFile, OSError) as error:
                    words = getattr(error, "strerror", None) or error
                    first = next(iter(self.found[student].values()))[0]
                    self.refuse(first.arrival.label, str(words))
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

    def look(self, source: Path, place: Path) -> None:
        """Sort what a source holds by student."""
        if source.is_dir():
            arrivals, outer = in_folder(source, self.refuse), {"submitted"}
        elif source.suffix.lower() == ".zip":
            arrivals = in_zip(source, self.refuse)
            outer = {"submitted", source.stem, self.assignment.name}
        else:
            beside = in_folder(source.parent, lambda what, why: None)
            arrivals, outer = (a for a in beside if a.parts == (source.name,)), set()
        names = self.names
        if names is None and is_inbound(source):
            names = ExchangeNames(source, self.assignment, any_owner=self.any_owner)
        names = names or PlainNames(self.assignment, self.pattern, outer)
        here = list(arrivals)
        deep = around([arrival.parts for arrival in here], names)
        for arrival in here:
            self.sort(arrival, arrival.parts[deep:], names, place)

    def sort(self, arrival: Arrival, parts: tuple[str, ...], names: Names, place: Path) -> None:
        try:
            whose = names.whose(parts)
        except ValueError as error:
            if is_notebook(arrival.parts[-1]) or is_zip(arrival.parts[-1]) or self.names:
                self.refuse(arrival.label, str(error))
            else:
                self.ignored.append(arrival.label)
            return
        name = arrival.parts[-1]
        if whose is None or not (is_notebook(name) or is_zip(name)):
            self.ignored.append(arrival.label)
            if whose is not None:
                self.empty.setdefault(whose.student, arrival.label)
        elif is_notebook(name):
            self.file(_Found(arrival, whose))
        else:
            self.unpack(arrival, whose, place)

    def unpack(self, arrival: Arrival, whose: Whose, place: Path) -> None:
        """The one notebook in a student's own zip; names in it say nothing of whose it is."""
        before = len(self.refused)
        try:
            path, _ = self.copy(arrival, place / f"{next(self.numbers)}.zip")
        except (RefusedFile, OSError) as error:
            self.refuse(arrival.label, str(error))
            return
        inside = [a for a in in_zip(path, self.refuse, arrival.label) if is_notebook(a.parts[-1])]
        right = [a for a in inside if self.is_right(a.parts[-1])] or inside
        if len(right) == 1:
            # the entry's own time is whatever the student's program wrote
            own = replace(right[0], when=arrival.when)
            self.file(_Found(own, replace(whose, file=right[0].parts[-1])))
        elif right or len(self.refused) == before:  # else what was refused in it says why
            many = "several notebooks; give a zip of a class by itself" if right else "no notebook"
            self.refuse(arrival.label, f"it holds {many}")

    def is_right(self, name: str) -> bool:
        return _COPY.sub("", name) == f"{self.assignment.notebook}.ipynb"

    def file(self, found: _Found) -> None:
        hand_ins = self.found.setdefault(found.whose.student, {})
        one = hand_ins.setdefault(found.whose.hand_in, [])
        if len(one) < MAX_EACH:
            one.append(found)

    def take(self, student: str, known: dict[str, str], place: Path) -> Taken:
        """Copy one student's notebooks to the side, keep them, and put the last in place."""
        other = known.setdefault(_folded(student), student)
        if other != student:
            raise RefusedFile(f"the id differs from {shown(other)} by capital letters alone")
        taken = [
            self.take_one(student, self.found[student][hand_in], place)
            for hand_in in sorted(self.found[student], key=self.time_of(student))
        ]
        earlier = next((t.earlier for t in taken if t.earlier), None)
        return replace(taken[-1], earlier=earlier, unchanged=all(t.unchanged for t in taken))

    def time_of(self, student: str) -> Callable[[str], float]:
        return lambda hand_in: self.found[student][hand_in][0].arrived.when.timestamp()

    def take_one(self, student: str, found: list[_Found], place: Path) -> Taken:
        if len(found) > 1:
            found = [f for f in found if self.is_right(f.whose.file)] or found
        copy, digest = self.copy(found[0].arrival, place / "first")
        for further in found[1:]:
            if self.copy(further.arrival, place / "further")[1] != digest:
                many = f"there is more than one notebook of {shown(student)}"
                for one in found[1:]:
                    self.refuse(one.arrival.label, many)
                raise RefusedFile(many)
        return self.put(student, copy, digest, found[0].arrived)

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

    def put(self, student: str, copy: Path, digest: str, arrived: Arrived) -> Taken:
        done = handed_in.add(self.course, self.assignment, student, copy, digest, arrived, self.due)
        path = self.course.notebook("submitted", self.assignment, student)
        earlier = done.replaces.notebook if done.replaces else None
        return Taken(student, path, not done.new, earlier, arrived.late, arrived.status)


def _folded(student: str) -> str:
    return unicodedata.normalize("NFKC", student).casefold()
