"""Reading a submitted notebook: bounded, without its outputs, in plain words where it fails.

The file is searched in place for the values of ``outputs``, which are left out before anything is
parsed. A notebook with 200 MB of outputs therefore costs a search, not memory.
"""

import json
import mmap
import os
import re
from dataclasses import dataclass
from typing import Any

from autograder.gradebook.words import count, shown

MAX_FILE = 512 << 20  # bytes; a notebook of this size is a mistake
MAX_WHOLE = 4 << 20  # bytes of a file that travels as it is
MAX_TEXT = 32 << 20  # bytes left when outputs are taken out
MAX_CELLS = 2000
MAX_SOURCE = 1_000_000  # characters of one cell; more is pasted data
MAX_MARKS = 20_000_000  # strings and brackets; about ten seconds of searching
MAX_KEPT = 2_000_000  # of them outside outputs: what is parsed takes a hundred bytes for each

# possessive, so that a long string needs no way back; a quote that nothing closes is a match of its
# own
_MARK = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["\[\]{}]', re.DOTALL)
_COLON = re.compile(rb"[ \t\r\n]*:[ \t\r\n]*")
_CELL_DEPTH = 3  # {"cells": [{"outputs": ...


class UnreadableSubmission(ValueError):
    """The file cannot be graded; the message is in plain words, for the student's page."""


@dataclass(frozen=True)
class SubmittedCell:
    """What is taken from one cell of a submission."""

    kind: str  # "code", "markdown" or "raw"
    source: str
    id: str  # of the cell in the file, or empty
    grade_id: str  # as the submission claims, or empty
    flags: dict[str, Any]  # nbgrader's metadata as the submission claims
    tags: tuple[str, ...]
    attachments: dict[str, Any]


@dataclass(frozen=True)
class SubmittedNotebook:
    """What is taken from a submission: never an output."""

    cells: tuple[SubmittedCell, ...]
    kernel: str  # name that the submission claims
    oddities: tuple[str, ...]  # what was left out or unusual, in plain words


def read(descriptor: int) -> SubmittedNotebook:
    """The cells of a submitted notebook.

    Args:
        descriptor: an open plain file.

    Raises:
        UnreadableSubmission: where it is empty, too large, no UTF-8, no JSON, no notebook, or of a
            format that cannot be read.
    """
    return parse(content(descriptor))


def content(descriptor: int) -> bytes:
    """The file's bytes; those of a large one without its outputs, so that they can travel.

    Raises:
        UnreadableSubmission: where it is too large.
    """
    size = os.fstat(descriptor).st_size
    if size > MAX_FILE:
        raise UnreadableSubmission(
            f"The file has {size / 2**20:.0f} MB, and the most that is read is "
            f"{MAX_FILE >> 20} MB. Clear the outputs, save, and hand in again."
        )
    if size == 0:
        return b""
    with mmap.mmap(descriptor, size, access=mmap.ACCESS_READ) as raw:
        return raw[:] if size <= MAX_WHOLE else _without_outputs(raw)


def parse(file: bytes) -> SubmittedNotebook:
    """The cells of a submitted notebook, from what ``content`` gave.

    Raises:
        UnreadableSubmission: as for ``read``.
    """
    if not file:
        raise UnreadableSubmission(
            "The file is empty (0 bytes). It may have been handed in before it was saved."
        )
    text = _decode(_without_outputs(file))
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as error:
        said = error.msg if isinstance(error, json.JSONDecodeError) else "its nesting or numbers"
        raise UnreadableSubmission(
            f"The file is not a notebook: it is no valid JSON ({said}). It may have been cut off "
            "or edited by hand."
        ) from None
    return _notebook(tree)


def _without_outputs(raw: mmap.mmap | bytes) -> bytes:
    """The file with ``[]`` for the value of every cell's ``outputs``."""
    kept: list[bytes] = []
    start = length = depth = inside = 0
    leave_at: int | None = None  # depth at which the outputs that are being left out end
    key_end = -1  # where the key "outputs" of a cell ended, if it was the last mark

    def keep(until: int) -> None:
        nonlocal length
        length += until - start
        if length > MAX_TEXT:
            raise UnreadableSubmission(
                f"The notebook's cells hold more than {MAX_TEXT >> 20} MB without their outputs. "
                "Take out what was pasted in, save, and hand in again."
            )
        kept.append(raw[start:until])

    for marks, match in enumerate(_MARK.finditer(raw)):
        inside += leave_at is not None
        if marks >= MAX_MARKS or marks - inside >= MAX_KEPT:
            raise UnreadableSubmission(
                "The notebook has too many parts to be read. Clear the outputs, save, and hand in "
                "again."
            )
        first = raw[match.start()]
        if first in b"[{":
            if (
                leave_at is None
                and key_end >= 0
                and _COLON.fullmatch(raw[key_end : match.start()][:64])
            ):
                keep(match.start())
                leave_at = depth
            depth += 1
        elif first in b"]}":
            depth -= 1
            if leave_at == depth:
                kept.append(b"[]")
                start, leave_at = match.end(), None
        elif match.end() - match.start() == 1:
            raise UnreadableSubmission(
                "The file is not a notebook: a text in it has no end. It may have been cut off."
            )
        key_end = -1
        named = match.end() - match.start() == 9 and match[0] == b'"outputs"'
        if leave_at is None and depth == _CELL_DEPTH and named:
            key_end = match.end()
    if leave_at is not None:
        raise UnreadableSubmission(
            "The file is not a notebook: it ends in the middle. It may have been cut off."
        )
    keep(len(raw))
    return b"".join(kept)


def _decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableSubmission("The file is saved as UTF-16; a notebook must be UTF-8.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableSubmission(
            f"The file is not UTF-8 text (byte {error.start + 1}); it may be damaged, or no "
            "notebook."
        ) from None


def _notebook(tree: Any) -> SubmittedNotebook:
    if not isinstance(tree, dict) or "nbformat" not in tree:
        raise UnreadableSubmission("The file is JSON, but not a notebook.")
    major = tree["nbformat"]
    if major != 4 or isinstance(major, bool):
        raise UnreadableSubmission(
            f"The notebook is in format {shown(major, 12)}, and only format 4 is read. Open it in "
            "JupyterLab, save it, and hand in again."
        )
    cells = tree.get("cells")
    if not isinstance(cells, list):
        raise UnreadableSubmission("The file is not a notebook: it has no list of cells.")
    if len(cells) > MAX_CELLS:
        raise UnreadableSubmission(
            f"The notebook has {len(cells)} cells, and the most that are read are {MAX_CELLS}."
        )
    odd: list[str] = []
    minor = tree.get("nbformat_minor")
    if isinstance(minor, int) and minor > 5:
        odd.append(f"The notebook is in the newer format 4.{shown(minor, 12)}; it was read as 4.5.")
    read_cells = [_cell(cell) for cell in cells]
    good = tuple(cell for cell in read_cells if cell is not None)
    if len(good) < len(cells):
        odd.append(f"{count(len(cells) - len(good), 'cell')} could not be read and was left out.")
    long = sum(len(cell.source) > MAX_SOURCE for cell in good)
    if long:
        odd.append(f"{count(long, 'cell')} of more than {MAX_SOURCE:,} characters was left out.")
        good = tuple(cell for cell in good if len(cell.source) <= MAX_SOURCE)
    kernel = _dict(_dict(tree.get("metadata")).get("kernelspec")).get("name")
    return SubmittedNotebook(good, _text(kernel), tuple(odd))


def _cell(value: Any) -> SubmittedCell | None:
    cell = _dict(value)
    source = cell.get("source")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return None
    metadata = _dict(cell.get("metadata"))
    flags = _dict(metadata.get("nbgrader"))
    tags = metadata.get("tags")
    return SubmittedCell(
        kind=cell["cell_type"],
        # a lone half of a character cannot be written to a file again
        source=source.encode("utf-8", "replace").decode("utf-8"),
        id=_text(cell.get("id")),
        grade_id=_text(flags.get("grade_id")),
        flags=flags,
        tags=tuple(t for t in tags if isinstance(t, str)) if isinstance(tags, list) else (),
        attachments=_dict(cell.get("attachments")),
    )


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
