"""report, similar: what an instructor learns about a class."""

import json as dumping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.console import (
    AssignmentArgument,
    CourseOption,
    Exit,
    JsonOption,
    examples,
    say,
    write_json,
)
from autograder.cli.results import need_results, tell_ungraded, write


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
            "autograder report bptt",
            "autograder report bptt --format json | jq '.items[].facility'",
            "autograder report bptt --to students.csv",
            "autograder report bptt --table items --to items.csv",
        )
    )(report)
    app.command(
        epilog=examples("autograder similar bptt", "autograder similar bptt --json | jq .clusters")
    )(similar)


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
    need_results(gathered, assignment)
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
        write(class_data.to_csv(data, table) if is_csv else _document(data), to)
    raise typer.Exit(tell_ungraded(gathered, err=json or chosen is not ReportFormat.HTML))


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
    need_results(gathered, assignment)
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
    return dumping.dumps(data, indent=1, ensure_ascii=False) + "\n"
