"""feedback: the students' pages, and a zip of them for a platform."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.cli.console import (
    AssignmentArgument,
    CourseOption,
    IdColumnOption,
    JsonOption,
    LmsCsvOption,
    Stop,
    examples,
    progress,
    say,
    write_json,
)
from autograder.cli.results import need_results, tell_left, tell_ungraded

if TYPE_CHECKING:
    from autograder.assignment import Assignment
    from autograder.gradebook.course import Course
    from autograder.lms.people import ClassList, Linked
    from autograder.reports.gather import Gathered


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command(
        epilog=examples(
            "autograder feedback bptt",
            "autograder feedback bptt --student ada -c my-course",
            "autograder feedback bptt --lms-csv worksheet.csv --zip feedback.zip",
        )
    )(feedback)


def feedback(
    assignment: AssignmentArgument,
    course: CourseOption = Path(),
    student: Annotated[
        list[str] | None, typer.Option("--student", "-s", help="Only this student; repeatable.")
    ] = None,
    lms_csv: LmsCsvOption = None,
    id_column: IdColumnOption = None,
    packed: Annotated[
        Path | None,
        typer.Option(
            "--zip", help="With --lms-csv: a zip that the platform takes back.", dir_okay=False
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Write each student's feedback page, one HTML file that needs nothing else."""
    from autograder.gradebook import course as courses
    from autograder.reports.gather import gather, write_feedback

    opened = courses.open(course)
    asked = courses.resolve(assignment, opened)
    gathered = gather(opened, asked, student or ())
    need_results(gathered, assignment)
    if (lms_csv is None) != (packed is None):
        raise Stop("--lms-csv and --zip go together", "Give both, or neither.")
    people = None if lms_csv is None else _people(opened, lms_csv, id_column)
    with progress("writing feedback") as advance:
        pages = write_feedback(opened, asked, gathered.results, advance)
    if json:
        names = [result.student for result in gathered.results]
        write_json([{"student": s, "page": str(p)} for s, p in zip(names, pages, strict=True)])
    say(f"{len(pages)} pages in {opened.root / 'feedback'}", err=json)
    if people is not None and packed is not None:
        _pack(opened, asked, gathered, *people, packed)
    raise typer.Exit(tell_ungraded(gathered, err=json))


def _people(course: "Course", lms_csv: Path, id_column: str | None) -> "tuple[ClassList, Linked]":
    """The platform's people and their students, asked for before anything is written."""
    from autograder.lms import lists, people

    found = lists.read(lms_csv)
    lists.need_numbers(found)
    return found, people.link(course, found, id_column)


def _pack(
    course: "Course",
    assignment: "Assignment",
    gathered: "Gathered",
    class_list: "ClassList",
    linked: "Linked",
    to: Path,
) -> None:
    """Feedback pages in a zip for the platform."""
    from autograder.lms import feedback_zip

    done = feedback_zip.write(to, course, assignment, class_list, linked, gathered.results)
    say(f"{done.written} files for {class_list.system.title()} in {to}", err=True)
    tell_left(done.left)
