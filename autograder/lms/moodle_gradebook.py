"""Moodle's gradebook: its export as a plain text file, which it imports again, and class lists.

Formats: Moodle's documentation, "Grade export" and "Grade import"
(https://docs.moodle.org/en/Grade_import), and what Moodle itself does:
``grade/export/txt/grade_export_txt.php`` writes the file and ``grade/export/lib.php`` names its
columns; ``grade/import/csv/classes/load_data.php`` reads it back. The list of participants that
Moodle downloads as CSV has the same columns for people, and none for grades.

Whoever imports says which column tells who a student is, and which grade item a column is for;
other columns are ignored. Three things about that decide what is written here: a row whose
telling cell is empty is taken for the row before it; an empty grade takes away the one that is
there; and feedback that is imported without its grade takes that away, too.
"""

import re

from autograder.lms import moodle
from autograder.lms.people import ClassList, Person, doubles, folded
from autograder.lms.tables import Table

SYSTEM = "moodle gradebook"
FIRST = "First name"
LAST = ("Last name", "Surname")
EXPORTED = "Last downloaded from this course"  # a grade that is newer is not written over

_ID_COLUMNS = ("ID number", "Username")
_EMAIL_COLUMNS = ("Email address",)
_REAL = re.compile(r" \(Real\)$", re.IGNORECASE)
_KIND = re.compile(r"[^:]+: ")  # "Assignment: Homework 1"


def is_gradebook(table: Table) -> bool:
    """Whether a table is an export of the gradebook, or a list of participants."""
    names = table.column(FIRST) is not None and table.column(*LAST) is not None
    return names and bool(_telling(table)) and table.column(moodle.IDENTIFIER) is None


def class_list(table: Table) -> ClassList:
    """The people of such a table."""
    first, last = table.needed(FIRST), table.needed(*LAST)
    columns = {table.header[i]: i for i in _telling(table)}
    ids = [
        {title: row[i].strip() for title, i in columns.items() if row[i].strip()}
        for row in table.rows
    ]
    values = [next(iter(found.values()), "") for found in ids]
    twice = doubles([folded(value) for value in values])
    people = []
    for index, row in enumerate(table.rows):
        value = values[index]
        key = value if value and folded(value) not in twice else f"row {index + 2}"
        name = ", ".join(filter(None, (row[last].strip(), row[first].strip())))
        people.append(Person(key, name, ids[index], index))
    return ClassList(SYSTEM, table, tuple(people), _ID_COLUMNS, _EMAIL_COLUMNS)


def items(table: Table) -> dict[int, tuple[str, ...]]:
    """Columns with points, which ``(Real)`` says, with the names under which they may be meant."""
    found: dict[int, tuple[str, ...]] = {}
    for index, title in enumerate(table.header):
        if _REAL.search(title):
            item = _REAL.sub("", title)
            found[index] = (title, item, _KIND.sub("", item, count=1))
    return found


def only_rows(table: Table, rows: list[int], grade: int) -> Table:
    """These rows, with names, what tells who each is, the grade, and when it was exported.

    Raises:
        ValueError: where nothing tells of every row who it is.
    """
    chosen = table.with_rows(table.rows[index] for index in rows)
    telling = [i for i in _telling(table) if _tells(chosen, i)]
    if rows and not telling:
        columns = ", ".join(table.header[i] for i in _telling(table))
        raise ValueError(
            f"{table.name}: in {columns} there are empty or double cells, by which Moodle would "
            "give one student's grade to another"
        )
    names = [table.needed(FIRST), table.needed(*LAST)]
    exported = table.column(EXPORTED)
    read_back = [*telling, grade, *([exported] if exported is not None else [])]
    return chosen.safe(read_back).only([*names, *read_back])


def _telling(table: Table) -> list[int]:
    """Columns by which Moodle finds a student."""
    present = (table.column(name) for name in (*_EMAIL_COLUMNS, *_ID_COLUMNS))
    return [index for index in present if index is not None]


def _tells(table: Table, index: int) -> bool:
    values = [folded(row[index]) for row in table.rows]
    return all(values) and not doubles(values)
