"""`python -m benchmarks [--seconds S] [--json FILE]`: one table for each question."""

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.measure import THREADS, machine

NEARER = "On Intel's processors with AVX-512 the tables held to AVX2 are the nearer ones."


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="for each line of a table")
    parser.add_argument("--json", type=Path, help="write the numbers to this file as well")
    options = parser.parse_args()
    for name in THREADS:  # read when NumPy and PyTorch load, so before the imports below
        os.environ.setdefault(name, "1")
    from benchmarks import apart, cells, conv, crf, imports, scans

    console = Console()
    console.print(machine(), highlight=False)
    console.print(NEARER, highlight=False)
    found: dict[str, list[dict[str, Any]]] = {}
    with Progress(console=console, transient=True) as progress:
        lines = [("import", line) for line in imports.lines()]
        lines += [("linear recurrence, scans against the loop", line) for line in scans.lines()]
        lines += [("CRF, a batch against sentence by sentence", line) for line in crf.lines()]
        lines += [*cells.lines(), *conv.lines()]
        task = progress.add_task("measuring", total=len(lines))
        for title, line in lines:
            found.setdefault(title, []).append(line(options.seconds))
            progress.advance(task)
    apart.finish()
    for title, rows in found.items():
        for table in tables(title, rows, console.width):
            console.print(table)
    if options.json:
        report = {"machine": machine().splitlines(), **found}
        options.json.write_text(json.dumps(report, indent=1) + "\n")


def tables(title: str, rows: list[dict[str, Any]], width: int) -> Iterator[Table]:
    """A line for each quantity and a column for each case, as many side by side as fit."""
    names = list(rows[0])
    first = max(map(len, names)) + 4
    cases = [[shown(value) for value in row.values()] for row in rows]
    wide = max(len(text) for case in cases for text in case) + 3
    count = max(1, (width - first) // wide)
    for start in range(0, len(cases), count):
        part = cases[start : start + count]
        table = Table(title=title if start == 0 else None, title_justify="left", show_header=False)
        table.add_column(no_wrap=True)
        for _ in part:
            table.add_column(justify="right", no_wrap=True)
        for number, name in enumerate(names):
            table.add_row(name, *(case[number] for case in part))
        yield table


def shown(value: Any) -> str:
    """Three digits of a measured number; anything else as it is."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
