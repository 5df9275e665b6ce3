"""An Elman network unfolded over T steps, with or without a second arrow that skips steps.

The copies and arrows grow with T, the weights do not. What the last output knows of the first
input came along a path; the shortest one has one arrow into the state, then as many as it takes to
cover T - 1 steps with arrows of length 1 and `skip`, then one to the output.

`unfolding.js` computes the same in the browser.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STATE = {"T": 6, "skip": 1}


def counts(T: int, skip: int) -> dict[str, int]:
    """Count copies of nodes, arrows, weight matrices, and arrows on the shortest path x(1) → o(T).

    Args:
        T: steps, at least 1.
        skip: length of the second arrow from state to state; 1 where there is none.

    Raises:
        ValueError: T or skip is below 1.
    """
    for name, value in (("T", T), ("skip", skip)):
        if value < 1:
            raise ValueError(f"{name} should be at least 1; got {value}")
    skipping = max(T - skip, 0) if skip > 1 else 0
    return {
        "nodes": 3 * T,
        "arrows": 2 * T + (T - 1) + skipping,
        "matrices": 3 + (skip > 1),
        "path": 2 + (T - 1) // skip + (T - 1) % skip,
    }


def draw(T: int, skip: int) -> "Figure":
    """Draw the figure as it stands before a reader moves it."""
    from rnncourse.graphs import ELMAN, Edge, Network
    from rnncourse.graphs import draw as draw_network

    extra = [Edge("h", "h", "R", skip)] if skip > 1 else []
    return draw_network(Network([*ELMAN.edges, *extra]), steps=T, view="unfolded").figure
