"""List the data sets."""

from typing import Any

from rnncourse.cli.console import say, table


def listing() -> list[dict[str, Any]]:
    """Every data set: name, what it is, where it comes from, whether it is the same everywhere."""
    from rnncourse.data import catalogue

    return [
        {
            "name": entry.name,
            "summary": entry.summary,
            "origin": entry.origin,
            "same_everywhere": entry.same_everywhere,
        }
        for entry in catalogue()
    ]


def show() -> None:
    """Print the list and how to load one."""
    rows = [(entry["name"], entry["summary"], entry["origin"]) for entry in listing()]
    table(("name", "what it is", "where it comes from"), rows)
    say('Load one with rnncourse.data.load("zen"). No file has to be put anywhere.')
