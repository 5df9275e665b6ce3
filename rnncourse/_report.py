"""Two sets of gradients side by side, and the table that says where they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rnncourse import _tree


@dataclass(frozen=True)
class Comparison:
    """One array's gradient against one measurement of it."""

    name: str
    shape: tuple[int, ...]
    error: float  # largest difference, relative to the largest measured entry
    index: tuple[int, ...]  # where the difference is largest
    derived: float  # the hand-derived value there
    measured: float


@dataclass(frozen=True)
class Report:
    """What a gradient check found; prints as a table, the worst row marked.

    Attributes:
        exact: comparisons with the complex step, one for each array.
        differences: comparisons with central differences.
        pytorch: comparisons with PyTorch's automatic differentiation, where asked for.
    """

    exact: tuple[Comparison, ...]
    differences: tuple[Comparison, ...]
    pytorch: tuple[Comparison, ...] = ()

    @property
    def worst_row(self) -> Comparison:
        """The comparison with the largest error, finite differences apart."""
        return max(self.exact + self.pytorch, key=lambda row: row.error)

    @property
    def worst(self) -> float:
        """The largest relative error against the complex step and PyTorch; 1e-15 is right."""
        return self.worst_row.error

    @property
    def worst_difference(self) -> float:
        """The largest relative error against central differences; 1e-8 is right."""
        return max(row.error for row in self.differences)

    def __repr__(self) -> str:
        heads = ["gradient", "shape", "complex step", "differences"]
        columns = [self.exact, self.differences]
        if self.pytorch:
            heads.append("PyTorch")
            columns.append(self.pytorch)
        table = [heads]
        for rows in zip(*columns, strict=True):
            errors = [f"{row.error:.1e}" for row in rows]
            table.append([rows[0].name, "×".join(map(str, rows[0].shape)) or "scalar", *errors])
        widths = [max(len(line[k]) for line in table) for k in range(len(heads))]
        lines = [
            "  ".join(
                cell.ljust(w) if k < 2 else cell.rjust(w)
                for k, (cell, w) in enumerate(zip(line, widths, strict=True))
            )
            for line in table
        ]
        worst = self.worst_row
        where = ", ".join(map(str, worst.index))
        place = f"{worst.name}[{where}]" if where else worst.name
        lines.append(
            f"worst: {place}, derived {worst.derived:.6g}, measured {worst.measured:.6g} "
            f"({worst.error:.1e} of the largest entry)"
        )
        return "\n".join(lines)


def compared(derived: Any, measured: Any) -> tuple[Comparison, ...]:
    """One comparison for each array of two trees of the same nesting."""
    rows = []
    for (name, g), (_, m) in zip(_tree.leaves(derived), _tree.leaves(measured), strict=True):
        g, m = np.asarray(g), np.asarray(m)
        if not g.size:
            rows.append(Comparison(name, g.shape, 0.0, (), 0.0, 0.0))
            continue
        gap = np.abs(g - m)
        gap[np.isnan(gap)] = np.inf
        index = tuple(int(i) for i in np.unravel_index(np.argmax(gap), g.shape))
        scale = np.abs(m).max() or 1.0
        error = float(gap[index] / scale)
        rows.append(Comparison(name, g.shape, error, index, float(g[index]), float(m[index])))
    return tuple(rows)
