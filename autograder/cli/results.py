"""feedback, export, report, similar: what comes back from grading."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.cli.console import (
    AssignmentArgument,
    CourseOption,
    Exit,
    IdColumnOption,
    JsonOption,
    LmsCsvOption,
    Stop,
    examples,
    progress,
    say,
    write_json,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograder.assignment import Assignment
    from autograder.gradebook.course import Course
    from autograder.lms.marks import Wish
    from autograder.reports.gather import Gathered


class Format(StrEnum):
    """What an export is written as."""

    CSV = "csv"
    JSON = "json"


class ReportFormat(StrEnum):
    """What a class report is written as."""

    HTML = "html"
    JSON = "json"
    CSV = "csv"


class ReportTable(StrEnum):
    """The tables of a class report."""

    STUDENTS = "students"
    ITEMS = "items"
    MISTAKES = "mistakes"
    SIMILAR = "similar"
    LATE = "late"


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command(
        epilog=examples(
            "autograder feedback bptt",
            "autograder feedback bptt --student ada -c my-course",
            "autograder feedback bptt --lms-csv worksheet.csv --zip feedback.zip",
        )
    )(feedback)
    app.command(
        epilog=examples(
            "autograder export --to grades.csv",
            "autograder export bptt --format json | jq '.[].points'",
            "autograder export bptt --lms-csv worksheet.csv --to for-moodle.csv",
            "autograder export bptt --lms-csv gradebook.csv --to upload.csv --column Homework",
        )
    )(export)
    app.command(
        epilog=examples(
            "autograder report bptt",
            "autograder report bptt --format json | jq '.items[].facility'",
            "autograder report bptt --to students.csv",
            "autograder report bptt --table items --to items.csv",
        )
    )(report)
    app.command(
        epilog=examples("autograder similar bptt", "autograder similar bptt --json | jq .clusters")
    )(similar)


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
    _need_results(gathered, assignment)
    if (lms_csv is None) != (packed is None):
        raise Stop("--lms-csv and --zip go together", "Give both, or neither.")
    with progress("writing feedback") as advance:
        pages = write_feedback(opened, asked, gathered.results, advance)
    if json:
        names = [result.student for result in gathered.results]
        write_json([{"student": s, "page": str(p)} for s, p in zip(names, pages, strict=True)])
    say(f"{len(pages)} pages in {opened.root / 'feedback'}", err=json)
    if lms_csv is not None and packed is not None:
        _pack(opened, asked, gathered, lms_csv, id_column, packed)
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
    from autograder.gradebook import files
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
        typer.Option(
            help="The file to write. Left out: HTML in the course's reports/, else stdout."
        ),
    ] = None,
    format: Annotated[
        ReportFormat | None, typer.Option(help="By the file's ending where left out, else html.")
    ] = None,
    table: Annotated[
        ReportTable, typer.Option(help="Which table, where the format is csv.")
    ] = ReportTable.STUDENTS,
    json: JsonOption = False,
) -> None:
    """Write the class report: grades, items, mistakes, who is near whom, what needs your hand.

    As a page, as JSON (everything), or as CSV (one table at a time).
    """
    from autograder.gradebook import course as courses
    from autograder.reports import class_data
    from autograder.reports.gather import class_facts, gather, write_report

    opened = courses.open(course)
    asked = courses.resolve(assignment, opened)
    gathered = gather(opened, asked)
    _need_results(gathered, assignment)
    endings = {f".{f}": f for f in ReportFormat}
    chosen = format or endings.get(to.suffix if to else "", ReportFormat.HTML)
    facts = class_facts(opened, asked, gathered)
    if chosen is ReportFormat.HTML:
        path = write_report(opened, asked, gathered, to, facts)
        if json:
            write_json({"report": str(path), "submissions": len(gathered.results)})
        say(f"report on {len(gathered.results)} submissions in {path}", err=json)
    else:
        data = class_data.report_data(gathered.results, asked, facts, opened.site_url)
        is_csv = chosen is ReportFormat.CSV
        _write(class_data.to_csv(data, table) if is_csv else _document(data), to)
    raise typer.Exit(_tell_ungraded(gathered, err=json or chosen is not ReportFormat.HTML))


def similar(
    assignment: AssignmentArgument,
    course: CourseOption = Path(),
    json: JsonOption = False,
) -> None:
    """Say whose answers are near another's, or near the solution or the book.

    Evidence for a talk, and no proof; no mark depends on it. The class report lays
    the texts side by side.
    """
    from autograder.gradebook import course as courses
    from autograder.reports.class_data import similarity_data
    from autograder.reports.gather import gather
    from autograder.similarity.texts import of_course

    opened = courses.open(course)
    asked = courses.resolve(assignment, opened)
    gathered = gather(opened, asked)
    _need_results(gathered, assignment)
    found = of_course(opened, asked, [result.student for result in gathered.results])
    if json:
        write_json(similarity_data(found))
    for pair in (*found.pairs, *found.references):
        names = " and ".join([*pair.students, *([pair.reference] if pair.reference else [])])
        cells = ", ".join(f"{c.cell} {c.share:.0%}" for c in pair.cells)
        say(f"{names}: {pair.bits:.0f} bits in common ({cells})", err=json)
    near = len(found.pairs) + len(found.references)
    say(f"{found.compared} submissions compared, {near} findings", err=json)
    raise typer.Exit(Exit.PROBLEMS if near else Exit.FINE)


def _document(data: object) -> str:
    import json as dumping

    return dumping.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _write(text: str, to: Path | None) -> None:
    from autograder.gradebook import files

    if to is None:
        # bytes, so that the line ends of CSV stay as they are
        typer.get_binary_stream("stdout").write(text.encode("utf-8"))
        return
    to.parent.mkdir(parents=True, exist_ok=True)
    files.write_text(to, text)


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
    return _tell_left(filled.left)


def _pack(
    course: "Course",
    assignment: "Assignment",
    gathered: "Gathered",
    lms_csv: Path,
    id_column: str | None,
    to: Path,
) -> None:
    """Feedback pages in a zip for the platform."""
    from autograder.lms import feedback_zip, lists, people

    found = lists.read(lms_csv)
    lists.need_numbers(found)
    linked = people.link(course, found, id_column)
    done = feedback_zip.write(to, course, assignment, found, linked, gathered.results)
    say(f"{done.written} files for {found.system.title()} in {to}", err=True)
    _tell_left(done.left)


def _tell_left(left: "Mapping[str, str]") -> Exit:
    for who, why in left.items():
        say(f"  left out: {who}: {why}", err=True)
    return Exit.PROBLEMS if left else Exit.FINE


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
