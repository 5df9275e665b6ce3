"""What a check says, as text for a terminal and as HTML for a notebook."""

import html
import textwrap
from dataclasses import dataclass

_WIDTH = 96


@dataclass(frozen=True)
class Line:
    """One part of an answer: an output of a function, or a step of a derivation."""

    name: str
    right: bool
    message: str = ""  # what is wrong; empty where it is right
    missing: bool = False  # nothing of it is written yet

    @property
    def sentence(self) -> str:
        """The message, with the name in front where it does not begin with it."""
        if not self.message or self.message.startswith(f"{self.name} "):
            return self.message or self.name
        return f"{self.name}: {self.message}"


@dataclass(frozen=True)
class Report:
    """The outcome of one check.

    Attributes:
        exercise: its name, "bptt.forward".
        lines: one for each part; empty where ``problem`` kept them from being looked at.
        problem: what is wrong with the answer as a whole, or "".
        missing: nothing has been written yet.
        notes: remarks that cost nothing.
        scope: what was looked at: "2 visible cases".
    """

    exercise: str
    lines: tuple[Line, ...] = ()
    problem: str = ""
    missing: bool = False
    notes: tuple[str, ...] = ()
    scope: str = ""

    @property
    def passed(self) -> bool:
        """Whether every part is right."""
        return not self.problem and bool(self.lines) and all(line.right for line in self.lines)

    @property
    def _written(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if not line.missing)

    @property
    def _unwritten(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.missing)

    @property
    def headline(self) -> str:
        """One line: how many parts are right."""
        if self.missing:
            return f"{self.exercise}: not written yet"
        if self.problem:
            return f"{self.exercise}: not right yet"
        right = sum(line.right for line in self.lines)
        if self.passed:
            return f"{self.exercise}: all right ({self.scope})"
        return f"{self.exercise}: {right} of {len(self.lines)} right"

    def text(self) -> str:
        """For a terminal."""
        mark = "✓" if self.passed else ("·" if self.missing else "✗")
        rows = [f"{mark} {self.headline}"]
        if self.problem and not self.missing:
            rows += _wrapped(self.problem, "    ")
        if self.missing and self.lines:
            rows += _wrapped(f"asked for: {', '.join(line.name for line in self.lines)}", "  ")
        elif not self.passed:
            for line in self._written:
                rows += _wrapped(f"{'✓' if line.right else '✗'} {line.sentence}", "  ")
            if self._unwritten:
                names = ", ".join(line.name for line in self._unwritten)
                rows += _wrapped(f"· still to write: {names}", "  ")
        for note in self.notes:
            rows += _wrapped(f"note: {note}", "  ")
        return "\n".join(rows)

    def html(self) -> str:
        """For a notebook, light or dark; a mark carries the verdict, not a colour alone."""
        colour = "#2e8540" if self.passed else ("#767676" if self.missing else "#c2410c")
        rows = [f"<strong>{html.escape(self.headline)}</strong>"]
        if self.problem and not self.missing:
            rows.append(f"<div>{_with_code(self.problem)}</div>")
        if self.lines and self.missing:
            rows.append(f"<div>Asked for: {_names(self.lines)}</div>")
        elif self.lines and not self.passed:
            items = [_item(line) for line in self._written]
            if self._unwritten:
                items.append(f"<li>· still to write: {_names(self._unwritten)}</li>")
            rows.append(f'<ul style="{_LIST}">{"".join(items)}</ul>')
        rows += [f"<div><em>Note:</em> {_with_code(note)}</div>" for note in self.notes]
        box = f"border-left: 4px solid {colour}; padding: 0.3em 0.8em; line-height: 1.5"
        return f'<div class="rnncourse-check" role="status" style="{box}">{"".join(rows)}</div>'


_LIST = "margin: 0.3em 0; padding-left: 0; list-style: none"


def _names(lines: tuple[Line, ...]) -> str:
    return ", ".join(f"<code>{html.escape(line.name)}</code>" for line in lines)


def _item(line: Line) -> str:
    mark, word = ("✓", "right") if line.right else ("✗", "not right")
    rest = line.sentence.removeprefix(line.name)
    name = f"<code>{html.escape(line.name)}</code>"
    return f'<li><span aria-label="{word}">{mark}</span> {name}{_with_code(rest)}</li>'


def _with_code(text: str) -> str:
    """Escape, and set what stands between backquotes as code."""
    pieces = html.escape(text).split("`")
    return "".join(p if n % 2 == 0 else f"<code>{p}</code>" for n, p in enumerate(pieces))


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_long_words=False
    )
