"""Point at a place in a line as the student wrote it."""

import unicodedata
from collections.abc import Sequence

AROUND = 18  # characters to each side of a place that stands for itself


def pointed(rows: Sequence[str], row: int | None, column: int | None, length: int) -> str:
    """The piece that is meant, marked within its line where it stands there more than once.

    Empty where there is no such place, or nothing visible at it.
    """
    if row is None or column is None or row >= len(rows):
        return ""
    line, end = rows[row], column + max(length, 1)
    piece = line[column:end].strip()
    if not piece or line.count(piece) == 1:
        return piece
    before, after = line[:column].lstrip(), line[end:].rstrip()
    if len(before) > AROUND:
        before = f"… {before[-AROUND:].lstrip()}"
    if len(after) > AROUND:
        after = f"{after[:AROUND].rstrip()} …"
    return f"{before}▸{line[column:end]}◂{after}"


def underlined(before: str, piece: str, after: str) -> str:
    """A line with carets under a piece of it, for text of one width."""
    pad = "".join("\t" if c == "\t" else " " * _width(c) for c in before)
    carets = "^" * max(1, sum(map(_width, piece)))
    return f"    {before}{piece}{after}\n    {pad}{carets}"


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
