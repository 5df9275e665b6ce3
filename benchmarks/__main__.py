"""`python -m benchmarks [--seconds S] [--json FILE]`: one table for each question."""

import argparse
import json
import os
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.measure import THREADS, machine


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="for each line of a table")
    parser.add_argument("--json", type=Path, help="write the numbers to this file as well")
    options = parser.parse_args()
    for name in THREADS:  # read when NumPy and PyTorch load, so before the imports below
        os.environ.setdefault(name, "1")
    from benchmarks import cells, conv, imports, scans

    console = Console()
    console.print(machine(), highlight=False)
    found: dict[str, list[dict[str, Any]]] = {}
    with Progress(console=console, transient=True) as progress:
        lines = [("import", line) for line in imports.lines()]
        lines += [("linear recurrence, scans against the loop", line) for line in scans.lines()]
        lines += [*cells.lines(), *conv.lines()]
        task = progress.add_task("measuring", total=len(lines))
        for title, line in lines:
            found.setdefault(title, []).append(line(options.seconds))
            progress.advance(task)
    for title, rows in found.items():
        table = Table(title=title, title_justify="left")
        for name in rows[0]:
            table.add_column(name, justify="left" if isinstance(rows[0][name], str) else "right")
        for row in rows:
            table.add_row(*(f"{v:.3g}" if isinstance(v, float) else str(v) for v in row.values()))
        console.print(table)
    if options.json:
        report = {"machine": machine().splitlines(), **found}
        options.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
