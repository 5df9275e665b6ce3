"""Plots as inline SVG that takes its colours from the page, with the numbers in its description."""

from collections.abc import Sequence

from markupsafe import Markup

from autograder.reports.results import number
from autograder.reports.statistics import bins

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 640, 250, 8, 48, 42


def distribution(values: Sequence[float], maximum: float, median: float) -> Markup:
    """How many students reached how many points, with the median marked.

    Args:
        values: points of each student.
        maximum: points that could be reached.
        median: where the mark goes.
    """
    classes = bins(values, maximum)
    most = max((n for _, _, n in classes), default=0) or 1
    plot_width, plot_height = _WIDTH - 2 * _LEFT, _HEIGHT - _TOP - _BOTTOM
    step, floor = plot_width / len(classes), _HEIGHT - _BOTTOM
    bars = []
    for index, (low, _, n) in enumerate(classes):
        height = plot_height * n / most
        x = _LEFT + index * step
        if n:
            bars.append(
                Markup(
                    '<rect class="column" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>'
                    '<text x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>'
                ).format(
                    x + 2, floor - height, step - 4, height, x + step / 2, floor - height - 6, n
                )
            )
        bars.append(_tick(x, floor, number(low)))
    bars.append(_tick(_LEFT + plot_width, floor, number(maximum)))
    where = _LEFT + plot_width * (median / maximum if maximum else 0)
    line = Markup(
        '<path class="median" d="M{0:.1f} {1} V{2}"/>'
        '<text class="quiet" x="{0:.1f}" y="{3}" text-anchor="{4}">median {5}</text>'
    ).format(
        where,
        floor,
        _TOP - 26,
        _TOP - 32,
        "start" if where < _WIDTH * 0.1 else "end" if where > _WIDTH * 0.9 else "middle",
        number(median),
    )
    counts = ", ".join(f"{number(a)} to {number(b)}: {n}" for a, b, n in classes if n)
    words = f"Students by points, of {number(maximum)}. {counts}. Median {number(median)}."
    return Markup(
        '<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<path class="axis" d="M{} {} H{}"/>{}{}'
        '<text class="quiet" x="{}" y="{}" text-anchor="middle">points</text></svg>'
    ).format(
        _WIDTH,
        _HEIGHT,
        words,
        _LEFT,
        floor,
        _LEFT + plot_width,
        Markup("").join(bars),
        line,
        _WIDTH / 2,
        _HEIGHT - 4,
    )


def _tick(x: float, floor: float, text: str) -> Markup:
    return Markup('<text class="quiet" x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
        x, floor + 17, text
    )
