"""demo: the whole path with a generated class, and a look at whether it came out as it must."""

import json
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.cli.console import Exit, Stop, examples, progress, say
from autograder.cli.course import hand_in_sample

if TYPE_CHECKING:
    from autograder.reports.results import Result
    from autograder.sample import Submission

COURSE_ID = "demo"
ASSIGNMENT = "bptt"


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command(
        epilog=examples("autograder demo", "autograder demo -c build/demo --force", codes=False)
        + "\n\n[bold]Exit codes[/bold]  0: every submission got the marks that it must get, and "
        "every cheat is named.  1: one did not.  2, 3: as for the other commands."
    )(demo)


def demo(
    course: Annotated[
        Path,
        typer.Option("--course", "-c", help="The course folder to make.", file_okay=False),
    ] = Path("demo-course"),
    workers: Annotated[
        int,
        typer.Option("--workers", "-w", min=0, help="Submissions at a time; 0: one for each core."),
    ] = 0,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the folder of an earlier demo.")
    ] = False,
) -> None:
    """Take a generated class, cheats among it, from release to grades, and show what came out."""
    from autograder.assignments import load
    from autograder.gradebook import course as courses
    from autograder.gradebook.counting import grade
    from autograder.reports import export, summary
    from autograder.reports.gather import gather, write_feedback, write_report

    start = time.monotonic()
    asked = load(ASSIGNMENT)
    _clear(course, force)
    made = courses.create(course, COURSE_ID, [ASSIGNMENT])
    say(f"course {COURSE_ID} in {made.root}")
    sample = hand_in_sample(made, ASSIGNMENT)
    with progress("grading") as advance:
        grade(made, asked, workers=workers, progress=advance)
    gathered = gather(made, asked)
    labels = {submission.student: submission.label for submission in sample}
    results = tuple(replace(r, name=labels.get(r.student, "")) for r in gathered.results)
    with progress("writing feedback") as advance:
        write_feedback(made, asked, results, advance)
    report = write_report(made, asked, replace(gathered, results=results))
    grades = made.root / "grades.csv"
    # bytes, so that the line ends of CSV stay as they are
    grades.write_bytes(export.to_csv(export.grades(made)).encode("utf-8"))
    say()
    summary.show(results, sys.stdout)
    wrong = surprises(results, sample)
    _say_cheats(results)
    say(f"{len(results)} submissions in {time.monotonic() - start:.0f} s")
    say(f"  feedback   {made.root / 'feedback'}/<student>/{asked.name}/{asked.notebook}.html")
    say(f"  report     {report}")
    say(f"  grades     {grades}")
    for text in wrong:
        say(f"NOT AS IT MUST BE: {text}", err=True)
    raise typer.Exit(Exit.PROBLEMS if wrong else Exit.FINE)


def _clear(folder: Path, force: bool) -> None:
    """Take an earlier demo away; anything else stays, and stops the command."""
    if not folder.exists() or not any(folder.iterdir()):
        return
    try:
        earlier = json.loads((folder / "course.json").read_text("utf-8")).get("course_id")
    except (OSError, ValueError, AttributeError):
        earlier = None
    if earlier != COURSE_ID:
        raise Stop(f"{folder} is not empty and no demo's folder", "Choose another with --course.")
    if not force:
        raise Stop(f"{folder} holds an earlier demo", "Replace it with --force.")
    shutil.rmtree(folder)


def surprises(results: Sequence["Result"], sample: Sequence["Submission"]) -> list[str]:
    """What came out otherwise than the generated class must come out, a line each."""
    by_student = {result.student: result for result in results}
    found = []
    for submission in sample:
        who = f"{submission.student} ({submission.label})"
        result = by_student.get(submission.student)
        if result is None:
            found.append(f"{who} has no result")
            continue
        got = {item.cell: item.points for item in result.items}
        for cell, points in submission.points.items():
            if got.get(cell) != points:
                found.append(f"{who} got {got.get(cell)} at {cell}, not {points:g}")
        incidents = result.verdict.incidents
        kinds = {incident.kind for incident in incidents}
        found += [
            f"{who} is not named for {kind}" for kind in submission.named if kind not in kinds
        ]
        if any(incident.cheat for incident in incidents) != submission.cheat:
            found.append(f"{who} is {'not ' if submission.cheat else ''}taken for a cheat")
    return found


def _say_cheats(results: Sequence["Result"]) -> None:
    from autograder.reports.render import clean
    from autograder.reports.results import number

    say("Attempts to gain points:")
    for result in results:
        for attempt in result.notes(cheat=True)[:1]:
            who = f"{result.student} ({result.name})"
            say(f"  {who}: {number(result.points)} points. {clean(attempt, 200)}")
    say()
