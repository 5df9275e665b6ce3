"""Moodle's assignment: its grading worksheet, the names in its zips, and its dates.

Formats: Moodle's documentation, "Assignment: Using Assignment", on downloading all submissions,
feedback files and offline marking (https://docs.moodle.org/en/Using_Assignment), and what
Moodle itself does: ``mod/assign/gradingtable.php`` writes the worksheet,
``mod/assign/feedback/offline/importgradeslib.php`` reads it back and needs the columns
Identifier, Grade and Last modified (grade), in the language of whoever uploads;
``mod/assign/classes/downloader.php`` names what is in the zip of submissions, and
``mod/assign/feedback/file/importziplib.php`` reads such names back.

A participant's number belongs to one assignment. A user name cannot hold an underscore in those
names, so that the first three of them part name, number, and kind; what the student chose comes
after.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

from autograder.gradebook import clock
from autograder.gradebook.words import shown
from autograder.lms.people import ClassList, Person, doubles, folded
from autograder.lms.tables import Table

SYSTEM = "moodle"
IDENTIFIER = "Identifier"
NAME = "Full name"
GRADE = "Grade"
MOST = ("Maximum grade", "Maximum Grade")
CHANGEABLE = "Grade can be changed"
MODIFIED = "Last modified (grade)"
COMMENTS = "Feedback comments"
SUBMITTED = "Last modified (submission)"
STATUS = "Status"

_ID_COLUMNS = ("ID number", "Username")
_EMAIL_COLUMNS = ("Email address", "Email")
_PART = re.compile(r"(?P<name>[^_]*)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_(.*))?")
# what Moodle's clean_filename() takes out of a name
_CLEANED = re.compile(r"[\x00-\x1f\x7f&<>\"`|':\\/]|\.\.+")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905
_DAY_FIRST = re.compile(r"\b(\d{1,2}) ([A-Za-z]{3})[a-z]*,? (\d{4})")
_MONTH_FIRST = re.compile(r"\b([A-Za-z]{3})[a-z]* (\d{1,2}),? (\d{4})")
_TIME = re.compile(r"\b(\d{1,2}):(\d{2})(?::\d{2})?\s*([AaPp][Mm])?\b")


@dataclass(frozen=True)
class Named:
    """What the name of a folder or file in Moodle's zip says."""

    name: str
    number: str
    kind: str  # "file", or "onlinetext" and the like


def is_worksheet(table: Table) -> bool:
    """Whether a table is a grading worksheet."""
    return table.column(IDENTIFIER) is not None


def class_list(table: Table, zone: str) -> ClassList:
    """The people of a grading worksheet.

    Args:
        table: the worksheet.
        zone: in which its times are, that of the Moodle account which downloaded it.

    Raises:
        ValueError: where a row has no participant's number, or two have the same.
    """
    at = table.needed(IDENTIFIER)
    name, status, submitted = (table.column(c) for c in (NAME, STATUS, SUBMITTED))
    columns = [c for c in (*_ID_COLUMNS, *_EMAIL_COLUMNS) if table.column(c) is not None]
    people = []
    for index, row in enumerate(table.rows):
        number = re.fullmatch(r".*?(\d+)\s*", row[at], re.DOTALL)
        if number is None:
            raise ValueError(
                f"{table.name}, row {index + 2}: {shown(row[at])} is no identifier such as "
                "'Participant 123456'"
            )
        said = row[status] if status is not None else ""
        ids = {c: row[table.needed(c)].strip() for c in columns}
        people.append(
            Person(
                str(int(number[1])),
                row[name] if name is not None else "",
                {column: value for column, value in ids.items() if value},
                index,
                said,
                _late(said),
                when(row[submitted], zone) if submitted is not None else None,
            )
        )
    twice = doubles([person.key for person in people])
    if twice:
        raise ValueError(f"{table.name} has two rows of Participant {sorted(twice)[0]}")
    return ClassList(
        SYSTEM, table, tuple(people), _ID_COLUMNS, _EMAIL_COLUMNS, hides_names=name is None
    )


def read_name(part: str) -> Named | None:
    """A folder's or file's name in Moodle's zip; None where it is none of Moodle's."""
    found = _PART.fullmatch(unicodedata.normalize("NFC", part))
    return found and Named(found["name"], str(int(found["number"])), found["kind"])


def written(person: Person) -> str:
    """The folder in which Moodle has a participant's files, and takes feedback back."""
    name = clean(person.name) or "Participant"
    return f"{name}_{person.key}_assignsubmission_file"


def clean(name: str) -> str:
    """A person's name as Moodle writes it in a zip."""
    return _CLEANED.sub("", name.replace("_", " ")).strip()


def same_name(person: Person, name: str) -> bool:
    """Whether a name in the zip is the person's: given and family name may change places.

    The names of groups, in assignments for groups, stand where people's do and are nobody's.
    """
    return sorted(folded(clean(person.name)).split()) == sorted(folded(clean(name)).split())


def when(text: str, zone: str) -> datetime | None:
    """A date as the worksheet writes it in English, in UTC; None where there is none."""
    time = _TIME.search(text)
    if day_first := _DAY_FIRST.search(text):
        day, month, year = day_first.groups()
    elif month_first := _MONTH_FIRST.search(text):
        month, day, year = month_first.groups()
    else:
        return None
    if time is None or month.lower() not in _MONTHS:
        return None
    hour, minute = int(time[1]), int(time[2])
    if time[3]:
        hour = hour % 12 + (12 if time[3].lower() == "pm" else 0)
    try:
        there = datetime(int(year), _MONTHS.index(month.lower()) + 1, int(day), hour, minute)
        return there.replace(tzinfo=clock.zone(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _late(status: str) -> str:
    """``2 days 3 hours late`` out of ``Submitted for grading - 2 days 3 hours late``."""
    return next((part for part in status.split(" - ") if part.endswith(" late")), "")
