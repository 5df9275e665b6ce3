"""Canvas: its gradebook's CSV, and the names in its zips of submissions.

Formats: Canvas's guides "How do I import grades in the Gradebook?"
(https://community.instructure.com/en/kb/articles/660862-how-do-i-import-grades-in-the-gradebook)
and "How do I download all student submissions for an assignment?"
(https://community.instructure.com/en/kb/articles/660693-how-do-i-download-all-student-submissions-for-an-assignment),
and what Canvas itself does: ``lib/gradebook_exporter.rb`` and ``lib/gradebook_importer.rb``,
``lib/content_zipper.rb``, and ``infer_comment_context_from_filename`` of its assignments, which
reads such names back.

A file is called ``lovelaceada_LATE_12345_67890_bptt-1.ipynb``: name, marker, user, attachment,
and what the student called it. A person's name may hold underscores and digits; then the parts
can be read in two ways, and only one that fits the gradebook's CSV counts.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.gradebook.words import shown
from autograder.lms.people import ClassList, Person, doubles
from autograder.lms.tables import Table

SYSTEM = "canvas"
STUDENT = "Student"
ID = "ID"
SECTION = "Section"
POINTS_POSSIBLE = "Points Possible"
TEST_STUDENT = "Student, Test"  # Canvas's own, in every course
INFORMATION = (
    "Student", "LastName", "FirstName", "ID", "SIS User ID", "SIS Login ID", "Integration ID",
    "Root Account", "Section",
)  # fmt: skip

_AS_ID = ("SIS User ID", "SIS Login ID", "Integration ID")
_AS_EMAIL = ("SIS Login ID",)
_NUMBERS = re.compile(r"_(?=(?P<late>LATE_)?(?P<user>\d+)_(?P<attachment>\d+)_)")


@dataclass(frozen=True)
class Named:
    """One reading of a file's name in Canvas's zip."""

    name: str
    late: bool
    user: str
    file: str  # as the student called it


def is_gradebook(table: Table) -> bool:
    """Whether a table is an export of the gradebook."""
    named = table.column(STUDENT) is not None or table.column("LastName") is not None
    return named and table.column(ID) is not None and table.column(SECTION) is not None


def class_list(table: Table) -> ClassList:
    """The people of a gradebook's export.

    Raises:
        ValueError: where a person has no Canvas id, or two have the same.
    """
    at = table.needed(ID)
    people = []
    for index in student_rows(table):
        row = table.rows[index]
        if not re.fullmatch(r"\d+", row[at].strip()):
            raise ValueError(
                f"{table.name}: {shown(name_of(table, row))} has no number in the column ID but "
                f"{shown(row[at])}; export the gradebook again"
            )
        ids = {c: row[i].strip() for c in (ID, *_AS_ID) if (i := table.column(c)) is not None}
        ids = {column: value for column, value in ids.items() if value}
        people.append(Person(str(int(row[at])), name_of(table, row), ids, index))
    twice = doubles([person.key for person in people])
    if twice:
        raise ValueError(f"{table.name} has two rows of the Canvas id {sorted(twice)[0]}")
    return ClassList(SYSTEM, table, tuple(people), _AS_ID, _AS_EMAIL, (ID,))


def student_rows(table: Table) -> list[int]:
    """Which rows are students: not that of points, nor the one that says what is hidden."""
    at = table.needed(ID)
    return [
        index for index, row in enumerate(table.rows) if row[at].strip() and not is_points_row(row)
    ]


def is_points_row(row: tuple[str, ...]) -> bool:
    """Whether a row says what each assignment is worth."""
    return POINTS_POSSIBLE in row[0]


def name_of(table: Table, row: tuple[str, ...]) -> str:
    """A person's name in the order for sorting: ``Lovelace, Ada``."""
    at = table.column(STUDENT)
    if at is not None:
        return row[at].strip()
    last, first = row[table.needed("LastName")].strip(), row[table.needed("FirstName")].strip()
    return ", ".join(part for part in (last, first) if part)


def readings(name: str) -> Iterator[Named]:
    """Every way in which a file's name can be parted."""
    name = unicodedata.normalize("NFC", name)
    for found in _NUMBERS.finditer(name):
        after = name[found.end() :].removeprefix(found["late"] or "")
        user, _, file = after.split("_", 2)
        yield Named(name[: found.start()], bool(found["late"]), str(int(user)), file)


def squeezed(name: str) -> str:
    """A person's name as Canvas writes it in a file's name: ``lovelaceada``."""
    name = re.sub(r"_(\d+)_", r"\1", unicodedata.normalize("NFC", name)).lower()
    return "".join(
        c
        for c in name
        if c == "_"
        or unicodedata.category(c)[:1] in "LM"
        or unicodedata.category(c) in ("Nd", "Pc")
    )


def same_name(person: Person, name: str) -> bool:
    """Whether the beginning of a file's name is the person's."""
    return squeezed(person.name) == unicodedata.normalize("NFC", name)
