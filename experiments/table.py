"""The table that `python -m experiments` prints."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from experiments.experiment import Row, rows

HEAD = ("fact", "published", "chance", "ours", "range", "agree")


def table(name: str, result: dict[str, Any]) -> Table:
    """A line for each fact."""
    seeds, seconds = len(result["seeds"]), sum(result["seconds"])
    title = f"{name}: {result['claim']} ({seeds} seeds, {seconds:.0f} s)"
    drawn = Table(title=title, title_justify="left", show_lines=True)
    for head in HEAD:
        drawn.add_column(head, justify="left" if head == "fact" else "right")
    for row in rows(result):
        drawn.add_row(*cells(row))
    return drawn


def cells(row: Row) -> list[str]:
    """What stands in one line."""
    fact, least, most = row.fact, min(row.values), max(row.values)
    return [
        fact.says,
        f"{fact.published}\n{fact.source}",
        "–" if fact.chance is None else shown(fact.chance),
        shown(row.median),
        f"{shown(least)} to {shown(most)}",
        f"{row.agree} of {len(row.values)}",
    ]


def shown(value: float) -> str:
    """Three digits."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
