"""Tables of shaded cells, in colours that the page may replace, and their labels.

A number is shown by how much ink its cell has, so that dark on light and light on dark say the
same. Cells of one shade are one path, which keeps a map of thousands of cells small.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rnncourse._picture import INK, PAPER
from rnncourse._validate import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 4.6  # inches: on a phone the figure shrinks by a quarter and stays readable
LEVELS = 20
NEGATIVE, POSITIVE = "C0", "C1"  # blue and orange


def shade(ax: Axes, shares: Array, *, signed: bool = False, top: float = 0.0) -> None:
    """Draw shares (rows, columns) of the full shade, from 0 or -1 to 1, row 0 at `top`.

    Args:
        ax: where to draw; cells are 1 wide and 1 high, y runs downwards.
        shares: NaN leaves a cell out.
        signed: colour negative and positive ones differently; else all are ink.
        top: upper edge of the first row.
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    few = max(shares.shape) <= 40
    gap = 0.04 if few else 0.0
    steps = np.nan_to_num(np.round(shares * LEVELS)).astype(int)
    steps[(steps == 0) & (np.nan_to_num(shares) > 0)] = 1  # what is not zero can be seen
    steps[(steps == 0) & (np.nan_to_num(shares) < 0)] = -1
    for level in np.unique(steps[steps != 0]).tolist():
        corners: list[Any] = []
        for row, column in np.argwhere(steps == level).tolist():
            x0, x1, y0, y1 = column + gap, column + 1 - gap, top + row + gap, top + row + 1 - gap
            corners += [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
        codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
        path = Path(corners, codes * (len(corners) // 5))
        colour = INK if not signed else POSITIVE if level > 0 else NEGATIVE
        alpha = abs(level) / LEVELS
        ax.add_patch(PathPatch(path, facecolor=colour, alpha=alpha, lw=0, antialiased=few))


def frame(ax: Axes, rows: float, columns: float, unit: float) -> None:
    """Make the axes hold that many cells of `unit` inches, and nothing else."""
    ax.set_xlim(0, columns)
    ax.set_ylim(rows, 0)
    ax.set_axis_off()
    ax.figure.set_size_inches(columns * unit, rows * unit)  # type: ignore[union-attr]
    ax.figure.subplots_adjust(0, 0, 1, 1)  # type: ignore[union-attr]


def border(ax: Axes, rows: float, columns: float, top: float = 0.0) -> None:
    """A thin line around a table, so that empty cells have a place."""
    from matplotlib.patches import Rectangle

    ax.add_patch(Rectangle((0, top), columns, rows, fill=False, edgecolor=INK, lw=0.6, alpha=0.45))


def write(ax: Axes, x: float, y: float, text: str, **how: Any) -> None:
    """A label, in which a dollar is a dollar."""
    ax.text(x, y, text, **{"va": "center", "color": INK, "parse_math": False, **how})


def numbers(ax: Axes, values: Array, shares: Array, size: float = 8.5) -> None:
    """Write every value into its cell, in whichever of ink and paper can be read there."""
    for (row, column), value in np.ndenumerate(values):
        text = f"{value:.2f}".replace("0.", ".", 1) if abs(value) < 0.995 else f"{value:.2g}"
        colour = PAPER if abs(shares[row, column]) > 0.5 else INK
        write(ax, column + 0.5, row + 0.5, text, ha="center", size=size, color=colour)


def visible(text: str) -> str:
    """A token as it can be seen: spaces and line ends have signs."""
    shown = text.replace(" ", "␣").replace("\n", "↵").replace("\t", "⇥")
    return "".join(c if c.isprintable() else "·" for c in shown)


def labels(name: str, given: Sequence[Any] | None, count: int) -> list[str]:
    """Labels as they are drawn, numbers from 1 where none were given.

    Raises:
        ValueError: there are not as many as there should be.
    """
    if given is None:
        return [str(k + 1) for k in range(count)]
    if len(given) != count:
        raise ValueError(f"{name} must have {count} labels, got {len(given)}")
    return [visible(str(label)) for label in given]


def table(name: str, values: Any) -> Array:
    """Give values as a table of finite numbers with at least one entry.

    Raises:
        ValueError: they are none.
    """
    array = np.asarray(values, np.float64)
    if array.ndim != 2 or not array.size:
        raise ValueError(f"{name} must be a table of at least one value, got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {array[~np.isfinite(array)][0]}")
    return array


def some(parts: Sequence[str], most: int = 12) -> str:
    """The first of many sentences' parts, and how many more there are."""
    more = len(parts) - most
    return "; ".join(parts[:most]) + (f"; and {more} more" if more > 0 else "")
