"""What one unit keeps of a pulse: h[t] = f(w h[t-1] + u x[t] + b), u = 3, h[0] = 0.

The input is 1 at one step, -1 at a later one, and 0 at all others. How much of the first pulse is
left after ten steps is measured against the same unit that never got it.

`one_unit.js` computes the same in the browser.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STATE = {"w": 1.5, "b": 0.0, "activation": "tanh"}
STEPS, ON, OFF, WEIGHT, LATER = 30, 3, 18, 3.0, 10
ACTIVATIONS: dict[str, Callable[[float], float]] = {
    "tanh": math.tanh,
    "logistic": lambda a: 0.5 + 0.5 * math.tanh(a / 2),
    "relu": lambda a: max(a, 0.0),
    "identity": lambda a: a,
}
SHOWN = 3.0  # states beyond it are drawn at the edge


def states(w: float, b: float, activation: str, *, pulse: bool = True) -> list[float]:
    """Give h[0] … h[30]; without `pulse` the input stays 0 until the second one.

    Raises:
        ValueError: there is no such activation.
    """
    if activation not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise ValueError(f"activation should be one of {known}; got {activation!r}")
    f, h = ACTIVATIONS[activation], [0.0]
    for t in range(1, STEPS + 1):
        x = (pulse and t == ON) - (t == OFF)
        h.append(f(w * h[-1] + WEIGHT * x + b))
    return h


def kept(w: float, b: float, activation: str) -> float:
    """Give the share of what the first pulse changed that is left ten steps later."""
    with_it = states(w, b, activation)
    without = states(w, b, activation, pulse=False)
    made = with_it[ON] - without[ON]
    return (with_it[ON + LATER] - without[ON + LATER]) / made if made else 0.0


def draw(w: float, b: float, activation: str) -> "Figure":
    """Draw the figure as it stands before a reader moves it."""
    import matplotlib.pyplot as plt

    drawn, ax = plt.subplots(figsize=(7, 3.2))
    for pulse, style in ((False, {"color": "C7", "ls": "--"}), (True, {"marker": "o", "ms": 4})):
        line = states(w, b, activation, pulse=pulse)
        ax.plot([max(-SHOWN, min(SHOWN, h)) for h in line], **style)  # type: ignore[arg-type]
    for t, text in ((ON, "+1"), (OFF, "−1")):
        ax.axvline(t, color="C1", lw=1, ls=":")
        ax.text(t, 1.02, text, transform=ax.get_xaxis_transform(), ha="center", color="C1")
    ax.set(xlabel="step", ylabel="state h")
    ax.spines[["top", "right"]].set_visible(False)
    return drawn
