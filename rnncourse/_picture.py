"""A figure with its description, and the look that all of them share."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Black, white and matplotlib's default colours only: the pages replace these by their own, so that
# one picture is readable on light and on dark.
INK = "#000000"
PAPER = "#ffffff"
STYLE: dict[str, Any] = {
    "font.size": 10,
    "mathtext.fontset": "cm",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.labelsize": 10,
    "axes.titlesize": 11,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": INK,
    "grid.alpha": 0.12,
    "lines.linewidth": 1.8,
}


@dataclass(frozen=True)
class Picture:
    """A matplotlib figure and what it shows, in words, computed from the same numbers.

    As the last line of a cell it shows itself, with the words for those who cannot see it.

    Attributes:
        figure: the matplotlib figure; change or save it as any other.
        alt: the description.
    """

    figure: Figure
    alt: str

    @property
    def axes(self) -> Axes:
        """The figure's first axes."""
        return self.figure.axes[0]

    def save(self, path: str | Path) -> None:
        """Write the figure to a file (.svg, .png, .pdf), transparent."""
        self.figure.savefig(path, bbox_inches="tight", transparent=True)

    def __repr__(self) -> str:
        return f"[picture: {self.alt}]"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        from rnncourse.figures.picture import picture

        return {"text/html": picture(self.figure, self.alt), "text/plain": repr(self)}


def styled() -> AbstractContextManager[None]:
    """Draw in the common look, whatever the reader's own settings are."""
    from matplotlib import style

    return style.context(["default", STYLE])


def blank(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure (inches) that pyplot does not know of, so that nothing shows it twice."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()
