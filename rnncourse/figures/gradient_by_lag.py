r"""Where the gradient of a recurrent weight comes from, step by step.

One unit, h[t] = tanh(w h[t-1] + x[t]) with h[0] = 0, and a loss that looks at the end alone,
L = ½ (h[T] - 1)². The slope dL/dw is a sum over the steps at which w was used; the term of
step t is δ[t] h[t-1], where δ[T] = (h[T] - 1)(1 - h[T]²) and δ[t] = w δ[t+1] (1 - h[t]²).

`gradient_by_lag.js` computes the same in the browser.
"""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STATE = {"w": 0.9, "T": 20, "inputs": "steady"}
KINDS = {
    "steady": lambda t: 0.3,
    "pulse": lambda t: 1.0 if t == 1 else 0.0,
    "alternating": lambda t: 1.0 if t % 2 else -1.0,
    "wandering": lambda t: math.sin(t * t),
}
FLOOR = 1e-12  # shares below it are drawn on the axis


def terms(w: float, T: int, inputs: str) -> list[float]:
    """Give the T terms of dL/dw, that of step 1 first; their sum is the slope.

    Raises:
        ValueError: `inputs` is not one of `KINDS`, or T is not positive.
    """
    if inputs not in KINDS:
        raise ValueError(f"inputs should be one of {', '.join(KINDS)}; got {inputs!r}")
    if T < 1:
        raise ValueError(f"T should be at least 1; got {T}")
    h = [0.0]
    for t in range(1, T + 1):
        h.append(math.tanh(w * h[t - 1] + KINDS[inputs](t)))
    found = [0.0] * T
    delta = (h[T] - 1) * (1 - h[T] ** 2)
    for t in range(T, 0, -1):
        found[t - 1] = delta * h[t - 1]
        delta = w * delta * (1 - h[t - 1] ** 2)
    return found


def shares(w: float, T: int, inputs: str) -> list[float]:
    """Give the size of each term as a share of the sum of all sizes, by lag: lag 0 is step T."""
    sizes = [abs(term) for term in reversed(terms(w, T, inputs))]
    total = sum(sizes)
    return [size / total if total else 0.0 for size in sizes]


def draw(w: float, T: int, inputs: str) -> "Figure":
    """Draw the figure as it stands before a reader moves it."""
    import matplotlib.pyplot as plt

    values = shares(w, T, inputs)
    drawn, ax = plt.subplots(figsize=(7, 3.2))
    ax.bar(range(T), [max(value, FLOOR) for value in values], width=0.7)
    ax.set(yscale="log", ylim=(FLOOR, 2), xlabel="lag: steps before the end", ylabel="share")
    ax.set_title(
        f"Share of dL/dw that comes from each step: w = {w:g}, {inputs} input", fontsize=11
    )
    ax.spines[["top", "right"]].set_visible(False)
    return drawn
