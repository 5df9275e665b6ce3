"""A learning platform's CSV as it came, so that it can go back with only the marks changed.

Separator, byte-order mark, line ends and encoding are kept.
"""

import codecs
import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.reports.export import guarded

MAX_SIZE = 64 << 20  # bytes
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class Table:
    """A header and rows of as many cells."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    separator: str = ","
    newline: str = "\r\n"
    encoding: str = "utf-8"
    mark: bytes = b""  # byte-order mark
    name: str = "the table"  # for messages

    def column(self, *names: str) -> int | None:
        """Where the first of these columns that is there stands; letter case does not count.

        Raises:
            ValueError: where it is there twice.
        """
        present = [title.strip().casefold() for title in self.header]
        for name in names:
            count = present.count(name.casefold())
            if count > 1:
                raise ValueError(f"{self.name} has the column {name!r} {count} times")
            if count:
                return present.index(name.casefold())
        return None

    def needed(self, *names: str) -> int:
        """Where the first of these columns stands.

        Raises:
            ValueError: where none is there, or one twice.
        """
        at = self.column(*names)
        if at is None:
            raise ValueError(
                f"{self.name} has no column {names[0]!r}; it has {', '.join(self.header)}"
            )
        return at

    def with_rows(self, rows: Iterable[Sequence[str]]) -> "Table":
        """The same table with other rows."""
        return replace(self, rows=tuple(tuple(row) for row in rows))

    def only(self, columns: Sequence[int]) -> "Table":
        """These columns alone, in this order."""
        return replace(
            self,
            header=tuple(self.header[i] for i in columns),
            rows=tuple(tuple(row[i] for i in columns) for row in self.rows),
        )

    def safe(self, read_back: Iterable[int]) -> "Table":
        """No cell that a spreadsheet would run, but in the columns that the platform reads back.

        There an apostrophe would be taken for part of the value.
        """
        kept = set(read_back)
        return self.with_rows(
            [cell if i in kept or cell == "-" else guarded(cell) for i, cell in enumerate(row)]
            for row in self.rows
        )


def read(path: Path) -> Table:
    """A CSV file: with commas, semicolons or tabs; UTF-8 or, with a mark, UTF-16.

    Raises:
        ValueError: where it is none, in words that say what to do.
    """
    if path.stat().st_size > MAX_SIZE:
        raise ValueError(f"{path} is larger than {MAX_SIZE >> 20} MB; it is no class list")
    raw = path.read_bytes()
    mark, encoding = next(((m, e) for m, e in _MARKS if raw.startswith(m)), (b"", "utf-8"))
    try:
        text = raw[len(mark) :].decode(encoding)
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8 text; save it as CSV UTF-8") from None
    if "\0" in text:
        raise ValueError(f"{path} is no text; save it as CSV UTF-8")
    first = text.split("\n", 1)[0].rstrip("\r")
    told = first[4:5] if first.lower().startswith("sep=") else ""  # a spreadsheet's own hint
    if told:
        text = text.split("\n", 1)[1] if "\n" in text else ""
    separator = told or _separator(text)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise ValueError(f"{path} is no CSV that can be read: {error}") from error
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        raise ValueError(f"{path} is empty")
    width = len(rows[0])
    long = next((number for number, row in enumerate(rows, start=1) if len(row) > width), None)
    if long:
        raise ValueError(f"{path}: row {long} has more cells than the header has columns")
    newline = "\r\n" if "\r\n" in text else "\n"
    filled = tuple(tuple(row + [""] * (width - len(row))) for row in rows)
    return Table(filled[0], filled[1:], separator, newline, encoding, mark, path.name)


def _separator(text: str) -> str:
    """What the first row is parted by, outside of quotation marks."""
    counts = dict.fromkeys(",;\t", 0)
    quoted = False
    for character in text:
        if character == '"':
            quoted = not quoted
        elif not quoted and character == "\n":
            break
        elif not quoted and character in counts:
            counts[character] += 1
    return max(counts, key=lambda separator: counts[separator])


def dump(table: Table) -> bytes:
    """The table as it came, with the cells that it has now."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=table.separator, lineterminator=table.newline)
    writer.writerow(table.header)
    writer.writerows(table.rows)
    return table.mark + out.getvalue().encode(table.encoding)
