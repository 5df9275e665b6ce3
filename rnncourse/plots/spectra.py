"""Spectra of Jacobians: eigenvalues in the complex plane, singular values by lag."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncourse import _validate
from rnncourse._picture import INK, Picture, blank, styled
from rnncourse._validate import Array
from rnncourse.plots._cells import WIDTH

__all__ = ["eigenvalues", "singular_values"]


def eigenvalues(values: Any) -> Picture:
    """Eigenvalues in the complex plane, with the circle on which nothing grows or shrinks.

    Args:
        values: (…, N), such as `looking.eigenvalues` gives; all are drawn.

    Raises:
        ValueError: there is none, or one is not finite.

    >>> print(eigenvalues([0.5, 0.8j, -0.8j, -1.1]).alt)
    4 eigenvalues in the complex plane. 3 lie within the unit circle, 1 outside or on it; the \
largest has size 1.1, the median size is 0.8.
    """
    points = np.asarray(values, np.complex128).ravel()
    if not points.size:
        raise ValueError(f"values must hold at least one, got shape {np.shape(values)}")
    _validate.finite("values", points)
    sizes = np.abs(points)
    inside = sizes < 1 - 1e-12
    reach = max(1.15, 1.08 * float(sizes.max()))
    alpha = float(np.clip(30 / len(points), 0.25, 0.85))
    with styled():
        figure, ax = blank(3.9, 3.9)
        around = np.exp(2j * np.pi * np.linspace(0, 1, 181))
        ax.axhline(0, color=INK, lw=0.6, alpha=0.3)
        ax.axvline(0, color=INK, lw=0.6, alpha=0.3)
        ax.plot(around.real, around.imag, color="C7", lw=1.4)
        for chosen, mark, colour, size in ((inside, "o", "C0", 5), (~inside, "^", "C1", 6.5)):
            if chosen.any():
                seen = points[chosen]
                ax.plot(seen.real, seen.imag, mark, color=colour, ms=size, alpha=alpha, mew=0)
        corner = _emptiest(points)
        ax.annotate("|λ| = 1", (corner.real, corner.imag), (4 * np.sign(corner.real), 0),
                    color="C7", size=10, ha="left" if corner.real > 0 else "right",
                    va="bottom" if corner.imag > 0 else "top",
                    textcoords="offset points")  # fmt: skip
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        ax.set_xlabel("real part")
        ax.set_ylabel("imaginary part")
    one = len(points) == 1
    words = f"{len(points)} eigenvalue{'' if one else 's'} in the complex plane. "
    words += f"{inside.sum()} lie{'s' if inside.sum() == 1 else ''} within the unit circle, "
    words += f"{(~inside).sum()} outside or on it; the largest has size {sizes.max():.3g}"
    words += "." if one else f", the median size is {np.median(sizes):.3g}."
    return Picture(figure, words)


def singular_values(values: Any, *, radius: float | None = None) -> Picture:
    """Singular values of the product of k Jacobians, by the lag k, on a logarithmic axis.

    What is lost in the rounding of the largest one (below N ε of it) is not drawn.

    Args:
        values: (T + 1, N) or (T + 1, B, N), the largest first, such as
            `looking.singular_values(looking.products(J))` gives. Batches are shown by their median.
        radius: ρ, to compare with ρᵏ, drawn dashed.

    Raises:
        ValueError: another shape, a negative value or one that is not finite; ρ not above zero.

    >>> powers = 0.5 ** np.arange(5)[:, None] * np.array([1.0, 0.5])
    >>> print(singular_values(powers, radius=0.5).alt)
    Singular values of the product of Jacobians by lag, on a logarithmic axis. The largest goes \
from 1 at lag 0 to 0.0625 at lag 4, the smallest from 0.5 to 0.0312. The spectral radius 0.5 to \
the power of 4 is 0.0625.
    """
    given = np.asarray(values)
    _validate.shape("values", given, ("T + 1", "B", "N") if given.ndim == 3 else ("T + 1", "N"))
    if not given.size:
        raise ValueError(f"values must hold at least one, got shape {given.shape}")
    _validate.finite("values", given)
    if (given < 0).any():
        raise ValueError(f"values must not be negative, got {given.min():.3g}")
    if radius is not None and not radius > 0:
        raise ValueError(f"radius must be above 0, got {radius}")
    lines = np.median(given, axis=1) if given.ndim == 3 else given  # (T + 1, N)
    lags = np.arange(len(lines))
    shown = _above_rounding(lines, given.dtype)
    with styled():
        figure, ax = blank(WIDTH, 3.1)
        ax.set_yscale("log")
        mark: dict[str, Any] = {"marker": "o", "ms": 4} if len(lags) == 1 else {}
        for k in reversed(range(1, lines.shape[1])):
            ax.plot(lags, shown[:, k], color="C0", lw=0.9, alpha=0.45, **mark)
        ax.plot(lags, shown[:, 0], color="C0", lw=2.2, **mark)
        above: dict[str, Any] = {"textcoords": "offset points", "annotation_clip": False}
        last = np.flatnonzero(np.isfinite(shown[:, 0]))
        if last.size:
            end = last[-1]
            ax.annotate("largest", (lags[end], shown[end, 0]), (5, 0), color="C0", va="center",
                        **above)  # fmt: skip
        if radius is not None:
            power = np.full(len(lags), float(radius)) ** lags
            ax.plot(lags, np.where(power > 0, power, np.nan), color="C1", lw=1.5, ls=(0, (4, 3)))
            close = last.size and abs(np.log10(power[-1] / shown[last[-1], 0])) < 0.5
            ax.annotate("ρᵏ", (lags[-1], power[-1]), (5, -13 if close else 0), color="C1",
                        va="center", **above)  # fmt: skip
        ax.set_xlabel("lag k")
        ax.set_ylabel("singular values")
        ax.grid(True)
        ax.margins(x=0.01)
    T = lags[-1]
    words = "Singular values of the product of Jacobians by lag, on a logarithmic axis. "
    words += f"The largest goes from {lines[0, 0]:.3g} at lag 0 to {lines[-1, 0]:.3g} at lag {T}"
    if lines.shape[1] > 1:
        least, lost = lines[-1, -1], not np.isfinite(shown[-1, -1])
        words += f", the smallest from {lines[0, -1]:.3g} to "
        words += "less than can be computed" if lost else f"{least:.3g}"
    words += "."
    if radius is not None:
        words += f" The spectral radius {radius:.3g} to the power of {T} is {radius**T:.3g}."
    return Picture(figure, words)


def _emptiest(points: Array) -> Any:
    """Where on the circle, of four places, no point is near."""
    places = np.exp(0.25j * np.pi * np.array([7, 1, 3, 5]))
    return places[np.abs(points[:, None] - 1.15 * places).min(axis=0).round(1).argmax()]


def _above_rounding(lines: Array, dtype: Any) -> Array:
    """NaN for what is zero or noise."""
    precision = float(np.finfo(dtype).eps) if np.issubdtype(dtype, np.inexact) else 0.0
    least = lines.shape[1] * precision * lines[:, :1]
    return np.where((lines > 0) & (lines >= least), lines, np.nan)
