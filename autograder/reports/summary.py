"""The class on a terminal: each student's points, and why items lost theirs."""

import shutil
from collections.abc import Sequence
from typing import IO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.reports.render import clean
from autograder.reports.results import ItemResult, Result, number
from autograder.verdict import Outcome

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
        Text(clean(result.name), style="italic"),
        Text(f"{number(result.points)} of {number(result.max_points)}", style="bold"),
        Text("; ".join(notes), style="dim"),
    )
    if result.verdict.problem:
        out.add_row("", "", "", Text(clean(result.verdict.problem, 400), style="red"))
    else:
        _add_items(out, result)
    for text in result.notes(cheat=True):
        out.add_row("", "cheat", "", Text(clean(text, 400), style="bold red"))
    for text in result.notes(cheat=False):
        out.add_row("", "note", "", Text(clean(text, 400), style="yellow"))
    out.add_section()


def _add_items(out: Table, result: Result) -> None:
    graded = [i for i in result.items if not i.pending]
    right = [i for i in graded if i.points >= i.max_points]
    missing = [i for i in graded if i.outcome is Outcome.MISSING]
    _add_alike(out, right, "right", "green", all_of_them=len(right) == len(graded))
    all_missing = len(missing) == len(graded)
    names = "" if all_missing else ": " + ", ".join(clean(i.verdict.title) for i in missing)
    _add_alike(out, missing, f"no answer{names}", "red", all_of_them=all_missing)
    for item in graded:
        if item in right or item in missing:
            continue
        out.add_row(
            "",
            clean(item.verdict.title),
            f"{number(item.points)}/{number(item.max_points)}",
            Text(clean(diagnosis(item), 300), style=_STYLE.get(item.outcome, "red")),
        )


def _add_alike(
    out: Table, items: Sequence[ItemResult], word: str, style: str, *, all_of_them: bool
) -> None:
    if not items:
        return
    which = "all items" if all_of_them else f"{len(items)} item{'s' * (len(items) > 1)}"
    points = f"{number(sum(i.points for i in items))}/{number(sum(i.max_points for i in items))}"
    out.add_row("", which, points, Text(word, style=style))


def show(results: Sequence[Result], file: IO[str], width: int | None = None) -> None:
    """Print the table; at least 100 columns wide where the output is no terminal."""
    if width is None and not file.isatty():
        width = max(100, shutil.get_terminal_size().columns)
    # names and diagnoses are a student's or an assignment's text, never markup
    console = Console(file=file, width=width, markup=False, emoji=False, highlight=False)
    console.print(table(results))
