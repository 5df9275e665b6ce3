"""Sentences and tables that hold computed numbers: the same in Jupyter and on the built site.

HTML and not Markdown: a page's builder sets displayed Markdown without its tables and mathematics.
"""

from collections.abc import Iterable
from typing import Any


def say(text: str) -> None:
    """Show a sentence; it may hold HTML such as `<b>` or `<sup>`."""
    _display(f"<p>{text}</p>")


def table(head: Iterable[Any], *rows: Iterable[Any]) -> None:
    """Show rows under a head; cells may hold HTML.

    Raises:
        ValueError: a row has not as many cells as the head.
    """
    head = list(head)
    lines = [list(row) for row in rows]
    for number, row in enumerate(lines, start=1):
        if len(row) != len(head):
            raise ValueError(f"rows must have {len(head)} cells, got {len(row)} in row {number}")
    body = "".join(_line("td", row) for row in lines)
    _display(
        f'<table class="table"><thead>{_line("th", head)}</thead><tbody>{body}</tbody></table>'
    )


def _line(tag: str, cells: list[Any]) -> str:
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"


def _display(page: str) -> None:
    from IPython.display import HTML, display

    display(HTML(page))  # type: ignore[no-untyped-call]
