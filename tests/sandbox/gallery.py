"""Figures of many kinds: ``python gallery.py plain|remembered`` prints a digest of each picture.

Run where ``inside`` can be imported. Also printed is how often a text was laid out and an axis'
ticks were placed.
"""

import datetime
import hashlib
import io
import itertools
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator

import matplotlib as mpl

mpl.use("agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axis import Axis
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter, ScalarFormatter

FIGURES: dict[str, Callable[[], Iterator[plt.Figure]]] = {}
PLAIN = {"s": "one text", "ha": "right", "va": "top"}  # so that its size moves it
TEXTS = [
    {},
    {"s": "another"},
    {"s": "two\nlines, of which one is long"},
    {"s": r"$\frac{a}{b}$ and more"},
    {"s": r"$\frac{a}{b}$ and more", "parse_math": False},
    {"ha": "left"},
    {"ha": "center"},
    {"va": "bottom"},
    {"va": "center_baseline"},
    {"s": "two\nlines, of which one is long", "ma": "right"},
    {"s": "two\nlines, of which one is long", "linespacing": 2.5},
    {"rotation": 30},
    {"rotation": 30, "rotation_mode": "anchor"},
    {"rotation": 30, "rotation_mode": "xtick"},
    {"fontsize": 20},
    {"fontweight": "bold"},
    {"fontstyle": "italic"},
    {"fontfamily": "serif"},
    {"fontfamily": "monospace"},
    {"s": r"$x^2$", "math_fontfamily": "cm"},
    {"s": r"$x^2$", "math_fontfamily": "stix"},
    {"s": "a long text that has to be broken into lines, " * 3, "wrap": True},
    {"bbox": {"boxstyle": "round"}},
]


def figure(make: Callable[[], Iterator[plt.Figure]]) -> Callable[[], Iterator[plt.Figure]]:
    """Have it drawn, each time that it yields."""
    FIGURES[make.__name__] = make
    return make


class Changing(Text):
    """A text that changes something whenever it is drawn."""

    change: Callable[[], object]

    def draw(self, renderer: object) -> None:
        """Draw it."""
        self.change()
        super().draw(renderer)


@figure
def lines() -> Iterator[plt.Figure]:
    made, axes = plt.subplots(figsize=(6, 4))
    for rate in (0.5, 0.9, 1.3):
        axes.semilogy(range(1, 30), np.exp(-np.arange(1, 30) * rate), marker=".", label=f"{rate}")
    axes.set(xlabel="lag n", ylabel="norm", title="Gradients")
    axes.legend()
    yield made
    axes.set(xscale="log", ylim=(1e-3, 1))
    yield made
    axes.grid(which="both")
    axes.tick_params(labelrotation=45, labelright=True, labeltop=True)
    yield made


@figure
def texts() -> Iterator[plt.Figure]:
    made = plt.figure(figsize=(8, 10))
    for number, properties in enumerate(TEXTS):
        made.text(0.1 + 0.8 * (number % 2), 0.05 + number / 25, **{**PLAIN, **properties})
    yield made
    made.set_dpi(55)
    yield made
    with mpl.rc_context({"text.hinting": "no_hinting", "font.sans-serif": "DejaVu Serif"}):
        yield made


@figure
def texts_that_turn_with_their_axes() -> Iterator[plt.Figure]:
    made, axes = plt.subplots()
    axes.set(xscale="log", xlim=(1, 1000))
    for place in ((2, 0.1), (50, 0.5)):
        axes.text(*place, "along", rotation=45, transform_rotates_text=True)
    axes.annotate("here", (10, 0.5), (30, 0.8), arrowprops={"arrowstyle": "->"})
    yield made


@figure
def layouts() -> Iterator[plt.Figure]:
    for layout in ("constrained", "tight", "compressed"):
        made, grid = plt.subplots(2, 2, layout=layout)
        for axes, scale in zip(grid.flat, (1, 1e-7, 1e9, 1e3), strict=True):
            axes.plot(np.arange(5) * scale + 3e6, np.arange(5) ** 3 * scale)
            axes.set(ylabel="a long label\nof two lines", title=f"{scale:g}")
        made.suptitle("Four")
        made.colorbar(grid[0, 0].scatter([0, 1], [0, 1], c=[0, 5]), ax=grid[0, 0])
        yield made


@figure
def shared() -> Iterator[plt.Figure]:
    made, grid = plt.subplots(2, 2, sharex=True, sharey="row", width_ratios=(1, 5))
    for number, axes in enumerate(grid.flat):
        axes.plot([1e6, 1e6 + 1 + number], [0, 10.0**number])
    grid[0, 0].twinx().plot([1e6, 1e6 + 3], [5, 7])
    grid[1, 1].secondary_xaxis("top", functions=(np.cbrt, lambda x: x**3))
    yield made
    made, grid = plt.subplots(2)
    one = ScalarFormatter()
    for number, axes in enumerate(grid):
        axes.plot([0, 1], [1e6 * 10**number, 1e6 * 10**number + 1])
        axes.yaxis.set_major_formatter(one)
    yield made


@figure
def aspects() -> Iterator[plt.Figure]:
    for adjustable in ("datalim", "box"):
        made, axes = plt.subplots(figsize=(3, 6))
        axes.plot([0, 100], [0, 1])
        axes.set_aspect("equal", adjustable=adjustable)
        yield made


@figure
def other_axes() -> Iterator[plt.Figure]:
    made = plt.figure(figsize=(8, 8))
    made.add_subplot(2, 2, 1, projection="polar").plot([0, 1, 4], [1, 2, 1])
    made.add_subplot(2, 2, 2, projection="3d").plot([0, 1, 2], [3, 1, 2], [0, 4, 1])
    made.add_subplot(2, 2, 3).bar(["a", "b", "c"], [1, 3, 2])
    days = [datetime.date(2020, 1, 1) + datetime.timedelta(days=30 * n) for n in range(5)]
    made.add_subplot(2, 2, 4).plot(days, range(5))
    made.autofmt_xdate()
    yield made


@figure
def pictures() -> Iterator[plt.Figure]:
    made, (left, right) = plt.subplots(1, 2)
    made.colorbar(left.imshow(np.arange(12).reshape(3, 4)), label="value")
    right.pie([1, 2, 3], labels=["one", "two", "three"], autopct="%.0f %%")
    yield made


@figure
def scales() -> Iterator[plt.Figure]:
    made, grid = plt.subplots(2, 3, figsize=(9, 6))
    for axes, scale in zip(
        grid.flat, ("linear", "log", "symlog", "logit", "asinh", "log"), strict=1
    ):
        axes.plot([0.01, 0.3, 0.9], [0.02, 0.4, 0.99])
        axes.set_yscale(scale)
    grid[0, 0].yaxis.set_major_formatter(PercentFormatter(1))
    grid[0, 0].invert_yaxis()
    grid[1, 2].minorticks_off()
    grid[1, 2].set_xticks([0.1, 0.5], labels=["few", "many"], rotation=70)
    yield made


@figure
def formatters_that_count() -> Iterator[plt.Figure]:
    made, axes = plt.subplots()
    asked = iter(range(10**6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, place: f"{next(asked)}"))
    yield made


@figure
def changed_while_drawn() -> Iterator[plt.Figure]:
    made, axes = plt.subplots()
    axes.plot([1, 2, 3])

    def change(event: object) -> None:
        axes.xaxis.get_major_ticks()[1].label1.set_text("changed")
        made.axes[0].yaxis.get_major_ticks()[1].gridline.set_visible(True)

    made.canvas.mpl_connect("draw_event", change)
    yield made


@figure
def changed_by_an_artist() -> Iterator[plt.Figure]:
    made, axes = plt.subplots()
    axes.plot([1, 7])
    axes.xaxis.tick_top()
    axes.set_title("for whose place the ticks are asked for before the artist is drawn")
    number = itertools.count(1)

    def change_limits() -> None:
        axes.set_xlim(0, axes.get_xlim()[1] * 3)
        made.texts[0].set_fontsize(made.texts[0].get_fontsize() + 3)

    changes = (
        change_limits,
        lambda: axes.xaxis.set_major_locator(MaxNLocator(next(number))),
        lambda: axes.xaxis.set_major_formatter(PercentFormatter(next(number))),
        lambda: axes.set_xscale(("log", "linear")[next(number) % 2]),
    )
    made.text(0.3, 0.3, "grows", va="top")
    for change in changes:
        artist = Changing(0.5, 0.5, "x", zorder=-1)  # before the axes
        artist.change = change
        axes.add_artist(artist)
        yield made
        artist.remove()


def digest(drawn: plt.Figure) -> list[str]:
    """Of its picture as the notebook keeps it, whole, and at another resolution."""
    ways: tuple[dict[str, object], ...] = (
        {"bbox_inches": "tight"},
        {},
        {"dpi": 40},
        {"format": "svg"},
    )
    found = []
    for way in ways:
        file = io.BytesIO()
        drawn.savefig(file, **{"format": "png", **way})
        found.append(hashlib.sha256(file.getvalue()).hexdigest())
    return found


def main(which: str) -> None:
    """Print it."""
    mpl.rcParams.update({"svg.hashsalt": "same", "svg.fonttype": "none"})
    count: Counter[str] = Counter()

    def counted(owner: type, name: str) -> None:
        method = getattr(owner, name)

        def counting(*args: object) -> object:
            count[name] += 1
            return method(*args)

        setattr(owner, name, counting)

    counted(Text, "_get_layout")
    counted(Axis, "_update_ticks")
    if which == "remembered":
        from inside import remembered

        remembered.install()
    pictures = {}
    for name, make in FIGURES.items():
        pictures[name] = [digest(drawn) for drawn in make()]
        plt.close("all")
    print(json.dumps({"pictures": pictures, "count": count}))


if __name__ == "__main__":
    main(sys.argv[1])
