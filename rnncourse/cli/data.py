"""List the data sets."""

from typing import Any

from rnncourse.cli.console import say, table


def listing() -> list[dict[str, Any]]:
    """Every data set: what it is, where it comes from, its licence, what it needs."""
    from rnncourse.data import catalogue

    return [
        {
            "name": entry.name,
            "summary": entry.summary,
            "origin": entry.origin,
            "licence": entry.licence,
            "needs": entry.needs,
            "same_everywhere": entry.same_everywhere,
        }
        for entry in catalogue()
    ]


def show() -> None:
    """Print the list and how to load one."""
    rows = [(entry["name"], entry["summary"], _background(entry)) for entry in listing()]
    table(("name", "what it is", "where it comes from; licence"), rows)
    say('Load one with rnncourse.data.load("zen"). Nothing is downloaded.')
    say('For those that need a package: pip install "rnncourse[data]".')


def _background(entry: dict[str, Any]) -> str:
    needs = f"; needs {entry['needs']}" if entry["needs"] else ""
    return f"{entry['origin']}; {entry['licence']}{needs}"
