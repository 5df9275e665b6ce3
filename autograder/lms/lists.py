"""A platform's list from a file, whichever platform it is of, and what goes with it."""

from pathlib import Path

from autograder.gradebook import policies
from autograder.gradebook.course import Course
from autograder.gradebook.names import Names
from autograder.lms import canvas, moodle, moodle_gradebook, people, tables
from autograder.lms.names import CanvasNames, MoodleNames
from autograder.lms.people import ClassList


def read(path: Path, zone: str = "UTC") -> ClassList:
    """The class in Moodle's grading worksheet, or in Moodle's or Canvas's gradebook export.

    Args:
        path: the CSV file.
        zone: of the times in it.

    Raises:
        ValueError: where it is none of them.
    """
    return classes(tables.read(path), zone)


def classes(table: tables.Table, zone: str = "UTC") -> ClassList:
    """The same of a table.

    Raises:
        ValueError: where it is no platform's.
    """
    if moodle.is_worksheet(table):
        return moodle.class_list(table, zone)
    if canvas.is_gradebook(table):
        return canvas.class_list(table)
    if moodle_gradebook.is_gradebook(table):
        return moodle_gradebook.class_list(table)
    raise ValueError(
        f"{table.name} is neither Moodle's grading worksheet (which has a column Identifier), nor "
        "its gradebook export (First name, Last name, Email address), nor Canvas's gradebook "
        f"export (Student, ID, Section); it has {', '.join(table.header)}. "
        "Download it with the platform's language set to English"
    )


def names(course: Course, path: Path, id_column: str | None = None) -> Names:
    """How to tell from a platform's zip whose hand-in a file is.

    Args:
        course: whose students they are.
        path: the platform's CSV of the class.
        id_column: its column with the students' ids; compared with the gradebook where None.

    Raises:
        ValueError: where the file cannot be used.
    """
    found = read(path, policies.read(course).zone)
    need_numbers(found)
    linked = people.link(course, found, id_column)
    return (MoodleNames if found.system == moodle.SYSTEM else CanvasNames)(found, linked)


def need_numbers(found: ClassList) -> None:
    """Files of a platform's assignment go by numbers that Moodle's gradebook does not have.

    Raises:
        ValueError: where the list is that of the gradebook.
    """
    if found.system == moodle_gradebook.SYSTEM:
        raise ValueError(
            f"{found.table.name} is Moodle's gradebook export, which does not say under which "
            "numbers files are handed in and given back; take the assignment's grading worksheet"
        )
