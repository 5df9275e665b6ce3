"""grade and verify: running submissions, and proving that an assignment is graded as it says."""

import warnings
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autograder import collector
from autograder.cli.console import (
    AssignmentArgument,
    CourseOption,
    Exit,
    JsonOption,
    examples,
    progress,
    say,
    write_json,
)

if TYPE_CHECKING:
    from autograder.verdict import SubmissionVerdict

NO_SANDBOX = """\
*** NO SANDBOX: every submission runs as you. It can read, change and delete all that you can,
*** and use the network. Do this only with notebooks that you trust as you trust your own."""


class SandboxKind(StrEnum):
    """What submissions run in."""

    BUBBLEWRAP = "bubblewrap"
    NONE = "none"


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command(
        epilog=examples(
            "autograder grade bptt",
            "autograder grade bptt --student ada --student ben --force",
            "autograder grade bptt --student ada --seed 4711   # replays a dispute",
            "autograder grade bptt --scheduler tls://grader.example.org:8786",
            "autograder grade bptt --json > grades.json",
        )
    )(grade)
    app.command(epilog=examples("autograder verify", "autograder verify bptt --json"))(verify)


def grade(
    assignment: AssignmentArgument,
    course: CourseOption = Path(),
    student: Annotated[
        list[str] | None, typer.Option("--student", "-s", help="Only this student; repeatable.")
    ] = None,
    workers: Annotated[
        int,
        typer.Option("--workers", "-w", min=0, help="Submissions at a time; 0: one for each core."),
    ] = 0,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="The seed that a feedback page names: the same hidden cases."),
    ] = None,
    sandbox: Annotated[
        SandboxKind,
        typer.Option(help="[bold]none[/bold] runs the students' code as you, with all your files."),
    ] = SandboxKind.BUBBLEWRAP,
    scheduler: Annotated[
        str | None,
        typer.Option(
            help="Judge on the Dask cluster at this address, such as tls://grader:8786. Whoever "
            "reaches a scheduler can run code on its workers: use TLS, or a network of its own.",
            envvar="AUTOGRADER_SCHEDULER",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Grade again what is graded already.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Run the submissions in the sandbox, judge every item, and write the gradebook."""
    from autograder.grading import early

    if sandbox is SandboxKind.BUBBLEWRAP and scheduler is None:
        early.expect(course, assignment)  # before nbgrader, which takes as long to load

    with collector.loading():
        from autograder.gradebook import course as courses
        from autograder.gradebook.counting import grade as run

    opened = courses.open(course)
    if sandbox is SandboxKind.NONE:
        say(NO_SANDBOX, err=True)
        warnings.filterwarnings("ignore", "NO SANDBOX", RuntimeWarning)  # it is said already
    with progress("grading") as advance:
        verdicts = run(
            opened,
            assignment,
            student or None,
            workers=workers,
            seed=seed,
            force=force,
            sandbox=sandbox.value,
            scheduler=scheduler,
            progress=advance,
        )
    if json:
        write_json([as_data(verdict) for verdict in verdicts])
    troubled = tell(verdicts, assignment, err=json)
    raise typer.Exit(Exit.PROBLEMS if troubled else Exit.FINE)


def as_data(verdict: "SubmissionVerdict") -> dict[str, Any]:
    """A verdict as plain data, with its sums."""
    whole = asdict(verdict) | {"points": verdict.points, "max_points": verdict.max_points}
    for item in whole["verdicts"]:
        item["outcome"] = str(item["outcome"])
    return whole


def tell(verdicts: Sequence["SubmissionVerdict"], assignment: str, *, err: bool) -> int:
    """Say what a run came to; how many submissions need a person's look."""
    import statistics

    from autograder.reports.render import clean
    from autograder.reports.results import Result, number

    if not verdicts:
        say(f"Nothing was handed in for {assignment}: nothing to grade.", err=err)
        return 0
    results = [Result(verdict) for verdict in verdicts]
    before = sum("resumed" in verdict.extra for verdict in verdicts)
    median = statistics.median(r.points for r in results)
    by_hand = sum(len(r.pending) for r in results)
    say(
        f"{assignment}: {len(results)} graded"
        + (f" ({before} of them before, and unchanged since)" if before else "")
        + f", median {number(median)} of {number(max(r.max_points for r in results))} points"
        + (f", {by_hand} answers to grade by hand" if by_hand else ""),
        err=err,
    )
    troubled = [r for r in results if r.troubles]
    if troubled:
        say(f"{len(troubled)} of {len(results)} need your look:", err=err)
    for result in troubled:
        cheats = result.notes(cheat=True)
        head = f"  {clean(result.student)}{' (cheat)' if cheats else ''}: "
        rest = len(result.troubles) - 1
        more = f" (and {rest} more)" if rest else ""
        say(f"{head}{clean(result.troubles[0], 200)}{more}", err=err)
    return len(troubled)


def verify(
    assignment: Annotated[
        str | None, typer.Argument(help="The assignment; all of them where left out.")
    ] = None,
    course: CourseOption = Path(),
    json: JsonOption = False,
) -> None:
    """Prove that known mistakes lose marks and get their hints, and right variants get all.

    The blank release must get 0 and the solution everything.
    Exit code 1 where something is not so.
    """
    from autograder.assignments import load, names
    from autograder.assignments.verify import limits
    from autograder.assignments.verify import verify as prove
    from autograder.gradebook.course import OWN
    from autograder.sandbox import Sandbox

    reports = []
    own = course / OWN
    for asked in [load(name, own) for name in ([assignment] if assignment else names(own))]:
        with (
            progress(f"verifying {asked.name}") as advance,
            Sandbox(asked.forbidden, limits(asked)) as box,
        ):
            reports.append(prove(asked, box, advance))
    if json:
        write_json([asdict(report) | {"ok": report.ok} for report in reports])
    for report in reports:
        say(
            f"{report.assignment}: blank release, solution, {report.count('mistake')} mistakes, "
            f"{report.count('variant')} variants in {report.seconds:.0f} s: "
            + ("all graded as they should be" if report.ok else "NOT as it should be"),
            err=json,
        )
        for problem in report.problems:
            say(f"  {problem}", err=json)
    raise typer.Exit(Exit.FINE if all(r.ok for r in reports) else Exit.PROBLEMS)
