"""Gates: those of one unit at every step of a text, and where those of all units saturate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rnncourse import _validate
from rnncourse._picture import INK, Picture, blank, styled
from rnncourse._validate import Array
from rnncourse.plots import _cells

if TYPE_CHECKING:
    from rnncourse.looking.inside import Saturation

__all__ = ["saturation", "traces"]

MARKS = "o^sDvP"
LINE, WORDS = 24, 12  # characters or tokens beside each other


def traces(
    values: Mapping[str, Any], text: Sequence[str], *, unit: int = 0, sequence: int = 0
) -> Picture:
    """Every gate and state of one unit under the text that it reads, a row for each.

    A row that stays above zero, as gates do, is shaded in ink; one that does not, in orange above
    zero and in blue with a minus sign below. A row that leaves (-1, 1) is scaled by its largest.

    Args:
        values: arrays (T, B, H) by name, such as `looking.traces` gives; others are left out.
        text: T characters or tokens.
        unit: which unit, from 0.
        sequence: which sequence of the batch, from 0.

    Raises:
        ValueError: no such array, unit or sequence; not as many characters; a value not finite.

    >>> rows = {"f": np.array([0.9, 0.1]), "c": np.array([0.5, -0.5])}
    >>> print(traces({name: row.reshape(2, 1, 1) for name, row in rows.items()}, "ab").alt)
    Unit 0 over 2 characters, one row for each of f, c. f: mean 0.5, from 0.1 at character 2 (b) \
to 0.9 at character 1 (a). c: mean 0, from -0.5 at character 2 (b) to 0.5 at character 1 (a).
    """
    rows = _rows_of(values, unit, sequence)
    T = len(next(iter(rows.values())))
    letters = _cells.labels("text", text, T)
    wide = max(map(len, letters), default=1) > 1
    line = min(T, LINE if not wide else WORDS)
    size = (_cells.WIDTH - 0.35) / line if line > 10 else 0.4
    height = len(rows) + 1.6  # of a line of text with its table, and the room below
    lines = -(-T // line)
    with styled():
        figure, ax = blank(1, 1)
        for number in range(lines):
            part = slice(number * line, (number + 1) * line)
            top = number * height + 1
            count = len(letters[part])
            font = float(np.clip(size * 72 * 0.85, 6.5, 11))
            for k, letter in enumerate(letters[part]):
                turned: dict[str, Any] = {"rotation": 45, "ha": "left"} if wide else {}
                _cells.write(ax, k + 0.5, top - 0.15, letter, va="bottom", size=font,
                             **{"ha": "center", "family": "monospace", **turned})  # fmt: skip
            for r, (name, row) in enumerate(rows.items()):
                signed = bool(row.min() < 0)
                most = max(1.0, float(np.abs(row).max()))
                shares = row[None, part] / most
                _cells.shade(ax, shares, signed=signed, top=top + r)
                if signed:
                    for k in np.flatnonzero(shares[0] < -0.05).tolist():
                        _cells.write(ax, k + 0.5, top + r + 0.5, "−", ha="center", size=font * 0.9)
                _cells.write(ax, -0.08 / size, top + r + 0.5, name, ha="right", size=11,
                             style="italic")  # fmt: skip
            _cells.border(ax, len(rows), count, top)
        _key(ax, rows, lines * height - 0.6 + 0.07 / size, size)
        _cells.frame(ax, lines * height - 0.6, line, size)
    what = "token" if wide else "character"
    words = [
        f"Unit {unit} over {T} {what}{'' if T == 1 else 's'}, one row for each of "
        f"{', '.join(rows)}."
    ]
    for name, row in rows.items():
        low, high = int(row.argmin()), int(row.argmax())
        words.append(
            f"{name}: mean {row.mean():.3g}, from {row[low]:.3g} at {what} {low + 1} "
            f"({letters[low]}) to {row[high]:.3g} at {what} {high + 1} ({letters[high]})."
        )
    return Picture(figure, " ".join(words))


def saturation(shares: Mapping[str, Saturation]) -> Picture:
    """Each unit's gate by how much of the time it stands at either end.

    A point low on the right is a gate that is nearly always open, one high on the left nearly
    always shut, one near the corner at 0 is used over its range.

    Args:
        shares: what `looking.saturation` gives, by the name of the gate; at most six.

    Raises:
        ValueError: no gate or more than six, or a share that is not between 0 and 1.

    >>> from rnncourse.looking import Saturation
    >>> print(saturation({"f": Saturation(np.array([0.0, 0.5]), np.array([1.0, 0.25]))}).alt)
    Share of the steps at which each of 2 units is right-saturated (across) and left-saturated \
(up). f: right-saturated 62 % of the time on average, left-saturated 25 %; always \
right-saturated 1 unit, always left-saturated 0.
    """
    if not 1 <= len(shares) <= len(MARKS):
        raise ValueError(f"shares must be of 1 to {len(MARKS)} gates, got {len(shares)}")
    found = {name: np.array([np.ravel(side) for side in part]) for name, part in shares.items()}
    for name, both in found.items():
        if not both.size or not ((both >= 0) & (both <= 1)).all():
            raise ValueError(f"shares[{name!r}] must be of units, between 0 and 1, got {both}")
    words = []
    with styled():
        figure, ax = blank(3.9, 3.9)
        ax.plot([0, 1], [1, 0], color=INK, lw=0.8, alpha=0.4)  # none is at both ends at once
        for k, (name, (left, right)) in enumerate(found.items()):
            ax.plot(right, left, MARKS[k], ms=8, color=f"C{k}", alpha=0.6, mew=0, label=name,
                    clip_on=False)  # fmt: skip
            always = int((right == 1).sum())
            words.append(
                f"{name}: right-saturated {100 * right.mean():.0f} % of the time on average, "
                f"left-saturated {100 * left.mean():.0f} %; always right-saturated {always} "
                f"unit{'' if always == 1 else 's'}, always left-saturated {(left == 1).sum()}."
            )
        ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
        ax.set_xlabel("share of steps right-saturated")
        ax.set_ylabel("share of steps left-saturated")
        ax.legend(loc="upper right", frameon=False, handletextpad=0.1, fontsize=11)
    sizes = {both.shape[1] for both in found.values()}
    units = f"{sizes.pop()} units" if len(sizes) == 1 else "the units"
    units = "1 unit" if units == "1 units" else units
    head = f"Share of the steps at which each of {units} is right-saturated (across) and "
    return Picture(figure, f"{head}left-saturated (up). {' '.join(words)}")


def _key(ax: Any, rows: Mapping[str, Array], top: float, size: float) -> None:
    """What the shades stand for, below the table."""
    larger = [f"of {n} {abs(r).max():.2g}" for n, r in rows.items() if abs(r).max() > 1]
    _cells.write(ax, 0, top, ", ".join(["full shade: 1", *larger]), va="top", size=9)
    if any(row.min() < 0 for row in rows.values()):
        text = "orange: above 0, blue (−): below"
        _cells.write(ax, 0, top + 0.18 / size, text, va="top", size=9)


def _rows_of(values: Mapping[str, Any], unit: int, sequence: int) -> dict[str, Array]:
    """One unit's rows (T,)."""
    arrays = {str(name): np.asarray(array) for name, array in values.items()}
    arrays = {name: array for name, array in arrays.items() if array.ndim == 3}
    if not arrays:
        raise ValueError("values must hold an array (T, B, H), got none")
    T, B, H = next(iter(arrays.values())).shape
    if not T:
        raise ValueError("values must have at least one step, got none")
    for name, count, at in (("sequence", B, sequence), ("unit", H, unit)):
        if not 0 <= at < count:
            raise ValueError(f"{name} must lie between 0 and {count - 1}, got {at}")
    for name, array in arrays.items():
        _validate.shape(f"values[{name!r}]", array, (T, B, H), because="as the first one")
        _validate.finite(f"values[{name!r}]", array[:, sequence, unit])
    return {name: array[:, sequence, unit] for name, array in arrays.items()}
