"""A text coloured by one number for each of its characters."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rnncourse import _validate
from rnncourse._validate import Array
from rnncourse.plots import _cells

__all__ = ["Passage", "passage"]

# matplotlib's first two colours, or what the page gives for them; see rnncourse/figures/picture.py
BELOW, ABOVE = "var(--plot-0, #1f77b4)", "var(--plot-1, #ff7f0e)"
DEEPEST = 45  # per cent of the colour: the text above it stays readable on light and dark


@dataclass(frozen=True)
class Passage:
    """A coloured text as HTML, and what it shows, in words.

    As the last line of a cell it shows itself. Below the text, folded away, stands a table of its
    values.

    Attributes:
        html: the text; colours follow the page.
        alt: the description, read to those who cannot see it.
    """

    html: str
    alt: str

    def save(self, path: str | Path) -> None:
        """Write a page (.html) that is light or dark as the reader's system is."""
        page = (
            '<!doctype html><html lang="en"><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width">'
            f'<meta name="color-scheme" content="light dark"><title>Passage</title>{self.html}'
        )
        Path(path).write_text(page, "utf8")

    def __repr__(self) -> str:
        return f"[picture: {self.alt}]"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": repr(self)}


def passage(values: Any, text: Sequence[str], *, name: str = "value") -> Passage:
    """Colour every character by its number: orange above zero, blue and underlined below.

    The deepest colour stands for the largest size. Pointing at a character shows its value; the
    table below the text holds them all.

    Args:
        values: (T,), such as `looking.traces(lstm, params, x)["c"][:, 0, unit]`.
        text: T characters or tokens.
        name: what the numbers are.

    Raises:
        ValueError: not one finite number for each character, or no character.

    >>> print(passage([0.5, -1.0, 0.0], "a b", name="cell 3").alt)
    A text of 3 characters coloured by cell 3: mean -0.167, lowest -1 at character 2 (␣), highest \
0.5 at character 1 (a).
    """
    numbers = np.asarray(values, np.float64)
    _validate.shape("values", numbers, ("T",))
    if not len(numbers):
        raise ValueError("values must hold at least one number, got none")
    _validate.finite("values", numbers)
    letters = _cells.labels("text", text, len(numbers))
    tokens = any(len(str(part)) > 1 for part in text)
    most = float(np.abs(numbers).max()) or 1.0
    words = _described(numbers, letters, name, "token" if tokens else "character")
    inside = "".join(
        _span(letter, str(part), value, most)
        for letter, part, value in zip(letters, text, numbers, strict=True)
    )
    rows = "".join(
        f"<tr><td>{k + 1}</td><td>{html.escape(letter)}</td><td>{value:.3g}</td></tr>"
        for k, (letter, value) in enumerate(zip(letters, numbers, strict=True))
    )
    named = html.escape(name)
    page = (
        '<figure class="rnn-passage" style="margin:1em 0">'
        f'<div role="img" aria-label="{html.escape(words)}" style="font-family:var('
        "--rnn-font-code,ui-monospace,monospace);line-height:1.9;white-space:pre-wrap;"
        f'overflow-wrap:anywhere">{inside}</div>'
        f'<figcaption style="font-size:.85em">{named}: {_swatch(ABOVE, False)} up to '
        f"{max(numbers.max(), 0):.3g}, {_swatch(BELOW, True)} down to {min(numbers.min(), 0):.3g}"
        "</figcaption>"
        f'<details style="font-size:.85em"><summary>The numbers</summary>'
        '<div style="max-height:16em;overflow:auto" tabindex="0"><table><thead><tr>'
        f'<th scope="col">step</th><th scope="col">text</th><th scope="col">{named}</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></div></details></figure>"
    )
    return Passage(page, words)


def _span(letter: str, part: str, value: float, most: float) -> str:
    """One character on its ground; a line end is shown and made."""
    share = round(DEEPEST * abs(value) / most)
    style = ""
    if share:
        colour = ABOVE if value > 0 else BELOW
        style = f"background:color-mix(in srgb,{colour} {share}%,transparent)"
        if value < 0:
            style += f";border-bottom:2px solid {BELOW}"
    shown = letter.replace("␣", " ")  # a space is seen by its ground, and breaks lines
    end = "\n" if part.endswith("\n") else ""
    title = f"{letter} {value:.3g}"
    return f'<span title="{html.escape(title)}" style="{style}">{html.escape(shown)}</span>{end}'


def _swatch(colour: str, under: bool) -> str:
    line = f";border-bottom:2px solid {colour}" if under else ""
    ground = f"background:color-mix(in srgb,{colour} {DEEPEST}%,transparent){line}"
    text = "underlined blue" if under else "orange"
    return f'<span style="{ground};padding:0 .3em">{text}</span>'


def _described(numbers: Array, letters: list[str], name: str, what: str) -> str:
    low, high = int(numbers.argmin()), int(numbers.argmax())
    count = f"{len(numbers)} {what}{'' if len(numbers) == 1 else 's'}"
    return (
        f"A text of {count} coloured by {name}: mean {numbers.mean():.3g}, lowest "
        f"{numbers[low]:.3g} at {what} {low + 1} ({letters[low]}), highest {numbers[high]:.3g} "
        f"at {what} {high + 1} ({letters[high]})."
    )
