"""Whose account on the learning platform is which student of the course; never by guessing."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nbgrader import api
from sqlalchemy import select

from autograder.gradebook import database
from autograder.gradebook.course import Course
from autograder.gradebook.words import shown
from autograder.lms.tables import Table


@dataclass(frozen=True)
class Person:
    """One account in a platform's list."""

    key: str  # the number in the names of its zips
    name: str  # as the list writes it
    ids: Mapping[str, str]  # what may tell who it is, by column; empty ones left out
    row: int  # in the table
    status: str = ""
    late: str = ""  # the platform's own word
    when: datetime | None = None  # of the hand-in, UTC


@dataclass(frozen=True)
class ClassList:
    """A platform's list of a class."""

    system: str  # "moodle", "moodle gradebook" or "canvas"
    table: Table
    people: tuple[Person, ...]
    # columns whose values may be a student's id, e-mail address, or account number
    as_id: tuple[str, ...] = ()
    as_email: tuple[str, ...] = ()
    as_account: tuple[str, ...] = ()
    hides_names: bool = False


@dataclass(frozen=True)
class Linked:
    """Accounts with their students, and those that have none."""

    students: Mapping[str, str]  # key to id
    problems: Mapping[str, str] = field(default_factory=dict)  # key to why not

    def student(self, key: str) -> str:
        """The student behind an account.

        Raises:
            ValueError: in plain words, where nobody is.
        """
        if key in self.students:
            return self.students[key]
        raise ValueError(self.problems.get(key, f"no {shown(key)} is in the platform's list"))


def link(course: Course, class_list: ClassList, id_column: str | None = None) -> Linked:
    """Find the student behind each account.

    Args:
        course: whose gradebook holds the class list.
        class_list: the platform's.
        id_column: the column that is the student's id. Where None, columns are compared with what
            the gradebook has: numbers and log-in names with ids, addresses with addresses,
            accounts with accounts (nbgrader's ``lms_user_id``).

    Raises:
        ValueError: where the column is not there, or there is nothing to compare with.
    """
    found = (
        _compared(course, class_list)
        if id_column is None
        else _named(course, class_list, class_list.table.needed(id_column))
    )
    students = {key: next(iter(ids)) for key, ids in found.items() if len(ids) == 1}
    taken = Counter(students.values())
    names = {person.key: person.name for person in class_list.people}
    problems = {}
    for key, ids in found.items():
        who = shown(names[key])
        if not ids:
            problems[key] = (
                f"{who} is nobody in the gradebook: no id, address or account of the list is there"
                if id_column is None
                else f"{who} has nothing in the column {id_column!r}"
            )
        elif len(ids) > 1:
            problems[key] = f"{who} could be {' or '.join(map(shown, sorted(ids)))}"
        elif taken[students[key]] > 1:
            problems[key] = f"{who} and another account are both {shown(students[key])}"
    students = {key: student for key, student in students.items() if key not in problems}
    return Linked(students, problems)


def _named(course: Course, class_list: ClassList, at: int) -> dict[str, set[str]]:
    """What the column says; written as the gradebook writes it, where it has the id."""
    known = _index((student, student) for student, _, _ in _students(course))
    found = {}
    for person in class_list.people:
        value = class_list.table.rows[person.row][at].strip()
        found[person.key] = known.get(folded(value), {value} - {""})
    return found


def _students(course: Course) -> list[tuple[str, str, str]]:
    with database.transaction(course.db_url) as session:
        return [
            (s.id, s.email or "", s.lms_user_id or "") for s in session.scalars(select(api.Student))
        ]


def _compared(course: Course, class_list: ClassList) -> dict[str, set[str]]:
    people = _students(course)
    if not people:
        raise ValueError(
            "the gradebook has no class list to compare with; name the column that holds the "
            f"students' ids (--id-column; the list has {', '.join(class_list.table.header)}), or "
            "enter a class list first (autograder roster)"
        )
    by_id = _index((student, student) for student, _, _ in people)
    by_email = _index((email, student) for student, email, _ in people)
    by_account = _index((account, student) for student, _, account in people)
    found = {}
    for person in class_list.people:
        ids: set[str] = set()
        for column, value in person.ids.items():
            key = folded(value)
            if column in class_list.as_account:
                ids |= by_account.get(key, set())
            if column in class_list.as_id:
                ids |= by_id.get(key, set())
            # an id may be an address, and a log-in name too
            if column in class_list.as_email or "@" in value:
                ids |= by_email.get(key, set()) | by_id.get(key, set())
        found[person.key] = ids
    return found


def _index(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    index: dict[str, set[str]] = {}
    for value, student in pairs:
        if value:
            index.setdefault(folded(value), set()).add(student)
    return index


def folded(text: str) -> str:
    """Text for comparing: letter case and the two ways of writing an accent do not count."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).strip()


def doubles(keys: Sequence[str]) -> set[str]:
    """What is there more than once."""
    return {key for key, count in Counter(keys).items() if count > 1}
