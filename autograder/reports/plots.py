"""Plots as inline SVG that takes its colours from the page, with the numbers in its description."""

from collections.abc import Sequence

from markupsafe import Markup

from autograder.reports.results import number
from autograder.reports.statistics import ItemNumbers, bins

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 640, 250, 8, 48, 42


def distribution(
    values: Sequence[float], maximum: float, median: float, unit: str = "points"
) -> Markup:
    """How many students reached how many points, with the median marked.

    Args:
        values: points of each student.
        maximum: points that could be reached.
        median: where the mark goes.
        unit: what the values are: points, or minutes of work.
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
        bars.append(_tick(x, floor, number(low), "middle" if index else "start"))
    bars.append(_tick(_LEFT + plot_width, floor, number(maximum), "end"))
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
    words = f"Students by {unit}, of {number(maximum)}. {counts}. Median {number(median)}."
    return Markup(
        '<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<path class="axis" d="M{} {} H{}"/>{}{}'
        '<text class="quiet" x="{}" y="{}" text-anchor="middle">{}</text></svg>'
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
        unit,
    )


_ROW = 64  # height of one item's bar with its name above


def items(rows: Sequence[ItemNumbers]) -> Markup:
    """For each item how many had all the points, some, none: a bar in three parts.

    The parts differ in pattern as well as in tone, and say their number where there is room.
    """
    shown = [row for row in rows if row.graded]
    parts, words = [], []
    for index, row in enumerate(shown):
        y = index * _ROW
        counts = (row.full, row.graded - row.full - row.nothing, row.nothing)
        parts.append(
            Markup('<text x="0" y="{}">{}</text>').format(y + 20, clipped(row.verdict.title))
        )
        x = 0.0
        for kind, count in zip(("all", "some", "none"), counts, strict=True):
            width = _WIDTH * count / row.graded
            if not count:
                continue
            parts.append(
                Markup(
                    '<rect class="part-{}" x="{:.1f}" y="{}" width="{:.1f}" height="26"/>'
                ).format(kind, x + 0.5, y + 27, max(0.5, width - 1))
            )
            if width > 34:
                parts.append(
                    Markup(
                        '<text class="on-{}" x="{:.1f}" y="{}" text-anchor="middle">{}</text>'
                    ).format(kind, x + width / 2, y + 47, count)
                )
            x += width
        full, some, none = counts
        words.append(f"{row.verdict.title}: {full} all the points, {some} some, {none} none.")
    return Markup(
        '<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    ).format(_WIDTH, max(1, len(shown)) * _ROW, " ".join(words), Markup("").join(parts))


def clipped(text: str, most: int = 60) -> str:
    """A title that fits above its bar."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _tick(x: float, floor: float, text: str, anchor: str) -> Markup:
    return Markup('<text class="quiet" x="{:.1f}" y="{}" text-anchor="{}">{}</text>').format(
        x, floor + 17, anchor, text
    )
