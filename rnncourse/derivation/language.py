"""Read a derivation: text to trees. Nothing is compiled or run."""

import re

from rnncourse.derivation.exercise import DerivationExercise
from rnncourse.derivation.nodes import LanguageError, Line, Reading, Use
from rnncourse.derivation.reader import Reader
from rnncourse.derivation.spelling import Spelled, normalise

MAX_LINES = 60
MAX_TEXT = 6_000  # characters that are read, without comments; a full answer has some hundreds
MAX_LINE = 1000  # characters
MAX_LINKS = 12  # expressions in one chain
_STUBS = ("raise NotImplementedError()", "raise NotImplementedError")  # a cell not yet filled in


def read(text: str, exercise: DerivationExercise) -> Reading:
    """Read a whole derivation; never raises, whatever the text.

    Blank lines, comments after ``#`` and a ``%%derivation`` header say nothing. A line that begins
    with ``=`` continues the chain of the line before it.
    """
    entries: list[Line | LanguageError] = []
    length = 0
    rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for row, whole in enumerate(rows):
        written = whole.split("#", 1)[0].rstrip()
        if not written.strip() or written.lstrip().startswith("%%") or written.strip() in _STUBS:
            continue
        length += len(written)
        if len(entries) >= MAX_LINES or length > MAX_TEXT:
            entries.append(LanguageError("the text is too long: this is not read", 0, 1, row))
            break
        try:
            _read_row(written, row, exercise, entries)
        except LanguageError as error:
            error.row = row
            if written.lstrip()[:1] in "=＝" and entries:
                if isinstance(entries[-1], LanguageError):
                    continue  # the first thing wrong with a chain is what matters
                entries.pop()  # the chain is refused as one
            entries.append(error)
    return Reading(tuple(entries))


def parse_line(text: str, exercise: DerivationExercise, row: int = 0) -> Line:
    """Read one line, ``target = expression = …``.

    Raises:
        LanguageError: where the line is not in the language.
    """
    entries: list[Line | LanguageError] = []
    _read_row(text, row, exercise, entries)
    line = entries[0]
    assert isinstance(line, Line)
    return line


def _read_row(
    text: str, row: int, exercise: DerivationExercise, entries: list[Line | LanguageError]
) -> None:
    """Add one line, or make the last one longer."""
    if len(text) > MAX_LINE:
        raise LanguageError(f"a line has at most {MAX_LINE} characters", MAX_LINE)
    try:
        spelled = normalise(text)
        bounds = _split(spelled)
    except LanguageError as error:
        error.target = _written_for(text, row, exercise, error.column)
        raise
    continues = not spelled.text[: bounds[0][1]].strip()
    if len(bounds) < 2:
        message = "one step is one line: target = expression (= the same, rewritten …)"
        raise LanguageError(message, 0, len(text))
    if continues:
        line = _continued(entries, len(text))
    else:
        line = Line(row, "", Reader(spelled, row, exercise).target(*bounds[0]), ())
    reader = Reader(spelled, row, exercise)
    allowed = {line.target.index.base} if line.target.index else set()
    try:
        found = tuple(reader.expression(start, end, allowed) for start, end in bounds[1:])
        expressions = line.expressions + found
        if len(expressions) > MAX_LINKS:
            raise LanguageError(f"a chain has at most {MAX_LINKS} links", 0, len(text))
    except LanguageError as error:
        error.target = step_of(line.target, exercise)
        raise
    whole = Line(line.row, f"{line.text}\n{text}".lstrip("\n"), line.target, expressions)
    if continues:
        entries[-1] = whole
    else:
        entries.append(whole)


def _written_for(text: str, row: int, exercise: DerivationExercise, fault: int) -> str | None:
    """The step that a line with a fault right of its target is for; None where none can be read."""
    head = re.split("[=＝]", text, maxsplit=1)[0].rstrip(" :+-*/@<")
    if fault < len(head):
        return None
    try:
        spelled = normalise(head)
        return step_of(Reader(spelled, row, exercise).target(0, len(spelled.text)), exercise)
    except LanguageError:
        return None


def _split(spelled: Spelled) -> list[tuple[int, int]]:
    """The places between the = signs."""
    bounds: list[tuple[int, int]] = []
    start = depth = 0
    for place, character in enumerate(spelled.text):
        depth += (character in "([") - (character in ")]")
        if character == "=":
            column = spelled.column(place)
            if depth > 0:
                raise LanguageError("an = sign cannot stand inside brackets", column)
            bounds.append((start, place))
            start = place + 1
    return [*bounds, (start, len(spelled.text))]


def _continued(entries: list[Line | LanguageError], length: int) -> Line:
    """The line that a row beginning with = continues."""
    previous = entries[-1] if entries else None
    if isinstance(previous, LanguageError):
        error = LanguageError("this continues a line that could not be read", 0, length)
        error.target = previous.target
        raise error
    if previous is None:
        raise LanguageError("a line that begins with = continues a line before it", 0)
    return previous


def step_of(target: Use, exercise: DerivationExercise) -> str:
    """The step for which a line stands: ``dh[t-1] = …`` is a line for ``dh[t]``."""
    if target.index is not None and target.index.base == exercise.indices[0]:
        return f"{target.name}[{target.index.base}]"
    return str(target)
