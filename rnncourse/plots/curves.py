"""Curves: gradient norms by lag, and a loss over training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from rnncourse._picture import Picture, blank, styled
from rnncourse._validate import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["gradient_norms", "training_curve"]

Curves = Mapping[str, Any] | Sequence[float] | Array


def gradient_norms(
    norms: Curves, *, by: Literal["time", "lag"] = "lag", ylabel: str = "gradient norm"
) -> Picture:
    """Gradient norms on a logarithmic axis, step by step.

    Args:
        norms: what `flow.state_gradient_norms` gives, (T + 1,) or (T + 1, B), entry t for the state
            after t steps; or several of them by name. Batches are shown by their median.
        by: "lag" counts the steps back from the end, "time" the steps from the beginning.
        ylabel: what the vertical axis shows.

    Raises:
        ValueError: there is no curve, or one is empty, negative or not finite.

    >>> print(gradient_norms({"w = 0.5": [0.125, 0.25, 0.5, 1.0]}).alt)
    Gradient norm by lag on a logarithmic axis. w = 0.5: from 1 at lag 0 to 0.125 at lag 3.
    """
    curves = {}
    for name, values in _named(norms, "norms").items():
        line = np.median(values, axis=1) if values.ndim == 2 else values
        if (line < 0).any():
            raise ValueError(f"norms must not be negative, got {line.min():.3g} in {name!r}")
        curves[name] = line[::-1] if by == "lag" else line
    with styled():
        figure, ax = blank(6.4, 3.4)
        ax.set_yscale("log")
        ends = []
        for line in curves.values():
            seen = np.where(line > 0, line, np.nan)  # a logarithmic axis has no place for 0
            ax.plot(np.arange(len(line)), seen)
            ends.append(_last(seen))
        ax.set_xlabel("lag: steps back from the end" if by == "lag" else "step")
        ax.set_ylabel(ylabel)
        _finish(ax, list(curves), ends)
    kind = "by lag" if by == "lag" else "over time"
    words = [f"{_capital(ylabel)} {kind} on a logarithmic axis."]
    unit = "lag" if by == "lag" else "step"
    for name, line in curves.items():
        title = f"{name}: " if name else ""
        text = f"{title}from {line[0]:.3g} at {unit} 0 to {line[-1]:.3g} at {unit} {len(line) - 1}"
        top = int(np.argmax(line))
        if 0 < top < len(line) - 1:
            text += f", highest {line[top]:.3g} at {unit} {top}"
        words.append(_capital(text) + ".")
    return Picture(figure, " ".join(words))


def training_curve(
    losses: Curves,
    *,
    xlabel: str = "update",
    ylabel: str = "loss",
    smooth: int = 1,
    chance: float | None = None,
) -> Picture:
    """A loss over training.

    Args:
        losses: one value an update, (N,); or several curves by name.
        xlabel: what is counted on the horizontal axis.
        ylabel: what the vertical axis shows.
        smooth: values averaged into each point, 1 for none; the raw curve stays faintly behind.
        chance: a level to compare with, drawn as a dashed line.

    Raises:
        ValueError: there is no curve, or one is empty or not finite; smooth is below 1 or above
            the number of values.

    >>> print(training_curve([2.0, 1.0, 0.5, 0.75], chance=0.69).alt)
    Loss by update. From 2 at update 1 to 0.75 at update 4, lowest 0.5 at update 3. Chance is 0.69.
    """
    curves = _named(losses, "losses")
    for name, line in curves.items():
        if line.ndim != 1:
            raise ValueError(f"losses must have shape (N,), got {line.shape} {name!r}".rstrip(" '"))
        if not 1 <= smooth <= len(line):
            raise ValueError(f"smooth must lie between 1 and {len(line)}, got {smooth}")
    words = [f"{_capital(ylabel)} by {xlabel}" + (f", means of {smooth}." if smooth > 1 else ".")]
    with styled():
        figure, ax = blank(6.4, 3.4)
        ends = []
        for k, (name, raw) in enumerate(curves.items()):
            line = np.convolve(raw, np.full(smooth, 1 / smooth), "valid")
            at = np.arange(smooth, len(raw) + 1)
            if smooth > 1:
                ax.plot(np.arange(1, len(raw) + 1), raw, color=f"C{k}", alpha=0.25, lw=0.8)
            ax.plot(at, line, color=f"C{k}")
            ends.append((float(at[-1]), float(line[-1])))
            title = f"{name}: " if name else ""
            text = f"{title}from {line[0]:.3g} at {xlabel} {at[0]} to {line[-1]:.3g}"
            text += f" at {xlabel} {at[-1]}"
            low = int(np.argmin(line))
            if 0 < low < len(line) - 1:
                text += f", lowest {line[low]:.3g} at {xlabel} {at[low]}"
            words.append(_capital(text) + ".")
        if chance is not None:
            ax.axhline(chance, color="C7", lw=1, ls=(0, (4, 3)))
            place: Any = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
            ax.annotate("chance", (1, chance), (-4, 3), ha="right", color="C7", size=9, **place)
            words.append(f"Chance is {chance:.3g}.")
        ax.set_xlabel(xlabel)
        ax.set_ylabel(ylabel)
        _finish(ax, list(curves), ends)
    return Picture(figure, " ".join(words))


def _named(curves: Curves, argument: str) -> dict[str, Array]:
    given = curves if isinstance(curves, Mapping) else {"": curves}
    if not given:
        raise ValueError(f"{argument} must hold at least one curve, got none")
    found = {str(name): np.asarray(values, np.float64) for name, values in given.items()}
    for name, values in found.items():
        called = f" in {name!r}" if name else ""
        if values.ndim not in (1, 2) or not values.size:
            raise ValueError(
                f"{argument} must be curves of at least one value, got shape {values.shape}{called}"
            )
        if not np.isfinite(values).all():
            raise ValueError(
                f"{argument} must be finite, got {values[~np.isfinite(values)][0]}{called}"
            )
    return found


def _last(line: Array) -> tuple[float, float] | None:
    seen = np.flatnonzero(np.isfinite(line))
    return (float(seen[-1]), float(line[seen[-1]])) if len(seen) else None


def _finish(ax: Axes, names: list[str], ends: Sequence[tuple[float, float] | None]) -> None:
    """Name each curve at its end; names that would touch move apart."""
    ax.grid(True)
    ax.margins(x=0.01)
    ax.figure.canvas.draw()  # type: ignore[attr-defined]
    placed = [
        (ax.transData.transform(end)[1], name, f"C{k}", end)
        for k, (name, end) in enumerate(zip(names, ends, strict=True))
        if end is not None and name
    ]
    points = ax.figure.dpi / 72
    floor = -np.inf
    for pixel, name, colour, end in sorted(placed):
        level = max(pixel, floor + 12 * points)
        floor = level
        ax.annotate(name, end, (6, (level - pixel) / points), textcoords="offset points",
                    va="center", color=colour, annotation_clip=False)  # fmt: skip


def _capital(text: str) -> str:
    # a name such as "w = 0.5" keeps its own first letter
    return text[:1].upper() + text[1:] if text[1:2].isalpha() else text
