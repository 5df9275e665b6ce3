"""Maps: which input moves which output, and where attention looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from rnncourse._picture import INK, Picture, blank, styled
from rnncourse._validate import Array
from rnncourse.plots import _cells

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["attention", "reach"]

DECADES = 6


def attention(
    weights: Any, source: Sequence[Any] | None = None, target: Sequence[Any] | None = None
) -> Picture:
    """Where each query looks: a row of shaded weights for each, one column for each key.

    Up to twelve columns have their numbers written in.

    Args:
        weights: (S, T), one sequence of what `attention` gives: S queries, T keys.
        source: a label for each key; numbers when left out.
        target: a label for each query.

    Raises:
        ValueError: there is no weight, or one is negative or not finite; not as many labels.

    >>> print(attention([[0.9, 0.1], [0.2, 0.8]], ["le", "chat"], ["the", "cat"]).alt)
    Attention of 2 targets (rows) over 2 sources (columns). the: le 0.90; cat: chat 0.80.
    """
    values = _cells.table("weights", weights)
    if values.min() < 0:
        raise ValueError(f"weights must not be negative, got {values.min():.3g}")
    S, T = values.shape
    columns, rows = _cells.labels("source", source, T), _cells.labels("target", target, S)
    shares = np.minimum(values, 1.0)
    with styled():
        figure, ax = blank(1, 1)
        unit = _unit(T)
        _cells.shade(ax, shares)
        _cells.border(ax, S, T)
        _cells.frame(ax, S, T, unit)
        if T <= 12:
            _cells.numbers(ax, values, shares, 8.5 if T <= 10 else 7.5)
        _name_rows(ax, rows, unit)
        _name_columns(ax, columns, unit)
    best = values.argmax(axis=1)
    found = [f"{rows[s]}: {columns[best[s]]} {values[s, best[s]]:.2f}" for s in range(S)]
    words = f"Attention of {_count(S, 'target')} (rows) over {_count(T, 'source')} (columns). "
    return Picture(figure, f"{words}{_cells.some(found)}.")


def reach(R: Any, *, scale: Literal["log", "linear"] = "log") -> Picture:
    """How much each input moves each output, as a map: rows are outputs, columns inputs.

    Args:
        R: (S, T), one sequence of what `looking.reach` gives, or (S, T, 1), all of it for one.
        scale: "log" shades by the power of ten, down to a millionth of the largest; "linear" by
            the number.

    Raises:
        ValueError: there is no number, or one is negative or not finite; another scale.

    >>> print(reach([[1.0, 0.0], [0.5, 1.0]]).alt)
    Sensitivity of 2 outputs (rows) to 2 inputs (columns), shaded by its power of ten, the largest \
1. At the last output, the input of its own step moves it by 1, the first input \
by 0.5. No output is moved by a later input.
    """
    R = np.asarray(R)
    values = _cells.table("R", R[:, :, 0] if R.ndim == 3 and R.shape[2] == 1 else R)
    if values.min() < 0:
        raise ValueError(f"R must not be negative, got {values.min():.3g}")
    if scale not in ("log", "linear"):
        raise ValueError(f"scale must be 'log' or 'linear', got {scale!r}")
    S, T = values.shape
    top = values.max()
    shares = shares_of(values, scale)
    with styled():
        figure, ax = blank(1, 1)
        unit = (_cells.WIDTH - 0.9) / max(T, 4)
        _cells.shade(ax, shares)
        _cells.border(ax, S, T)
        _cells.frame(ax, S, T, unit)
        _count_axes(ax, S, T, unit)
        _key(ax, S, T, unit, top, scale)
    how = "its power of ten" if scale == "log" else "its size"
    words = f"Sensitivity of {_count(S, 'output')} (rows) to {_count(T, 'input')} (columns), "
    words += f"shaded by {how}, the largest {top:.3g}."
    if S == T:
        words += f" At the last output, the input of its own step moves it by {values[-1, -1]:.3g}"
        words += f", the first input by {values[-1, 0]:.3g}." if T > 1 else "."
        later = np.triu(values, 1).max() if T > 1 else 0.0
        words += (
            " No output is moved by a later input."
            if later == 0
            else f" Later inputs move outputs too, by up to {later:.3g}."
        )
    return Picture(figure, words)


def shares_of(values: Array, scale: str) -> Array:
    """From 0 to 1, by size or by power of ten; zero stays zero."""
    top = values.max()
    if top == 0:
        return np.zeros_like(values)
    if scale == "linear":
        return np.asarray(values / top)
    with np.errstate(divide="ignore"):
        share = 1 + np.log10(values / top) / DECADES
    return np.asarray(np.clip(share, 0, 1))


def _unit(columns: int) -> float:
    return float(np.clip((_cells.WIDTH - 0.9) / columns, 0.12, 0.42))


def _name_rows(ax: Axes, names: list[str], unit: float) -> None:
    size = float(np.clip(unit * 72 * 0.72, 6, 10.5))
    for row, name in enumerate(names):
        _cells.write(ax, -0.06 / unit, row + 0.5, name, ha="right", size=size)


def _name_columns(ax: Axes, names: list[str], unit: float) -> None:
    size = float(np.clip(unit * 72 * 0.72, 6, 10.5))
    narrow = max(map(len, names)) * size * 0.62 / 72 > unit * 0.95
    for column, name in enumerate(names):
        how: dict[str, Any] = {"rotation": 90} if narrow else {}
        _cells.write(ax, column + 0.5, -0.06 / unit, name, ha="center", va="bottom", size=size,
                     **how)  # fmt: skip


def _count_axes(ax: Axes, S: int, T: int, unit: float) -> None:
    """Numbers of steps beside a map, as many as there is room for."""
    gap = 0.07 / unit
    every = _every(max(S, T), unit)
    for step in _ticks(T, every):
        _cells.write(ax, step - 0.5, -gap, str(step), ha="center", va="bottom", size=9)
    for step in _ticks(S, every):
        _cells.write(ax, -gap, step - 0.5, str(step), ha="right", size=9)
    _cells.write(ax, T / 2, -0.25 / unit, "input, step", ha="center", va="bottom", size=10)
    _cells.write(ax, -0.33 / unit, S / 2, "output, step", ha="right", va="center", rotation=90,
                 size=10)  # fmt: skip


def _ticks(count: int, every: int) -> list[int]:
    """Every so many steps; the first too where it does not touch the next."""
    found = [*range(every, count + 1, every)]
    return [1, *found] if every >= 5 or not found else found


def _every(count: int, unit: float) -> int:
    room = 0.28 / unit
    return next(n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 10**9) if n >= room or n >= count)


def _key(ax: Axes, S: int, T: int, unit: float, top: float, scale: str) -> None:
    """Shades and what they stand for, below the map."""
    from matplotlib.patches import Rectangle

    steps = DECADES if scale == "log" else 4
    below, wide, high = S + 0.16 / unit, 0.34 / unit, 0.15 / unit
    if scale == "log":
        names = [f"{top:.2g}", *("" for _ in range(steps - 1)), f"≤ {top * 10.0**-steps:.0e}"]
    else:
        names = [f"{top * (1 - k / steps):.2g}" for k in range(steps + 1)]
    for k, name in enumerate(names):
        share = 1 - k / steps
        place = k * wide, below
        ax.add_patch(Rectangle(place, wide, high, facecolor=INK, alpha=share, lw=0, clip_on=False))
        edge: dict[str, Any] = {
            "fill": False,
            "edgecolor": INK,
            "lw": 0.5,
            "alpha": 0.45,
            "clip_on": False,
        }
        ax.add_patch(Rectangle(place, wide, high, **edge))
        _cells.write(ax, (k + 0.5) * wide, below + high + 0.03 / unit, name, ha="center", va="top",
                     size=8.5)  # fmt: skip


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"
