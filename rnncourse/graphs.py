"""Networks as graphs: described once, counted, and drawn with their cycle and unfolded.

A description is a list of arrows. An arrow with a delay carries the value of an earlier step: that
is all that makes a network recurrent.

>>> elman = Network(
...     [
...         Edge("x", "h", "U"),
...         Edge("h", "h", "W", delay=1),
...         Edge("h", "o", "V"),
...     ],
...     sizes={"x": 3, "h": 5, "o": 2},
...     biases={"h": "b", "o": "c"},
... )
>>> elman.parameters()
{'U': 15, 'W': 25, 'V': 10, 'b': 5, 'c': 2}
>>> draw(elman).alt  # doctest: +ELLIPSIS
'Left, the graph with its cycle: x feeds h by U; h feeds itself by W, one step later; ...'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from rnncourse._picture import Picture

__all__ = ["ELMAN", "ENCODER_DECODER", "JORDAN", "OUTPUT_RECURRENCE", "Edge", "Network", "draw"]

Delay = int | Literal["end"]


class Edge(NamedTuple):
    """An arrow of the graph.

    Attributes:
        source: name of the node it leaves.
        target: name of the node it enters.
        weight: name of the matrix it multiplies by; empty where the value passes unchanged.
        delay: steps the value waits: 0 within a step, 1 from the step before, -1 from the step
            after (a network that runs backward), "end" from the source's last step to every step
            of the target.
    """

    source: str
    target: str
    weight: str = ""
    delay: Delay = 0


@dataclass(frozen=True)
class Network:
    """A network described by its arrows.

    Attributes:
        edges: the arrows; nodes are named by them.
        sizes: units in each node, for counting parameters.
        biases: name of the bias vector of a node.
        steps: first and last step at which a node exists; every step for those left out.
        labels: how a node is written, in TeX, where its name is not it.
        heights: rows of nodes in the picture, from 0 at the bottom, where the order of
            computation does not give a good one.

    Raises:
        ValueError: arrows without delay form a cycle, so no order of computation exists; or a
            size, bias, range or label belongs to no node.
    """

    edges: Sequence[Edge]
    sizes: Mapping[str, int] = field(default_factory=dict)
    biases: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    heights: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "edges", tuple(Edge(*edge) for edge in self.edges))
        for name in ("sizes", "biases", "steps", "labels", "heights"):
            for node in getattr(self, name):
                if node not in self.nodes:
                    known = ", ".join(self.nodes)
                    raise ValueError(
                        f"{name} must be of nodes that have an arrow ({known}), got {node!r}"
                    )
        for node, (first, last) in self.steps.items():
            if first > last:
                raise ValueError(f"steps[{node!r}] must run forward, got {(first, last)}")
        self.rows()

    @property
    def nodes(self) -> tuple[str, ...]:
        """Names in the order in which the arrows mention them."""
        return tuple(dict.fromkeys(name for edge in self.edges for name in edge[:2]))

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of every weight matrix (units of the target, of the source) and bias.

        Raises:
            ValueError: a size is missing, or a matrix is shared by arrows of different sizes.
        """
        found: dict[str, tuple[int, ...]] = {}
        for edge in self.edges:
            if not edge.weight:
                continue
            shape = (self._size(edge.target), self._size(edge.source))
            if found.setdefault(edge.weight, shape) != shape:
                raise ValueError(
                    f"{edge.weight} must have one shape, got {found[edge.weight]} and {shape} "
                    f"(from {edge.source} to {edge.target})"
                )
        for node, bias in self.biases.items():
            found[bias] = (self._size(node),)
        return found

    def parameters(self) -> dict[str, int]:
        """Numbers in each matrix and bias; one that is shared counts once.

        >>> sum(Network(ELMAN.edges, {"x": 10, "h": 20, "o": 5}).parameters().values())
        700
        """
        counts = {}
        for name, shape in self.shapes().items():
            counts[name] = shape[0] * (shape[1] if len(shape) > 1 else 1)
        return counts

    def rows(self) -> dict[str, int]:
        """How high a node stands: above everything that feeds it within the same step.

        Raises:
            ValueError: nodes feed each other in a circle within one step.
        """
        rows: dict[str, int] = {}
        open_: list[str] = []

        def place(node: str) -> int:
            if node in open_:
                cycle = " → ".join([*open_[open_.index(node) :], node])
                raise ValueError(f"edges must not form a cycle without delay, got {cycle}")
            if node not in rows:
                open_.append(node)
                below = [
                    place(e.source) + 1 for e in self.edges if e.target == node and e.delay == 0
                ]
                open_.pop()
                rows[node] = max(below, default=0)
            return rows[node]

        for node in self.nodes:
            place(node)
        for node in self.nodes:  # what nothing feeds stands just below what it feeds
            if not any(e.target == node for e in self.edges):
                above = [rows[e.target] for e in self.edges if e.source == node and e.delay == 0]
                rows[node] = min(above, default=1) - 1
        return {**self._raised(rows), **self.heights}

    def _raised(self, rows: dict[str, int]) -> dict[str, int]:
        # a decoder that begins where the encoder ended stands beside it, and its outputs above
        for edge in self.edges:
            fed_within = any(e.target == edge.target and e.delay == 0 for e in self.edges)
            if edge.delay != 0 and not fed_within and not self._reaches(edge.target, edge.source):
                lift = rows[edge.source] - rows[edge.target]
                for node in self._within_step(edge.target) if lift > 0 else ():
                    rows[node] += lift
        return rows

    def _within_step(self, start: str) -> set[str]:
        return set(self._walk(start, [e for e in self.edges if e.delay == 0]))

    def _reaches(self, start: str, end: str) -> bool:
        return end in self._walk(start, self.edges)

    @staticmethod
    def _walk(start: str, edges: Sequence[Edge]) -> Iterator[str]:
        seen, waiting = {start}, [start]
        while waiting:
            node = waiting.pop()
            yield node
            for edge in edges:
                if edge.source == node and edge.target not in seen:
                    seen.add(edge.target)
                    waiting.append(edge.target)

    def _size(self, node: str) -> int:
        if node not in self.sizes:
            raise ValueError(f"sizes must give the units of {node!r}, got {dict(self.sizes)}")
        return self.sizes[node]


ELMAN = Network([Edge("x", "h", "U"), Edge("h", "h", "W", 1), Edge("h", "o", "V")])
JORDAN = Network([Edge("x", "h", "U"), Edge("o", "h", "W", 1), Edge("h", "o", "V")])
OUTPUT_RECURRENCE = Network(
    [
        Edge("x", "h", "U"),
        Edge("h", "o", "V"),
        Edge("o", "L"),
        Edge("y", "L"),
        Edge("o", "h", "W", 1),
    ]
)
ENCODER_DECODER = Network(
    [
        Edge("x", "h", "U"),
        Edge("h", "h", "W", 1),
        Edge("h", "g", "C", 1),
        Edge("g", "g", "R", 1),
        Edge("y", "g", "E", 1),
        Edge("g", "y", "V"),
    ],
    steps={"x": (1, 3), "h": (1, 3), "g": (4, 6), "y": (4, 6)},
)


def draw(
    network: Network,
    steps: int = 3,
    *,
    view: Literal["both", "folded", "unfolded"] = "both",
    times: Sequence[str] | None = None,
    slopes: bool = False,
) -> Picture:
    """Draw a network with its cycle, and unfolded in time.

    A small square on an arrow is a delay of one step; arrows with a delay are coloured. Where the
    network goes on beyond the steps drawn, its arrows fade out. Dashed arrows against the others
    are the ways of the loss's slopes: each by the transposed weights, none into an input.

    Args:
        network: the description.
        steps: how many steps to unfold; a network whose nodes all have `steps` of their own is
            unfolded whole.
        view: both pictures side by side, or one of them.
        times: how the steps are written, in TeX; t - 1, t, t + 1 … when left out.
        slopes: whether the unfolded graph shows the ways back.

    Returns:
        A `Picture`: `.figure`, `.alt`; it shows itself in a notebook.

    Raises:
        ValueError: steps is below 1, times are not as many, or view is none of the three.

    >>> draw(JORDAN, steps=4, view="unfolded").alt  # doctest: +ELLIPSIS
    'The graph unfolded over 4 steps, t−1 to t+2: 12 nodes and 11 arrows. ...'
    """
    from rnncourse._graph_drawing import picture

    if view not in ("both", "folded", "unfolded"):
        raise ValueError(f"view must be 'both', 'folded' or 'unfolded', got {view!r}")
    if all(node in network.steps for node in network.nodes):
        first = min(first for first, _ in network.steps.values())
        steps = max(last for _, last in network.steps.values()) - first + 1
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    if times is not None and len(times) != steps:
        raise ValueError(f"times must name {steps} steps, got {len(times)}")
    return picture(network, steps, view, times, slopes)
