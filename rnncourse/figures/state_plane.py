"""The state plane of two tanh units left to themselves: h[t] = tanh(W h[t-1]).

Four weights decide whether a state is forgotten, kept, turned round, or thrown from side to side.
`state_plane.js` computes the same in the browser.
"""

from typing import TYPE_CHECKING

import numpy as np

from rnncourse import elman

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STATE = {"w11": 1.05, "w12": -0.5, "w21": 0.5, "w22": 1.05}
START = (0.9, 0.2)
STEPS = 60
LATE = 2000  # steps after which a state is where it stays
NEAR = 1e-6


def orbit(
    w11: float,
    w12: float,
    w21: float,
    w22: float,
    start: tuple[float, float] = START,
    steps: int = STEPS,
) -> list[list[float]]:
    """Give the states h[0] to h[steps] from a start, by `rnncourse.elman` without input."""
    W = np.array([[w11, w12], [w21, w22]])
    params = elman.ElmanParams(W_ih=np.zeros((2, 1)), W_hh=W, b=np.zeros(2))
    state = elman.ElmanState(np.array([start]))
    h, _, _ = elman.forward(params, np.zeros((steps, 1, 1)), state)
    return [list(start), *h[:, 0].tolist()]


def fate(w11: float, w12: float, w21: float, w22: float) -> str:
    """Say where the orbit from `START` ends: "forgotten", "kept", "flips" or "turns"."""
    late = np.array(orbit(w11, w12, w21, w22, steps=LATE)[-3:])
    if np.abs(late[2] - late[1]).max() < NEAR:
        return "forgotten" if np.abs(late[2]).max() < 1e-3 else "kept"
    return "flips" if np.abs(late[2] - late[0]).max() < NEAR else "turns"


def draw(w11: float, w12: float, w21: float, w22: float) -> "Figure":
    """Draw the figure as it stands before a reader moves it."""
    import matplotlib.pyplot as plt

    drawn, ax = plt.subplots(figsize=(4.6, 4.4))
    for a in np.linspace(-1, 1, 9):
        for b in np.linspace(-1, 1, 9):
            (x0, y0), (x1, y1) = orbit(w11, w12, w21, w22, (float(a), float(b)), 1)
            ax.plot([x0, x0 + 0.3 * (x1 - x0)], [y0, y0 + 0.3 * (y1 - y0)], color="0.5", lw=1)
    path = np.array(orbit(w11, w12, w21, w22))
    ax.plot(path[:, 0], path[:, 1], "o-", ms=3, lw=1)
    ax.plot(*START, "s", ms=7)
    ax.set(xlim=(-1.1, 1.1), ylim=(-1.1, 1.1), xlabel="h₁", ylabel="h₂", aspect="equal")
    return drawn
