"""Nodes tied by lines: the taps of a convolution, the lattice of a CRF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rnncourse._picture import INK, PAPER, Picture, blank, styled
from rnncourse._validate import Array
from rnncourse.plots import _cells

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rnncourse.looking.crf_lattice import Lattice
    from rnncourse.looking.tap_tree import Taps

__all__ = ["lattice", "taps"]

RADIUS = 0.17  # inches


def taps(tree: Taps) -> Picture:
    """What one output reads, layer by layer, the inputs at the bottom and time from left to right.

    Args:
        tree: what `looking.taps` gives.

    >>> from rnncourse import looking
    >>> print(taps(looking.taps([2, 2, 2], [1, 2, 4])).alt)
    The taps of one output through 3 layers. It reads 8 inputs, the earliest 7 steps back; from \
the inputs up, the layers' nodes are 8, 4, 2 and 1. Each input is read along 1 path.
    """
    field, layers = tree.receptive_field, len(tree.arrows)
    wide = max(field, 2)
    size = float(np.clip((_cells.WIDTH - 0.2) / wide, 0.02, 0.5))
    rise = 0.62 / size  # of one layer, in steps
    radius = min(0.3, 0.09 / size)
    with styled():
        figure, ax = blank(1, 1)
        for layer, arrows in enumerate(tree.arrows):
            xs = [x for below, above in arrows for x in (-below, -above, np.nan)]
            ys = [layer * rise, (layer + 1) * rise, np.nan] * len(arrows)
            ax.plot(xs, ys, color="C0", lw=1.3 if wide < 40 else 0.7, zorder=1)
        for layer, lags in enumerate(tree.lags):
            other = np.setdiff1d(np.arange(field), lags)
            dots: dict[str, Any] = {"marker": "o", "ls": "", "ms": 2 * radius * size * 72}
            ax.plot(-other, [layer * rise] * len(other), mfc=PAPER, mec=INK, alpha=0.18, mew=0.9,
                    **dots)  # fmt: skip
            colour = "C1" if layer in (0, layers) else "C0"
            ax.plot(-lags, [layer * rise] * len(lags), mfc=colour, mec=colour, **dots)
        top = layers * rise
        ax.set_xlim(-field + 1 - 0.6, 0.6)
        ax.set_ylim(-0.42 / size, top + 0.32 / size)
        ax.set_axis_off()
        figure.set_size_inches((field + 0.2) * size, (top + 0.74 / size) * size)
        figure.subplots_adjust(0, 0, 1, 1)
        how: dict[str, Any] = {"size": 10}
        _cells.write(ax, 0.3, top + 0.13 / size, "output", ha="right", va="bottom", **how)
        _cells.write(ax, 0.3, -0.14 / size, "now", ha="right", va="top", **how)
        if field * size > 1.6:
            back = f"{field - 1} step{'' if field == 2 else 's'} back"
            _cells.write(ax, -field + 0.7, -0.14 / size, back, ha="left", va="top", **how)
    counts = [str(len(lags)) for lags in tree.lags]
    low, high = int(tree.paths[0].min()), int(tree.paths[0].max())
    ways = f"{low} path{'' if low == 1 else 's'}" if low == high else f"{low} to {high} paths"
    inputs = len(tree.lags[0])
    words = f"The taps of one output through {layers} layer{'' if layers == 1 else 's'}. It reads "
    words += (
        f"{inputs} input{'' if inputs == 1 else 's'}, the earliest {field - 1} steps back; from "
    )
    words += f"the inputs up, the layers' nodes are {', '.join(counts[:-1])} and {counts[-1]}. "
    return Picture(figure, f"{words}Each input is read along {ways}.")


def lattice(
    found: Lattice, tags: Sequence[Any] | None = None, tokens: Sequence[Any] | None = None
) -> Picture:
    """Every tag at every step, and every way between them, with the best path.

    The ink of a node or a line is its probability, written into the nodes; Viterbi's path is
    outlined. Lines below one in a hundred are left out. At the width of a phone some eight steps
    can be read.

    Args:
        found: what `looking.lattice` gives.
        tags: a label for each tag; numbers when left out.
        tokens: a label for each step.

    Raises:
        ValueError: not as many labels.

    >>> from rnncourse import crf, looking
    >>> params = crf.CRFParams(np.array([[0.0, 0.0], [0.0, 2.0]]), np.zeros(2), np.zeros(2))
    >>> scores = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]])
    >>> print(lattice(looking.lattice(params, scores), ["O", "PER"]).alt)
    Lattice of 2 tags over 3 steps. The best path has probability 0.65: 1 PER (0.70), 2 PER \
(0.94), 3 PER (0.94). At every step it takes the likeliest tag.
    """
    T, K = found.nodes.shape
    rows, columns = _cells.labels("tags", tags, K), _cells.labels("tokens", tokens, T)
    across = float(np.clip((_cells.WIDTH - 0.7) / max(T, 1), 0.5, 0.95))
    down = 0.58
    path = [int(k) for k in found.path]
    with styled():
        figure, ax = blank(1, 1)
        for t, i, j in np.argwhere(found.edges >= 0.01).tolist():
            best = (path[t], path[t + 1]) == (i, j)
            p = float(found.edges[t, i, j])
            ax.plot([t * across, (t + 1) * across], [i * down, j * down], zorder=1, lw=0.8 + 4 * p,
                    color="C1" if best else INK, alpha=0.9 if best else 0.25 + 0.6 * p,
                    solid_capstyle="butt")  # fmt: skip
        _nodes(ax, across * np.arange(T), down * np.arange(K), found, path)
        longest = max(map(len, columns))
        turned = longest * 0.09 > across
        for t, name in enumerate(columns):
            how: dict[str, Any] = {"rotation": 40, "ha": "left"} if turned else {"ha": "center"}
            _cells.write(ax, t * across - (0.1 if turned else 0), -0.3, name, va="bottom", size=10,
                         rotation_mode="anchor", **how)  # fmt: skip
        for k, name in enumerate(rows):
            _cells.write(ax, -0.3, k * down, name, ha="right", size=10)
        ax.set_xlim(-0.25, (T - 1) * across + 0.25)
        ax.set_ylim((K - 1) * down + 0.25, -0.25)
        ax.set_axis_off()
        figure.set_size_inches((T - 1) * across + 0.5, (K - 1) * down + 0.5)
        figure.subplots_adjust(0, 0, 1, 1)
    taken = [f"{columns[t]} {rows[k]} ({found.nodes[t, k]:.2f})" for t, k in enumerate(path)]
    words = f"Lattice of {K} tag{'' if K == 1 else 's'} over {T} step{'' if T == 1 else 's'}. "
    words += f"The best path has probability {found.probability:.2g}: "
    words += _cells.some(taken, 20).replace("; ", ", ") + "."
    other = np.flatnonzero(found.nodes.argmax(axis=1) != found.path)
    if not other.size:
        return Picture(figure, f"{words} At every step it takes the likeliest tag.")
    steps = ", ".join(columns[t] for t in other[:12])
    return Picture(figure, f"{words} It does not take the likeliest tag at {steps}.")


def _nodes(ax: Axes, xs: Array, ys: Array, found: Lattice, path: list[int]) -> None:
    """A disc for each tag at each step, as dark as it is probable."""
    x, y = np.broadcast_arrays(xs[:, None], ys)
    dot: dict[str, Any] = {"marker": "o", "ls": "", "ms": 2 * RADIUS * 72}
    ax.plot(x.ravel(), y.ravel(), mfc=PAPER, mec=INK, mew=0.8, zorder=2, **dot)
    ax.plot(xs, ys[path], mfc="none", mec="C1", mew=3.0, zorder=4, **dot)
    for (t, k), p in np.ndenumerate(found.nodes):
        share, at, level = float(np.clip(p, 0, 1)), float(xs[t]), float(ys[k])
        ax.plot(at, level, color=INK, alpha=share, mew=0, zorder=3, **dot)
        text = f"{share:.2f}".removeprefix("0") if share < 0.995 else "1"
        _cells.write(ax, at, level, text, ha="center", size=8.5, zorder=5,
                     color=PAPER if share > 0.5 else INK)  # fmt: skip
