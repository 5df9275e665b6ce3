"""feedback, export, report: what comes back from grading."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.cli.console import (
    AssignmentArgument,
    CourseOption,
    Exit,
    JsonOption,
    Stop,
    examples,
    progress,
    say,
    write_json,
)

if TYPE_CHECKING:
    from autograder.reports.gather import Gathered


class Format(StrEnum):
    """What an export is written as."""

    CSV = "csv"
    JSON = "json"


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command(
        epilog=examples(
            "autograder feedback bptt", "autograder feedback bptt --student ada -c my-course"
        )
    )(feedback)
    app.command(
        epilog=examples(
            "autograder export --to grades.csv",
            "autograder export bptt --format json | jq '.[].points'",
        )
    )(export)
    app.command(
        epilog=examples("autograder report bptt", "autograder report bptt --to class.html")
    )(report)


def feedback(
    assignment: AssignmentArgument,
    course: CourseOption = Path(),
    student: Annotated[
        list[str] | None, typer.Option("--student", "-s", help="Only this student; repeatable.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Write each student's feedback page, one HTML file that needs nothing else."""
    from autograder.assignments import load
    from autograder.gradebook import course as courses
    from autograder.reports.gather import gather, write_feedback

    opened, asked = courses.open(course), load(assignment)
    gathered = gather(opened, asked, student or ())
    _need_results(gathered, assignment)
    with progress("writing feedback") as advance:
        pages = write_feedback(opened, asked, gathered.results, advance)
    if json:
        names = [result.student for result in gathered.results]
        write_json([{"student": s, "page": str(p)} for s, p in zip(names, pages, strict=True)])
    say(f"{len(pages)} pages in {opened.root / 'feedback'}", err=json)
    raise typer.Exit(_tell_ungraded(gathered, err=json))


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
) -> None:
    """Write the grades: a row for each student and assignment, with points by item.

    Points that a grader gave replace the judge's; the late penalty is taken off.
    In CSV, a name that a spreadsheet would run as a formula gets an apostrophe
    before it; JSON is exact.
    """
    from autograder.gradebook import course as courses
    from autograder.gradebook import files
    from autograder.reports.export import dump, grades, to_csv

    rows = grades(courses.open(course), assignment or ())
    by_name = Format.JSON if to is not None and to.suffix == ".json" else Format.CSV
    text = dump(rows) if (format or by_name) is Format.JSON else to_csv(rows)
    if to is None:
        # bytes, so that the line ends of CSV stay as they are
        typer.get_binary_stream("stdout").write(text.encode("utf-8"))
    else:
        to.parent.mkdir(parents=True, exist_ok=True)
        files.write_text(to, text)
        say(f"{len(rows)} rows in {to}")
    if not_done := sum(row.status == "submitted" for row in rows):
        say(f"{not_done} submissions are not graded yet and count as 0.", err=True)
        raise typer.Exit(Exit.PROBLEMS)


def report(
    assignment: AssignmentArgument,
    course: CourseOption = Path(),
    to: Annotated[
        Path | None,
        typer.Option(help="The file to write; in the course's reports/ where left out."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Write the class report: grades, items, frequent mistakes, incidents, what needs your hand."""
    from autograder.assignments import load
    from autograder.gradebook import course as courses
    from autograder.reports.gather import gather, write_report

    opened, asked = courses.open(course), load(assignment)
    gathered = gather(opened, asked)
    _need_results(gathered, assignment)
    path = write_report(opened, asked, gathered, to)
    if json:
        write_json({"report": str(path), "submissions": len(gathered.results)})
    say(f"report on {len(gathered.results)} submissions in {path}", err=json)
    raise typer.Exit(_tell_ungraded(gathered, err=json))


def _need_results(gathered: "Gathered", assignment: str) -> None:
    if not gathered.results:
        raise Stop(
            f"nothing of {assignment} is graded yet", f"First: autograder grade {assignment}"
        )


def _tell_ungraded(gathered: "Gathered", *, err: bool) -> Exit:
    if not gathered.ungraded:
        return Exit.FINE
    some = ", ".join(gathered.ungraded[:5]) + (" …" if len(gathered.ungraded) > 5 else "")
    say(f"not graded yet, and left out: {some}", err=err)
    return Exit.PROBLEMS
