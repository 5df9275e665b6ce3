"""A class list from a CSV file into the gradebook."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from autograder.gradebook import database
from autograder.gradebook.course import Course

COLUMNS = ("id", "first_name", "last_name", "email")


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a class list.

    Raises:
        ValueError: where it is no UTF-8 text, has no column ``id``, or an id is missing, double, or
            could not name a folder.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8 text; save it as CSV UTF-8") from None
    reader = csv.DictReader(io.StringIO(text), skipinitialspace=True)
    names = [name.strip().lower() for name in reader.fieldnames or ()]
    if "id" not in names:
        raise ValueError(f"{path} needs a column id; it has {', '.join(names) or 'nothing'}")
    reader.fieldnames = names
    rows: list[dict[str, str]] = []
    for number, row in enumerate(reader, start=2):
        kept = {column: (row.get(column) or "").strip() for column in COLUMNS}
        if not any(kept.values()):
            continue
        _check_id(kept["id"], f"{path}, line {number}")
        if kept["id"] in {earlier["id"] for earlier in rows}:
            raise ValueError(f"{path}, line {number}: the id {kept['id']!r} is there twice")
        rows.append(kept)
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
            for column in COLUMNS[1:]:
                if row[column]:
                    setattr(student, column, row[column])
            session.add(student)
