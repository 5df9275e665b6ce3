"""A class list from a CSV file into the gradebook."""

from collections.abc import Sequence
from pathlib import Path

from autograder.gradebook import database
from autograder.gradebook.course import Course
from autograder.lms import canvas, lists, moodle, moodle_gradebook, tables
from autograder.lms.tables import Table

COLUMNS = ("id", "first_name", "last_name", "email")
ACCOUNT = "lms_user_id"  # nbgrader's own column for a student's number on a platform


def read(path: Path, id_column: str | None = None) -> list[dict[str, str]]:
    """The rows of a class list: the course's own, or a learning platform's.

    Args:
        path: a CSV file, which may be Moodle's grading worksheet or a platform's gradebook export.
        id_column: the column with the ids; ``id`` where None.

    Raises:
        ValueError: where it is no text, lacks the column, or an id is missing, double, or could
            not name a folder.
    """
    table = tables.read(path)
    of_moodle = moodle_gradebook.is_gradebook(table) and table.column("id") is None
    if moodle.is_worksheet(table) or canvas.is_gradebook(table) or of_moodle:
        rows = _of_platform(table, id_column)
    else:
        at = {column: table.column(column, column.replace("_", " ")) for column in COLUMNS[1:]}
        at["id"] = table.needed(id_column or "id")
        rows = [
            {column: "" if i is None else row[i].strip() for column, i in at.items()}
            for row in table.rows
        ]
    seen: set[str] = set()
    for number, row in enumerate(rows, start=2):
        where = f"{path}, line {number}"
        _check_id(row["id"], where)
        if row["id"] in seen:
            raise ValueError(f"{where}: the id {row['id']!r} is there twice")
        seen.add(row["id"])
    return rows


def _of_platform(table: Table, id_column: str | None) -> list[dict[str, str]]:
    found = lists.classes(table)
    if id_column is None:
        raise ValueError(
            f"{table.name} is a platform's list; name the column that holds the students' ids "
            f"(--id-column): {', '.join(table.header)}"
        )
    at, email = table.needed(id_column), table.column(*found.as_email)
    rows = []
    for person in found.people:
        row = table.rows[person.row]
        if not row[at].strip() and person.name == canvas.TEST_STUDENT:
            continue
        last, comma, first = person.name.partition(", ")
        if not comma:
            first, _, last = person.name.rpartition(" ")
        address = row[email].strip() if email is not None else ""
        rows.append(
            {
                "id": row[at].strip(),
                "first_name": first,
                "last_name": last,
                "email": address if "@" in address else "",
                # Moodle's number belongs to one assignment, and is nobody's for long
                ACCOUNT: person.key if found.as_account else "",
            }
        )
    return rows


def _check_id(name: str, where: str) -> None:
    if not name:
        raise ValueError(f"{where}: the id is missing")
    # nbgrader makes folders of ids, and tells student from assignment by "+" in some of them
    if name.startswith(".") or any(c in '/\\+"<>|:*?\0' or ord(c) < 32 for c in name):
        raise ValueError(f"{where}: the id {name!r} cannot name a folder")


def enter(course: Course, rows: Sequence[dict[str, str]]) -> None:
    """Put students into the gradebook; who is there already gets the new names."""
    from nbgrader import api

    with database.transaction(course.db_url) as session:
        for row in rows:
            student = session.get(api.Student, row["id"]) or api.Student(id=row["id"])
            for column in (*COLUMNS[1:], ACCOUNT):
                if row.get(column):
                    setattr(student, column, row[column])
            session.add(student)
