"""Whether a submitted cell is what was released, and what of it may be taken over."""

import ast
import base64
import binascii
from collections.abc import Mapping
from typing import Any

from autograder.gradebook import pictures
from autograder.gradebook.submission_file import SubmittedCell
from autograder.gradebook.template import TemplateCell

MAX_PICTURES = 10 << 20  # bytes of pasted pictures in one notebook
_PICTURES = ("image/png", "image/jpeg", "image/gif")


def same_text(ours: TemplateCell, cell: SubmittedCell) -> bool:
    """Whether kind and source are the same but for blanks at the ends of lines."""
    return cell.kind == ours.cell.cell_type and _same_lines(cell.source, ours.cell.source)


def is_blank(ours: TemplateCell, source: str) -> bool:
    """Whether an answer is empty, or as it was released."""
    return not source.strip() or _same_lines(source, ours.cell.source)


def same_check(ours: TemplateCell, cell: SubmittedCell) -> bool:
    """Whether a check is the same but for its layout: an editor may have formatted it."""
    if _lines(cell.source) == _lines(ours.cell.source):
        return True
    # a student's text is parsed here: nothing that is long enough to be deep
    if len(cell.source) > 2 * len(ours.cell.source) + 200:
        return False
    try:
        return ast.dump(ast.parse(cell.source)) == ast.dump(ast.parse(ours.cell.source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def pasted_pictures(
    attachments: Mapping[str, Any], used: int
) -> tuple[dict[str, dict[str, str]], int]:
    """The attachments that are pictures, within what one notebook may hold.

    Args:
        attachments: as the submission has them.
        used: bytes of pictures that were taken over before.

    Returns:
        The pictures by name and media type, and the bytes used with them.
    """
    good: dict[str, dict[str, str]] = {}
    for name, bundle in list(attachments.items())[:20]:
        for mime, data in bundle.items() if isinstance(bundle, dict) else ():
            if mime in _PICTURES and _is_name(name) and _is_picture(data, MAX_PICTURES - used):
                good.setdefault(name, {})[mime] = data
                used += len(data)
    return good, used


def _is_name(name: str) -> bool:
    # a lone half of a character cannot be written to a file again
    return len(name) <= 200 and name.isprintable()


def _is_picture(data: Any, limit: int) -> bool:
    if not isinstance(data, str) or len(data) > limit:
        return False
    try:
        return pictures.is_small(base64.b64decode(data.replace("\n", ""), validate=True))
    except (binascii.Error, ValueError):
        return False


def _same_lines(theirs: str, ours: str) -> bool:
    wanted = _lines(ours)
    # each cell is held against each of the course's: a million lines are not to be split each time
    return theirs.strip().count("\n") < max(1, len(wanted)) and _lines(theirs) == wanted


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]
