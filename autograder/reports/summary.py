"""The class on a terminal: each student's points, and why items lost theirs."""

from collections.abc import Sequence
from typing import IO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.reports.render import clean
from autograder.reports.results import ItemResult, Result, number, told
from autograder.verdict import Incident, Outcome

_STYLE = {Outcome.RIGHT: "green", Outcome.PARTLY: "yellow", Outcome.MANUAL: "magenta"}


def diagnosis(item: ItemResult, most: int = 2) -> str:
    """Why an item lost points, in a line: its own diagnosis, or its first parts'."""
    said = item.verdict.diagnosis
    lost = [p for p in item.verdict.parts if p.points < p.max_points]
    causes: dict[str, list[str]] = {}
    for part in lost:
        causes.setdefault(part.mistake or part.diagnosis.rstrip("."), []).append(part.name)
    words = [f"{', '.join(names)}: {cause}" for cause, names in causes.items() if cause]
    more = f"; {len(words) - most} more" if len(words) > most else ""
    return said or "; ".join(words[:most]) + more or str(item.outcome)


def table(results: Sequence[Result]) -> Table:
    """Student, item, points, diagnosis; items with all their points share one row."""
    out = Table(show_lines=False, pad_edge=False, box=None, header_style="bold", padding=(0, 1))
    out.add_column("Student", no_wrap=True)
    out.add_column("Item", max_width=28)
    out.add_column("Points", justify="right", no_wrap=True)
    out.add_column("Diagnosis", ratio=1)
    for result in sorted(results, key=lambda r: r.student):
        _add(out, result)
    return out


def _add(out: Table, result: Result) -> None:
    by_hand = sum(i.max_points for i in result.pending)
    notes = [f"{number(by_hand)} more to be graded by hand"] if by_hand else []
    if result.late_penalty:
        notes.append(f"{number(result.late_penalty)} off for being late")
    out.add_row(
        Text(clean(result.student), style="bold"),
        "",
        Text(f"{number(result.points)} of {number(result.max_points)}", style="bold"),
        Text("; ".join(notes), style="dim"),
    )
    if result.verdict.problem:
        out.add_row("", "", "", Text(clean(result.verdict.problem, 400), style="red"))
    else:
        _add_items(out, result)
    for incident in result.incidents:
        out.add_row("", *_incident(incident))
    out.add_section()


def _add_items(out: Table, result: Result) -> None:
    right = [i for i in result.items if not i.pending and i.points >= i.max_points]
    if right:
        names = ", ".join(i.verdict.title for i in right)
        some = "all" if len(right) == len(result.items) - len(result.pending) else str(len(right))
        out.add_row(
            "",
            f"{some} {'item' if some == '1' else 'items'}",
            number(sum(i.points for i in right)),
            Text(f"right: {names}" if some != "all" else "right", style="green"),
        )
    for item in result.items:
        if item.pending or item in right:
            continue
        out.add_row(
            "",
            clean(item.verdict.title),
            f"{number(item.points)}/{number(item.max_points)}",
            Text(clean(diagnosis(item), 300), style=_STYLE.get(item.outcome, "red")),
        )


def _incident(incident: Incident) -> tuple[str, str, Text]:
    style = "bold red" if incident.cheat else "yellow"
    word = "cheat" if incident.cheat else "note"
    return word, "", Text(clean(told(incident), 400), style=style)


def show(results: Sequence[Result], file: IO[str], width: int | None = None) -> None:
    """Print the table; at least 100 columns wide where the output is no terminal."""
    console = Console(file=file, width=width, highlight=False)
    if width is None and not console.is_terminal:
        console = Console(file=file, width=max(100, console.width), highlight=False)
    console.print(table(results))
