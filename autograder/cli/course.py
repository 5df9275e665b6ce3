"""init, release, collect: making a course folder and moving notebooks into it."""

import tempfile
from dataclasses import asdict
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
    busy,
    examples,
    progress,
    say,
    write_json,
)

if TYPE_CHECKING:
    from autograder.gradebook.course import Course
    from autograder.sample import Submission


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command(
        epilog=examples(
            "autograder init my-course",
            "autograder init my-course --students roster.csv",
            "autograder init my-course --students worksheet.csv --id-column 'ID number'",
            "autograder init try-out --sample   # with a generated class",
        )
    )(init)
    app.command(
        name="roster",
        epilog=examples(
            "autograder roster list.csv",
            "autograder roster worksheet.csv --id-column 'ID number'",
            "autograder roster gradebook.csv --id-column 'SIS Login ID'",
        ),
    )(enter_roster)
    app.command(
        epilog=examples("autograder release bptt", "autograder release bptt -c my-course --force")
    )(release)
    app.command(
        epilog=examples(
            "autograder collect bptt --from hand-ins/",
            "autograder collect bptt --from hand-ins/ --json",
            "autograder collect bptt --from moodle.zip --lms-csv worksheet.csv",
            "autograder collect bptt --from canvas.zip --lms-csv gradebook.csv",
            "autograder collect bptt --from /srv/nbgrader/exchange/rnn/inbound",
        )
    )(collect)


def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make.", show_default=False)],
    students: Annotated[
        Path | None,
        typer.Option(
            help="A class list: a CSV with columns id, first_name, last_name, email; or "
            "Moodle's or Canvas's own list, with --id-column.",
            dir_okay=False,
            exists=True,
        ),
    ] = None,
    id_column: IdColumnOption = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Add a generated class and its submissions.")
    ] = False,
    course_id: Annotated[
        str | None, typer.Option(help="The course's id; the folder's name where left out.")
    ] = None,
    db: Annotated[
        str | None,
        typer.Option(
            help="The gradebook's SQLAlchemy address; SQLite in the folder where left out. "
            "$NAME in it is taken from the environment.",
            show_default=False,
        ),
    ] = None,
    site_url: Annotated[
        str | None,
        typer.Option(
            help="Address of the published book; hints on feedback pages link into it.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make a course folder with nbgrader's configuration and an empty gradebook."""
    from autograder.assignments import names
    from autograder.cli import roster
    from autograder.gradebook import course as courses

    people = roster.read(students, id_column) if students else []
    course = courses.create(
        folder, course_id or folder.absolute().name, names(), db_url=db, site_url=site_url
    )
    roster.enter(course, people)
    say(f"course {course.course_id} in {course.root}, with {len(people)} students")
    if sample:
        for name in course.assignments:
            hand_in_sample(course, name)
    say(f"next: autograder {'grade' if sample else 'release'} {course.assignments[0]} -c {folder}")


def enter_roster(
    file: Annotated[Path, typer.Argument(help="The class list.", dir_okay=False, exists=True)],
    course: CourseOption = Path(),
    id_column: IdColumnOption = None,
) -> None:
    """Enter a class list: ids, names, addresses; who is there already gets what is new.

    A CSV with columns id, first_name, last_name, email; or Moodle's grading worksheet
    or Canvas's gradebook export, with --id-column.
    """
    from autograder.cli import roster
    from autograder.gradebook import course as courses

    opened = courses.open(course)
    people = roster.read(file, id_column)
    roster.enter(opened, people)
    say(f"{len(people)} students in the gradebook of {opened.root}")


def hand_in_sample(course: "Course", assignment: str) -> "tuple[Submission, ...]":
    """Release an assignment and let the generated class hand in."""
    with busy(f"releasing {assignment}"):
        from autograder.gradebook.collect import collect as take
        from autograder.gradebook.release import release as make
        from autograder.sample import write

        released = make(course, assignment)
    say(f"{assignment}: released, {released.cells} graded cells, {released.points:g} points")
    with busy("handing in"), tempfile.TemporaryDirectory(prefix="hand-ins-") as folder:
        made = write(Path(folder))
        taken = take(course, assignment, folder).taken
    say(f"{assignment}: a generated class of {len(taken)} has handed in")
    return made


def release(
    assignment: AssignmentArgument,
    course: CourseOption = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier release.")] = False,
    json: JsonOption = False,
) -> None:
    """Make the students' version of an assignment and enter it in the gradebook."""
    from autograder.gradebook import course as courses
    from autograder.gradebook.release import release as run

    with busy(f"releasing {assignment}"):
        made = run(courses.open(course), assignment, force=force)
    if json:
        write_json({k: str(v) if isinstance(v, Path) else v for k, v in asdict(made).items()})
    say(f"{made.assignment}: {made.cells} graded cells, {made.points:g} points", err=json)
    beside = f" and, in the same folder, {made.beside.name}" if made.beside else ""
    say(f"give students {made.notebook}{beside}", err=json)
    if made.replaced:
        say("It differs from the release before: students need the new one.", err=json)


def collect(
    assignment: AssignmentArgument,
    source: Annotated[
        list[Path],
        typer.Option(
            "--from",
            help="A folder, zip or notebook that students handed in; repeatable.",
            exists=True,
            show_default=False,
        ),
    ],
    course: CourseOption = Path(),
    lms_csv: LmsCsvOption = None,
    id_column: IdColumnOption = None,
    student_pattern: Annotated[
        str | None,
        typer.Option(
            help="A regular expression with a group (?P<student>…) for another platform's names."
        ),
    ] = None,
    any_owner: Annotated[
        bool,
        typer.Option("--any-owner", help="From an exchange, also what another account owns."),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Take submissions in: one notebook a student, links and unsafe paths refused.

    Understood are STUDENT/ASSIGNMENT/NOTEBOOK.ipynb, STUDENT/NOTEBOOK.ipynb,
    STUDENT.ipynb, STUDENT_ASSIGNMENT.ipynb and STUDENT.zip, the inbound folder of
    nbgrader's exchange, and with --lms-csv the zips of Moodle and Canvas.
    Every hand-in is kept in attempts/.
    """
    from autograder.gradebook import course as courses
    from autograder.gradebook.collect import collect as run
    from autograder.lms import lists

    opened = courses.open(course)
    with progress("collecting") as advance:
        done = run(
            opened,
            assignment,
            source,
            student_pattern=student_pattern,
            names=lists.names(opened, lms_csv, id_column) if lms_csv else None,
            any_owner=any_owner,
            progress=advance,
        )
    if json:
        taken = [
            {**asdict(t), "path": str(t.path), "earlier": _path(t.earlier)} for t in done.taken
        ]
        refused = [asdict(r) for r in done.refused]
        write_json({"taken": taken, "refused": refused, "ignored": done.ignored})
    new = sum(not t.unchanged for t in done.taken)
    replaced = sum(t.earlier is not None for t in done.taken)
    say(
        f"{len(done.taken)} submissions: {new} new ({replaced} replace an earlier one), "
        f"{len(done.taken) - new} unchanged",
        err=json,
    )
    for one in done.taken:
        if one.status.lower().startswith("draft"):
            say(f"  {one.student}: the platform says {one.status!r}", err=json)
    if unknown := sum(t.late == "LATE" for t in done.taken):
        say(
            f"  {unknown} were late and the platform does not say by how much: the least is "
            "assumed until `autograder handed-in` says more",
            err=json,
        )
    for refused_one in done.refused:
        say(f"  refused: {refused_one.what}: {refused_one.why}", err=json)
    if done.ignored:
        say(f"  {len(done.ignored)} files that are no notebooks were left alone", err=json)
    raise typer.Exit(Exit.PROBLEMS if done.refused else Exit.FINE)


def _path(path: Path | None) -> str | None:
    return None if path is None else str(path)
