"""export: the grades, as a table of our own or in a platform's."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.cli.console import (
    CourseOption,
    Exit,
    IdColumnOption,
    LmsCsvOption,
    Stop,
    examples,
    say,
)
from autograder.cli.results import tell_left, write

if TYPE_CHECKING:
    from autograder.gradebook.course import Course
    from autograder.lms.marks import Wish


class Format(StrEnum):
    """What an export is written as."""

    CSV = "csv"
    JSON = "json"


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command(
        epilog=examples(
            "autograder export --to grades.csv",
            "autograder export bptt --format json | jq '.[].points'",
            "autograder export bptt --lms-csv worksheet.csv --to for-moodle.csv",
            "autograder export bptt --lms-csv gradebook.csv --to upload.csv --column Homework",
        )
    )(export)


def export(
    assignment: Annotated[
        list[str] | None, typer.Argument(help="The assignments; all of them where left out.")
    ] = None,
    course: CourseOption = Path(),
    to: Annotated[
        Path | None, typer.Option(help="The file to write; stdout where left out.", dir_okay=False)
    ] = None,
    format: Annotated[
        Format | None, typer.Option(help="By the file's ending where left out, else csv.")
    ] = None,
    lms_csv: LmsCsvOption = None,
    id_column: IdColumnOption = None,
    column: Annotated[
        str | None, typer.Option(help="The assignment's column in the platform's gradebook export.")
    ] = None,
    scale: Annotated[
        bool, typer.Option("--scale", help="To the points that the platform gives.")
    ] = False,
    provisional: Annotated[
        bool, typer.Option("--provisional", help="Also where a person has still to grade.")
    ] = False,
    missing_as_zero: Annotated[
        bool, typer.Option("--missing-as-zero", help="0 for who handed in nothing.")
    ] = False,
) -> None:
    """Write the grades: a row for each student and assignment, with points by item.

    With --lms-csv: the platform's own list with the marks of one assignment in it,
    ready to upload.

    Points that a grader gave replace the judge's; the late penalty is taken off.
    In CSV, a name that a spreadsheet would run as a formula gets an apostrophe
    before it; JSON is exact.
    """
    from autograder.gradebook import course as courses
    from autograder.lms.marks import Wish
    from autograder.reports.export import dump, grades, to_csv

    opened = courses.open(course)
    _settle(opened, assignment)
    if lms_csv is not None:
        wish = Wish(column, scale, provisional, missing_as_zero)
        raise typer.Exit(_for_platform(opened, assignment, lms_csv, id_column, wish, to))
    rows = grades(opened, assignment or ())
    by_name = Format.JSON if to is not None and to.suffix == ".json" else Format.CSV
    text = dump(rows) if (format or by_name) is Format.JSON else to_csv(rows)
    write(text, to)
    if to is not None:
        say(f"{len(rows)} rows in {to}")
    if not_done := sum(row.status == "submitted" for row in rows):
        say(f"{not_done} submissions are not graded yet and count as 0.", err=True)
        raise typer.Exit(Exit.PROBLEMS)


def _settle(course: "Course", assignments: list[str] | None) -> None:
    """Penalties follow what a grader has entered since."""
    from autograder.gradebook import lateness

    for name in lateness.released(course):
        if not assignments or name in assignments:
            lateness.settle(course, name)


def _for_platform(
    course: "Course",
    assignments: list[str] | None,
    lms_csv: Path,
    id_column: str | None,
    wish: "Wish",
    to: Path | None,
) -> Exit:
    """Fill the platform's own table."""
    from autograder.gradebook import course as courses
    from autograder.gradebook import files
    from autograder.lms import lists, marks, people, tables
    from autograder.reports.export import grades

    if not assignments or len(assignments) != 1 or to is None:
        raise Stop(
            "--lms-csv needs one assignment and --to",
            "autograder export bptt --lms-csv worksheet.csv --to upload.csv",
        )
    found = lists.read(lms_csv)
    linked = people.link(course, found, id_column)
    rows = grades(course, assignments)
    asked = courses.resolve(assignments[0], course)
    filled = marks.fill(found, linked, asked, rows, wish)
    to.parent.mkdir(parents=True, exist_ok=True)
    files.write_bytes(to, tables.dump(filled.table))
    say(f"{filled.filled} marks for {found.system.title()} in {to}")
    return tell_left(filled.left)
