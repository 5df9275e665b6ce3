"""Arrows between circles: straight, curved, looping, with the squares that stand for delays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rnncourse._picture import INK
from rnncourse._validate import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RADIUS = 0.38  # of a node
DELAYED = "C3"
SLOPE = "C1"
APART = 0.17  # of an arrow and the one that runs against it


def bend(a: Array, b: Array, others: Any) -> float:
    """0 where a straight arrow meets no other node; else how far it must curve."""
    along = b - a
    length = float(np.hypot(*along))
    for place in others:
        c = np.asarray(place) - a
        part = float(c @ along) / length**2
        away = abs(float(along[0] * c[1] - along[1] * c[0])) / length
        if 0.05 < part < 0.95 and away < RADIUS + 0.08:
            # level: on the right of its direction, so that there and back stay apart;
            # upward: on the left, since delays turn on the right
            return 0.75 if abs(along[0]) > 1e-9 else -0.75
    return 0.0


def arrow(
    ax: Axes,
    a: Array,
    b: Array,
    curved: float,
    label: str,
    delayed: bool,
    others: Any,
    squares: int = 0,
) -> None:
    """A quadratic curve from circle to circle; a positive curve passes on the right of upward."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    along = (b - a) / np.hypot(*(b - a))
    side = np.array([along[1], -along[0]])
    if along[1] < 0 and not along[0]:
        side = -side  # downward arrows bend to the right too
    control = (a + b) / 2 + 2 * curved * side
    start = a + RADIUS * (control - a) / np.hypot(*(control - a))
    end = b + (RADIUS + 0.03) * (control - b) / np.hypot(*(control - b))
    middle = start / 4 + control / 2 + end / 4
    curve(ax, [start, control, end], delayed)
    _squares(ax, middle, along, squares)
    outward = side if curved > 0 else -side
    if not curved and (side[1] > 0 or not along[0]):
        outward = side  # above a level arrow, on the right of an upright one
    offset = (0.3 if squares else 0.2) * outward
    if any(np.hypot(*(middle + offset - place)) < RADIUS + 0.15 for place in others):
        offset = -offset
    _label(ax, middle + offset, label, delayed)


def against(ax: Axes, a: Array, b: Array, curved: float, label: str, others: Any) -> None:
    """A dashed arrow from b back to a, beside the one that `arrow` draws from a to b."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    a, b = np.asarray(a, float), np.asarray(b, float)
    along = (b - a) / np.hypot(*(b - a))
    side = np.array([-along[1], along[0]])
    if abs(along[1]) < 1e-9:
        side = -side  # below a level arrow: the label of that one stands above it
    shift = APART * side
    inside = np.sqrt(RADIUS**2 - APART**2)
    start, end = b + shift - inside * along, a + shift + (inside + 0.03) * along
    control = (start + end) / 2 - 2 * curved * side
    ax.add_patch(
        FancyArrowPatch(
            path=Path(
                [tuple(start), tuple(control), tuple(end)], [Path.MOVETO] + [Path.CURVE3] * 2
            ),
            arrowstyle="-|>",
            mutation_scale=10,
            lw=1.4,
            color=SLOPE,
            linestyle=(0, (3, 2)),
            shrinkA=0,
            shrinkB=0,
            zorder=2,
        )
    )
    place = (start + end) / 4 + control / 2 + 0.24 * side
    aslant = min(abs(along)) > 1e-9  # there the label of the other arrow is in the way
    crowded = any(np.hypot(*(place - other)) < RADIUS + 0.1 for other in others)
    if label and not aslant and not crowded:
        x, y = place
        ax.text(x, y, label, ha="center", va="center", fontsize=12, color=SLOPE, zorder=4)
        ax.update_datalim([(x - 0.25, y - 0.2), (x + 0.25, y + 0.2)])


def loop(ax: Axes, a: Array, label: str, squares: int, side: int) -> None:
    """From above the node's middle around to below it, on its right (1) or left (-1)."""
    out, back = np.array([0.7 * side, 0.72]), np.array([0.7 * side, -0.72])
    start, end = a + RADIUS * out, a + (RADIUS + 0.03) * back
    reach = np.array([1.35 * side, 0])
    curve(ax, [start, a + reach + [0, 0.95], a + reach + [0, -0.95], end], True)
    middle = (start + end) / 8 + 0.75 * (a + reach)
    _squares(ax, middle, np.array([0, 1]), squares)
    _label(ax, middle + np.array([0.3 * side, 0]), label, True)


def curve(
    ax: Axes, points: list[Array], delayed: bool, *, faded: bool = False, head: bool = True
) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    bezier = Path.CURVE3 if len(points) == 3 else Path.CURVE4
    path = Path([tuple(p) for p in points], [Path.MOVETO] + [bezier] * (len(points) - 1))
    ax.add_patch(
        FancyArrowPatch(
            path=path,
            arrowstyle="-|>" if head else "-",
            mutation_scale=10,
            lw=1.4,
            color=DELAYED if delayed else INK,
            linestyle=(0, (2, 2)) if faded else "-",
            shrinkA=0,
            shrinkB=0,
            zorder=2,
        )
    )
    # arrows do not widen the limits of the axes by themselves
    ax.update_datalim([tuple(p) for p in (points[0], np.mean(points, axis=0), points[-1])])


def _squares(ax: Axes, middle: Array, along: Array, count: int) -> None:
    """One for each step of delay."""
    from matplotlib.patches import Rectangle

    for k in range(count):
        x, y = middle + 0.22 * (k - (count - 1) / 2) * along - 0.07
        ax.add_patch(Rectangle((x, y), 0.14, 0.14, color=DELAYED, zorder=3))


def _label(ax: Axes, place: Array, label: str, delayed: bool) -> None:
    if label:
        colour = DELAYED if delayed else INK
        x, y = place
        ax.text(x, y, label, ha="center", va="center", fontsize=12, color=colour, zorder=4)
        ax.update_datalim([(x - 0.25, y - 0.2), (x + 0.25, y + 0.2)])
