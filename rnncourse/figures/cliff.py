"""A cliff in the loss of one unit, and gradient descent that meets it, clipped or not.

The unit is h[t] = tanh(w h[t-1] + b) with h[0] = 0.5 and no input; the loss looks at the end
alone, L = ½ (h[30] - 0.1)². Where the start lies on the border between two resting states, a small
change of w or b decides which of them is reached: the loss is a cliff there, and its slope huge.

The slopes are `rnncourse.elman`'s, the clipping is `rnncourse.optim`'s. `cliff.js` computes the
same in the browser.

Source: the picture of R. Pascanu, T. Mikolov and Y. Bengio, On the difficulty of training recurrent
neural networks (2013), section 2.3, here for a tanh unit, and computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rnncourse import elman, optim
from rnncourse._validate import Array

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STATE = {"rate": 0.3, "clip": "none", "limit": 1.0, "w": 1.8, "b": 0.6}
T, START, TARGET, UPDATES = 30, 0.5, 0.1, 60
W_RANGE, B_RANGE = (0.0, 3.0), (-1.0, 1.5)  # what is drawn
CLIPS = ("none", "norm", "value")


class Descent(NamedTuple):
    """A run of gradient descent: where it was, and the slope's length there."""

    path: Array  # (UPDATES + 1, 2), w and b
    lengths: Array  # (UPDATES,), before clipping
    loss: float  # at the end


def loss(w: Any, b: Any) -> Array:
    """The loss at any number of points at once; w and b broadcast."""
    h = np.full(np.broadcast(w, b).shape, START)
    for _ in range(T):
        h = np.tanh(w * h + b)
    found: Array = (h - TARGET) ** 2 / 2
    return found


def slope(w: float, b: float) -> Array:
    """dL/dw and dL/db, (2,), by back-propagation through the 30 steps."""
    params = elman.scalar(w=w, u=0.0, b=b).params
    h, _, cache = elman.forward(
        params, np.zeros((T, 1, 1)), elman.ElmanState(np.full((1, 1), START))
    )
    d_h = np.zeros_like(h)
    d_h[-1] = h[-1] - TARGET
    _, grads, _ = elman.backward(cache, d_h)
    return np.array([grads.W_hh[0, 0], grads.b[0]])


def clipped(g: Array, clip: str, limit: float) -> Array:
    """The slope as the rule `clip` leaves it.

    Raises:
        ValueError: there is no such rule.
    """
    if clip not in CLIPS:
        raise ValueError(f"clip should be one of {', '.join(CLIPS)}; got {clip!r}")
    if clip == "norm":
        (g,), _ = optim.clip_by_norm((g,), limit)
    elif clip == "value":
        (g,) = optim.clip_by_value((g,), limit)
    return g


def descent(rate: float, clip: str, limit: float, w: float, b: float) -> Descent:
    """Gradient descent from (w, b), 60 updates.

    Raises:
        ValueError: there is no such rule for clipping.
    """
    path, lengths = [np.array([w, b], float)], []
    for _ in range(UPDATES):
        g = slope(*path[-1])
        lengths.append(optim.norm((g,)))
        path.append(path[-1] - rate * clipped(g, clip, limit))
    return Descent(np.array(path), np.array(lengths), float(loss(*path[-1])))


def draw(rate: float, clip: str, limit: float, w: float, b: float) -> Figure:
    """Draw the figure as it stands before a reader moves it."""
    import matplotlib.pyplot as plt

    drawn, ax = plt.subplots(figsize=(7, 3.6))
    grid_w, grid_b = np.linspace(*W_RANGE, 121), np.linspace(*B_RANGE, 101)
    shade = ax.pcolormesh(
        grid_w, grid_b, loss(grid_w, grid_b[:, None]), cmap="Greys", vmax=0.9, rasterized=True
    )
    drawn.colorbar(shade, ax=ax, label="loss")
    path = descent(rate, clip, limit, w, b).path
    ax.plot(*path.T, "C1", marker="o", ms=4, lw=1.5)
    ax.set(xlim=W_RANGE, ylim=B_RANGE, xlabel="w", ylabel="b")
    ax.set_title(f"rate {rate:g}, clipping: {clip}", fontsize=11)
    return drawn
