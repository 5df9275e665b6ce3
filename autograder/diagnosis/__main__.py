"""`python -m autograder.diagnosis [ASSIGNMENT …]`: how well wrong answers are named, as a table.

Every known mistake of the catalogues is tried alone, in other words and in other right answers, and
two at a time. Nothing is run but the course's own code, so no sandbox is needed.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from autograder.assignments import load, names
from autograder.diagnosis.attempts import KINDS
from autograder.diagnosis.measure import NO_LOSS, NONE, OWN, WRONG, Finding, Measured, measure

STORED = Path(__file__).parents[2] / "book" / "diagnosis.json"  # what the appendix shows
RESULTS = (OWN, NONE, WRONG, NO_LOSS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, show, and store where that is asked for; 1 where a wrong name was given."""
    parser = argparse.ArgumentParser(prog="python -m autograder.diagnosis", description=__doc__)
    parser.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="all where left out")
    parser.add_argument("--most", type=int, default=150, help="of each sample, for an item")
    parser.add_argument("--networks", type=int, help="of a personal item; all where left out")
    parser.add_argument("--cases", type=int, help="hidden cases of a function; all where left out")
    parser.add_argument("--seed", type=int, default=0, help="of cases and pairs")
    parser.add_argument("--store", action="store_true", help=f"keep the numbers in {STORED.name}")
    options = parser.parse_args(arguments)
    console = Console()
    stored = json.loads(STORED.read_text("utf-8")) if STORED.is_file() else {}
    wrong = 0
    for name in options.assignments or names():
        with Progress(console=console, transient=True) as progress:
            advance = _advance(progress, progress.add_task(name, total=None))
            found = measure(
                load(name),
                most=options.most,
                networks=options.networks,
                cases=options.cases,
                seed=options.seed,
                progress=advance,
            )
        console.print(_table(found))
        for finding in found.findings:
            if finding.result == WRONG:
                wrong += 1
                console.print(f"{finding.cell} {finding.made}: named {finding.recognised}")
        limits = {k: getattr(options, k) or "all" for k in ("most", "networks", "cases")}
        stored[name] = plain(found) | limits
        if options.store:
            STORED.write_text(json.dumps(stored, indent=1, sort_keys=True) + "\n", "utf-8")
    return 1 if wrong else 0


def _advance(progress: Progress, task: TaskID) -> Callable[[Finding], None]:
    return lambda _: progress.advance(task)


def plain(found: Measured) -> dict[str, Any]:
    """The counts as plain data: by item and kind, and what was not named by its own name."""
    items: dict[str, dict[str, dict[str, int]]] = {}
    for finding in found.findings:
        counts = items.setdefault(finding.cell, {}).setdefault(finding.kind, {})
        counts[finding.result] = counts.get(finding.result, 0) + 1
    return {
        "items": items,
        "not named": [
            {"cell": f.cell, "kind": f.kind, "made": list(f.made), "named": list(f.recognised)}
            for f in found.findings
            if f.result in (NONE, WRONG)
        ],
    }


def _table(found: Measured) -> Table:
    table = Table(title=found.assignment, title_justify="left")
    for heading in ("item", "mistakes", *RESULTS):
        table.add_column(heading, justify="left" if heading in ("item", "mistakes") else "right")
    items: Mapping[str, Mapping[str, Mapping[str, int]]] = plain(found)["items"]
    for cell, kinds in items.items():
        for kind in (k for k in KINDS if k in kinds):
            table.add_row(cell, kind, *(str(kinds[kind].get(r, 0)) for r in RESULTS))
    return table


if __name__ == "__main__":
    raise SystemExit(main())
