"""Draws the networks of `rnncourse.graphs`: where nodes stand, which arrows, and the words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rnncourse._graph_strokes import RADIUS, against, arrow, bend, curve, loop
from rnncourse._picture import INK, PAPER, Picture, blank, styled
from rnncourse._validate import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rnncourse.graphs import Edge, Network

INCHES = 0.72  # per unit of the lengths below
ROW, COLUMN, BESIDE = 1.3, 1.65, 1.45
STATE, ENDS = "C0", "C7"


class Place(NamedTuple):
    """A node at a step of the unfolded graph."""

    node: str
    t: int


def picture(
    network: Network, steps: int, view: str, times: Sequence[str] | None, slopes: bool
) -> Picture:
    """The figure and its description."""
    with styled():
        figure, ax = blank(1, 1)
        words, right = [], 0.0
        if view != "unfolded":
            words.append(_fold(ax, network, view == "both"))
            right = max(x for x, _ in _folded_places(network).values()) + 2.9
        if view != "folded":
            words.append(_unfold(ax, network, steps, times, right, view == "both", slopes))
        _fit(figure, ax)
    return Picture(figure, " ".join(words))


def _fit(figure: Any, ax: Axes) -> None:
    ax.set_axis_off()
    ax.set_aspect("equal")
    ax.margins(0.02)
    ax.autoscale_view()
    (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
    figure.set_size_inches(INCHES * (x1 - x0), INCHES * (y1 - y0))
    figure.subplots_adjust(0, 0, 1, 1)


def _folded_places(network: Network) -> dict[str, tuple[float, float]]:
    """Nodes that exist at the same steps stand in one lane, lanes in the order of time."""
    lanes = sorted({network.steps.get(node, (0, 0)) for node in network.nodes})
    rows, places, left = network.rows(), dict[str, tuple[float, float]](), 0.0
    for lane in lanes:
        members = [n for n in network.nodes if network.steps.get(n, (0, 0)) == lane]
        across = _across(network, members, rows)
        left -= min(across.values())
        for node in members:
            places[node] = (left + across[node], ROW * rows[node])
        left += max(across.values()) + 1.7 * COLUMN
    return places


def _across(network: Network, nodes: Sequence[str], rows: dict[str, int]) -> dict[str, float]:
    """Where nodes stand beside each other: what is fed in the middle, what is not on its right."""
    fed = {e.target for e in network.edges if e.delay == 0}
    found = {}
    for row in {rows[n] for n in nodes}:
        group = sorted((n for n in nodes if rows[n] == row), key=lambda n: n not in fed)
        middle = [n for n in group if n in fed] or group
        for k, node in enumerate(group):
            found[node] = BESIDE * (k - (len(middle) - 1) / 2)
    return found


def _fold(ax: Axes, network: Network, both: bool) -> str:
    places, looped = _folded_places(network), set[str]()
    for edge in network.edges:
        a, b = np.array(places[edge.source]), np.array(places[edge.target])
        delayed = edge.delay != 0
        squares = 0 if not delayed else abs(edge.delay) if edge.delay != "end" else 1
        if edge.source == edge.target:
            crowded = any(0 < x - a[0] < 2 * COLUMN and y == a[1] for x, y in places.values())
            side = -1 if crowded != (edge.source in looped) else 1
            loop(ax, a, _tex(edge.weight), squares, side)
            looped.add(edge.source)
            continue
        curved = bend(a, b, places.values()) if not delayed or a[1] == b[1] else 0.95
        arrow(ax, a, b, curved, _tex(edge.weight), delayed, places.values(), squares)
    for node, place in places.items():
        _circle(ax, network, node, place, f"${network.labels.get(node, node)}$")
    start = "Left, the graph with its cycle: " if both else "The graph with its cycle: "
    return start + "; ".join(_sentence(edge) for edge in network.edges) + "."


def _sentence(edge: Edge) -> str:
    target = "itself" if edge.source == edge.target else edge.target
    by = f" by {edge.weight}" if edge.weight else ""
    if edge.delay == 0:
        when = ""
    elif edge.delay == "end":
        when = ", from its last step to every step"
    else:
        count = abs(edge.delay)
        number = {1: "one step", 2: "two steps"}.get(count, f"{count} steps")
        when = f", {number} {'later' if edge.delay > 0 else 'earlier'}"
    return f"{edge.source} feeds {target}{by}{when}"


def _unfold(
    ax: Axes,
    network: Network,
    steps: int,
    times: Sequence[str] | None,
    left: float,
    both: bool,
    slopes: bool,
) -> str:
    endless = any(node not in network.steps for node in network.nodes)
    first = min((f for f, _ in network.steps.values()), default=1) if network.steps else 1
    last = first + steps - 1
    names = list(times) if times else _times(first, steps, bool(network.steps))
    places = _unfolded_places(network, range(first, last + 1), left)

    drawn, gone_back = 0, list[str]()
    fed = {edge.target for edge in network.edges}
    for edge in network.edges:
        for source, target in _copies(network, edge, first, last):
            a, b = places.get(source), places.get(target)
            if a is not None and b is not None:
                curved = bend(a, b, places.values())
                arrow(ax, a, b, curved, _tex(edge.weight), edge.delay != 0, places.values())
                drawn += 1
                if slopes and edge.source in fed:
                    against(ax, a, b, curved, _transposed(edge.weight), places.values())
                    gone_back.append(edge.weight)
            elif endless and (a is None) != (b is None):
                _stub(ax, a, b, edge, network, left)
    for (node, t), place in places.items():
        label = f"${network.labels.get(node, node)}^{{({names[t - first]})}}$"
        _circle(ax, network, node, place, label)

    span = f"{_plain(names[0])} to {_plain(names[-1])}" if steps > 1 else _plain(names[0])
    shared = list(dict.fromkeys(edge.weight for edge in network.edges if edge.weight))
    head = "Right, unfolded" if both else "The graph unfolded"
    again = f" The copies of an arrow share its weights: {_series(shared)}." if shared else ""
    count = f"{len(places)} nodes and {drawn} arrow{'s' if drawn != 1 else ''}."
    back = ""
    if gone_back:
        ways = _series([f"{w} transposed" for w in dict.fromkeys(gone_back) if w])
        back = f" Dashed, {len(gone_back)} arrows run back against them, into no input: {ways}."
    return f"{head} over {steps} step{'s' if steps > 1 else ''}, {span}: {count}{again}{back}"


def _times(first: int, steps: int, numbered: bool) -> list[str]:
    if numbered:
        return [str(t) for t in range(first, first + steps)]
    if steps == 1:
        return ["t"]
    return [f"t{k:+d}" if k else "t" for k in range(-1, steps - 1)]


def _unfolded_places(network: Network, times: range, left: float) -> dict[Place, Array]:
    rows = network.rows()
    there = {t: [n for n in network.nodes if _exists(network, n, t)] for t in times}
    across = {t: _across(network, nodes, rows) for t, nodes in there.items()}
    spread = [x for beside in across.values() for x in beside.values()] or [0.0]
    column = COLUMN + max(spread) - min(spread)
    places = {}
    for t, nodes in there.items():
        for node in nodes:
            x = left - min(spread) + column * (t - times.start) + across[t][node]
            places[Place(node, t)] = np.array([x, ROW * rows[node]])
    return places


def _exists(network: Network, node: str, t: int) -> bool:
    first, last = network.steps.get(node, (t, t))
    return first <= t <= last


def _copies(network: Network, edge: Edge, first: int, last: int) -> list[tuple[Place, Place]]:
    """The arrow at every step, those that enter or leave the drawn steps included."""
    if edge.delay == "end":
        end = network.steps.get(edge.source, (first, last))[1]
        targets = [t for t in range(first, last + 1) if _exists(network, edge.target, t)]
        return [(Place(edge.source, end), Place(edge.target, t)) for t in targets]
    found = []
    for t in range(first - abs(edge.delay), last + abs(edge.delay) + 1):
        if _exists(network, edge.source, t - edge.delay) and _exists(network, edge.target, t):
            found.append((Place(edge.source, t - edge.delay), Place(edge.target, t)))
    return found


def _circle(ax: Axes, network: Network, node: str, place: Any, label: str) -> None:
    from matplotlib.patches import Circle

    recurrent = any(e.target == node and e.delay != 0 for e in network.edges)
    fed = any(e.target == node for e in network.edges)
    colour = STATE if recurrent else INK if fed else ENDS
    ax.add_patch(Circle(tuple(place), RADIUS, facecolor=PAPER, edgecolor=colour, lw=1.8, zorder=3))
    size = 13 if len(_plain(label)) < 6 else 11.5
    x, y = place
    ax.text(x, y, label, ha="center", va="center", fontsize=size, color=INK, zorder=4)


def _stub(
    ax: Axes, a: Array | None, b: Array | None, edge: Edge, network: Network, left: float
) -> None:
    """The part of an arrow that enters from, or leaves to, a step that is not drawn."""
    rows = network.rows()
    rise = ROW * (rows[edge.target] - rows[edge.source])
    known = a if a is not None else b
    assert known is not None
    forward = 1 if isinstance(edge.delay, int) and edge.delay > 0 else -1
    along = np.array([forward * COLUMN, rise])
    along /= np.hypot(*along)
    if a is not None:
        near, far = a + RADIUS * along, a + (RADIUS + 0.62) * along
    else:
        near, far = known - (RADIUS + 0.62) * along, known - (RADIUS + 0.03) * along
    curve(ax, [near, (near + far) / 2, far], True, faded=True, head=a is None)


def _tex(weight: str) -> str:
    return f"${weight}$" if weight else ""


def _transposed(weight: str) -> str:
    return rf"${weight}^\top$" if weight else ""


def _plain(tex: str) -> str:
    for mark in "${}\\^":
        tex = tex.replace(mark, "")
    return tex.replace("-", "−")


def _series(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
