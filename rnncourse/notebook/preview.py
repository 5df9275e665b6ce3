"""What can be said of a derivation while it is being typed: read, shapes, steps still to write.

Values are not looked at here; that is what ``check`` is for.
"""

from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from rnncourse.derivation.exercise import DerivationExercise
from rnncourse.derivation.exercises import exercise as exercise_by_name
from rnncourse.derivation.language import parse_line, read, step_of
from rnncourse.derivation.nodes import LanguageError, Line
from rnncourse.derivation.pointing import underlined
from rnncourse.derivation.statics import first_problem
from rnncourse.derivation.typeset import to_mathml


@dataclass(frozen=True)
class PreviewLine:
    """One line, or one chain, as it stands."""

    row: int
    state: str  # "fits", "wrong" (not in the language, or a shape), "unasked"
    mathml: str  # empty where the line could not be read
    message: str = ""
    before: str = ""  # the student's text around the place that is meant
    piece: str = ""
    after: str = ""


@dataclass(frozen=True)
class PreviewStep:
    """One step that is asked for."""

    target: str
    mathml: str
    state: str  # "fits", "wrong", "missing"
    description: str
    optional: bool


@dataclass(frozen=True)
class Preview:
    """A derivation as it stands."""

    title: str
    lines: tuple[PreviewLine, ...]
    steps: tuple[PreviewStep, ...]

    @classmethod
    def of(cls, exercise: str, text: str) -> "Preview":
        """The preview of a text; never raises for the text.

        Raises:
            ValueError: where there is no exercise of that name.
        """
        spec = exercise_by_name(exercise)
        rows = text.splitlines()
        states: dict[str, str] = {}
        lines = []
        for entry in read(text, spec).entries:
            if isinstance(entry, Line):
                line = _line(entry, rows, spec)
                target: str | None = step_of(entry.target, spec)
            else:
                line, target = _refused(entry, rows), entry.target
            lines.append(line)
            if target is not None and line.state != "unasked":
                states[target] = "wrong" if "wrong" in (line.state, states.get(target)) else "fits"
        steps = tuple(
            PreviewStep(
                s.target, _symbol(s.target, spec), states.get(s.target, "missing"),
                s.description, s.optional,
            )
            for s in spec.steps
        )  # fmt: skip
        return cls(spec.title, tuple(lines), steps)

    def plain(self) -> dict[str, Any]:
        """The same as plain data, for the widget."""
        return asdict(self)

    def _repr_html_(self) -> str:
        """For a notebook without the widget: the same words, and mathematics by the browser."""
        rows = "".join(map(_html, self.lines)) or "<p>Nothing is written yet.</p>"
        open_steps = [s for s in self.steps if s.state == "missing" and not s.optional]
        left = ", ".join(s.mathml for s in open_steps)
        rest = f"<p>Still to write: {left}</p>" if open_steps else ""
        return f'<div class="rnncourse-derivation">{rows}{rest}</div>'

    def __repr__(self) -> str:
        """For a terminal."""
        rows = [_text(line) for line in self.lines]
        missing = [s.target for s in self.steps if s.state == "missing" and not s.optional]
        return "\n".join(rows + ([f"still to write: {', '.join(missing)}"] if missing else []))


def _line(line: Line, rows: list[str], spec: DerivationExercise) -> PreviewLine:
    mathml = to_mathml(line, spec)
    target = step_of(line.target, spec)
    if target not in {s.target for s in spec.steps}:
        return PreviewLine(line.row, "unasked", mathml, f"{target} is not asked for here")
    for expression in line.expressions:
        problem = first_problem(line, expression, spec)
        if problem is not None:
            span = problem.span
            around = _around(rows, span.row, span.start, span.end)
            return PreviewLine(line.row, "wrong", mathml, problem.message, *around)
    return PreviewLine(line.row, "fits", mathml)


def _refused(error: LanguageError, rows: list[str]) -> PreviewLine:
    around = _around(rows, error.row, error.column, error.column + error.length)
    return PreviewLine(error.row, "wrong", "", error.message, *around)


def _around(rows: list[str], row: int, start: int, end: int) -> tuple[str, str, str]:
    """A line of the student's, cut where the piece that is meant begins and ends."""
    text = rows[row] if row < len(rows) else ""
    return text[:start].lstrip(), text[start:end], text[end:].split("#")[0].rstrip()


def _symbol(target: str, spec: DerivationExercise) -> str:
    """A step's target as mathematics."""
    line = parse_line(f"{target} = {target}", spec)
    return to_mathml(Line(0, "", line.target, ()), spec)


def _text(line: PreviewLine) -> str:
    said = f"line {line.row + 1}: {line.message or 'reads, and its shapes fit'}"
    if not line.piece:
        return said
    return f"{said}\n{underlined(line.before, line.piece, line.after)}"


def _html(line: PreviewLine) -> str:
    shown = line.mathml
    if line.state == "fits":
        return f"<div>{shown}</div>"
    piece = f"<mark>{escape(line.piece)}</mark>" if line.piece.strip() else ""
    source = f"<code>{escape(line.before)}{piece}{escape(line.after)}</code>"
    said = f"{escape(line.message)}{f' (at {piece})' if piece else ''}"
    return f"<div>{shown or source}<div>{said}</div></div>"
