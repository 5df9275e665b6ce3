"""How long one input lasts: the unfolded network, its nodes as dark as the input moves them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from rnncourse._picture import INK, PAPER, Picture, blank, styled
from rnncourse._validate import Array
from rnncourse.plots import _cells

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rnncourse.looking.sensitivity import Influence

__all__ = ["influence"]

INCHES = 0.5  # per unit of the lengths below
RADIUS, ROW, HEAD = 0.26, 1.0, 0.75
NAME = {"size": 11, "weight": "bold"}
LEGEND, LEGEND_SIZE, LEGEND_ROW = "gates: o open, – shut", 9.5, 0.35
Point = tuple[float, float]


def influence(found: Mapping[str, Influence]) -> Picture:
    """Unfolded networks below one another: how much of one input is in each of their nodes.

    A node is shaded by its sensitivity to the input, as a share of the largest in its row. Beside a
    hidden node stand the LSTM's gates: o open, – shut: the output gate above it, the forget gate on
    its left, the input gate below.

    Args:
        found: what `looking.influence` gives, by the network's name.

    Raises:
        ValueError: there is none, one has no step, or they have not the same number of steps.

    >>> from rnncourse.looking import Influence
    >>> found = Influence(np.array([1.0, 0.5]), np.array([2.0, 0.5]), {}, 0)
    >>> print(influence({"RNN": found}).alt)
    How much the input of step 1 is in each node, as a share of the most in its row. RNN, hidden: \
1, 0.5; output: 1, 0.25.
    """
    if not found:
        raise ValueError("found must hold at least one network, got none")
    lengths = sorted({len(one.hidden) for one in found.values()})
    if len(lengths) > 1 or not lengths[0]:
        raise ValueError(f"found must have the same steps, at least one, got {lengths}")
    T = lengths[0]
    across = float(np.clip((_cells.WIDTH - 0.75) / T / INCHES, 0.8, 1.15))
    words = []
    with styled():
        figure, ax = blank(1, 1)
        # where a name leaves no room for the legend beside it, all have it below
        room = (T - 1) * across + 1
        beside = max((_length(name, **NAME) for name, one in found.items() if one.gates), default=0)
        below = beside + 0.3 + _length(LEGEND, size=LEGEND_SIZE) > room
        above = HEAD + LEGEND_ROW * below
        panel = above + 2 * ROW + 0.75
        for k, (name, one) in enumerate(found.items()):
            hidden, output = _shares(one.hidden), _shares(one.output)
            top = k * panel
            _cells.write(ax, -0.5, top + 0.16, name, ha="left", **NAME)
            if one.gates:
                left, low = (-0.5, LEGEND_ROW) if below else (_length(name, **NAME) - 0.2, 0)
                _cells.write(ax, left, top + 0.16 + low, LEGEND, ha="left", size=LEGEND_SIZE)
            _panel(ax, one, hidden, output, top + above, across)
            listed = [", ".join(f"{share:.2g}" for share in row) for row in (hidden, output)]
            words.append(f"{name}, hidden: {listed[0]}; output: {listed[1]}.")
        height = len(found) * panel - 0.35
        ax.set_xlim(-0.5, (T - 1) * across + 0.5)
        ax.set_ylim(height, 0)
        ax.set_axis_off()
        figure.set_size_inches(((T - 1) * across + 1) * INCHES, height * INCHES)
        figure.subplots_adjust(0, 0, 1, 1)
    sources = sorted({one.source + 1 for one in found.values()})
    step = "the input of step " + " or ".join(map(str, sources))
    head = f"How much {step} is in each node, as a share of the most in its row."
    return Picture(figure, f"{head} {' '.join(words)}")


def _shares(values: Any) -> Array:
    row = np.asarray(values, np.float64)
    return row / row.max() if row.max() > 0 else np.zeros_like(row)


def _length(text: str, **how: Any) -> float:
    """How long a label is, in the lengths of the drawing."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    written = TextPath((0, 0), text, prop=FontProperties(**how))
    return float(written.get_extents().x1) / 72 / INCHES


def _panel(
    ax: Axes, one: Influence, hidden: Array, output: Array, top: float, across: float
) -> None:
    T, rows = len(hidden), [top + level * ROW for level in range(3)]
    source = np.zeros(T)
    source[one.source] = 1
    xs, gap = [t * across for t in range(T)], RADIUS + 0.05
    for low, high in ((rows[1], rows[0]), (rows[2], rows[1])):
        _arrows(ax, [(x, low - RADIUS) for x in xs], [(x, high + gap) for x in xs], "^")
    if not _feedforward(one):
        starts = [(x + RADIUS, rows[1]) for x in xs[:-1]]
        _arrows(ax, starts, [(x - gap, rows[1]) for x in xs[1:]], ">")
    for y, shares in zip(rows, (output, hidden, source), strict=True):
        _nodes(ax, xs, y, shares)
    for t, x in enumerate(xs):
        for gate, dx, dy in (("o", 0.16, -0.5), ("f", -across / 2, -0.2), ("i", 0.16, 0.5)):
            if gate in one.gates and (gate != "f" or t):
                sign = "o" if one.gates[gate][t] > 0.5 else "–"
                _cells.write(ax, x + dx, rows[1] + dy, sign, ha="center", size=10, color="C1",
                             weight="bold")  # fmt: skip
        _cells.write(ax, x, rows[2] + 0.45, str(t + 1), ha="center", size=9)
    for y, label in zip(rows, ("outputs", "hidden", "inputs"), strict=True):
        _cells.write(ax, -0.5, y, label, ha="right", size=9.5)


def _feedforward(one: Influence) -> bool:
    """Nothing moves but the source's own step: no arrow from step to step is worth drawing."""
    return not np.delete(one.hidden, one.source).any() and not one.gates


def _arrows(ax: Axes, starts: list[Point], ends: list[Point], head: str) -> None:
    """Lines as one path, and their heads as markers."""
    xs = [x for a, b in zip(starts, ends, strict=True) for x in (a[0], b[0], np.nan)]
    ys = [y for a, b in zip(starts, ends, strict=True) for y in (a[1], b[1], np.nan)]
    ax.plot(xs, ys, color=INK, lw=0.9, alpha=0.5, zorder=1)
    if ends:
        x, y = zip(*ends, strict=True)
        ax.plot(x, y, head, color=INK, ms=4, mew=0, alpha=0.7, zorder=1)


def _nodes(ax: Axes, xs: list[float], y: float, shares: Array) -> None:
    dot: dict[str, Any] = {"marker": "o", "ls": "", "ms": 2 * RADIUS * INCHES * 72}
    ax.plot(xs, [y] * len(xs), mfc=PAPER, mec=INK, mew=0.9, zorder=2, **dot)
    for x, share in zip(xs, shares, strict=True):
        if share > 0:
            ax.plot(x, y, color=INK, alpha=float(share), mew=0, zorder=3, **dot)
