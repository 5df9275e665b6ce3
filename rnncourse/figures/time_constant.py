r"""One linear leaky unit hears two waves and noise, and is to follow the slow wave.

    h[t] = (1 - α) h[t-1] + α x[t],  h[0] = 0        α = 1 / n, n the unit's time constant in steps
    x[t] = slow[t] + fast[t] + noise · e[t]          periods: chosen, and 6 steps

T is 300; the error is the mean squared distance from the slow wave over the last 200 steps. Who
always says 0 has an error of 1/2 (over whole periods). e is drawn once, by NumPy, and goes to the
browser in the state's part `drawn`; `time_constant.js` computes the rest as this module does.
"""

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STEPS, SCORED, FAST = 300, 200, 6.0
GRID = [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 17, 20, 24, 28, 34, 40, 48, 57, 68, 80, 100]


def signal(slow: float, noise: float, drawn: list[float]) -> tuple[list[float], list[float]]:
    """What is heard, and the slow wave in it, (T,) each."""
    wave = [math.sin(2 * math.pi * t / slow) for t in range(STEPS)]
    fast = [math.sin(2 * math.pi * t / FAST + 1) for t in range(STEPS)]
    return [s + f + noise * e for s, f, e in zip(wave, fast, drawn, strict=True)], wave


def followed(n: float, x: list[float]) -> list[float]:
    """The unit's state after each step, (T,).

    Raises:
        ValueError: n is below 1.
    """
    if n < 1:
        raise ValueError(f"n should be at least 1; got {n}")
    h, states = 0.0, []
    for x_t in x:
        h = (1 - 1 / n) * h + x_t / n
        states.append(h)
    return states


def error(n: float, slow: float, noise: float, drawn: list[float]) -> float:
    """Mean squared error of the unit as a guess of the slow wave, over the last 200 steps."""
    x, wave = signal(slow, noise, drawn)
    h = followed(n, x)
    return sum((a - b) ** 2 for a, b in zip(h[-SCORED:], wave[-SCORED:], strict=True)) / SCORED


def best(slow: float, noise: float, drawn: list[float]) -> float:
    """The time constant of `GRID` with the least error."""
    return min(GRID, key=lambda n: error(n, slow, noise, drawn))


STATE = {
    "n": 20.0,
    "noise": 1.0,
    "slow": 100,
    "drawn": [round(e, 4) for e in np.random.default_rng(0).standard_normal(STEPS).tolist()],
}


def draw(n: float, noise: float, slow: float, drawn: list[float]) -> "Figure":
    """Draw the figure as it stands before a reader moves it."""
    import matplotlib.pyplot as plt

    x, wave = signal(slow, noise, drawn)
    fig, (above, below) = plt.subplots(2, 1, figsize=(7, 4.6), layout="constrained")
    steps = range(1, STEPS + 1)
    above.plot(steps, x, ".", ms=2, color="0.5")
    above.plot(steps, wave, "--", label="slow wave")
    above.plot(steps, followed(n, x), label=f"unit, n = {n:g}")
    above.set(xlabel="step", ylim=(-3, 3))
    above.legend(frameon=False, fontsize=9, ncols=2, loc="lower left")
    below.semilogx(GRID, [error(m, slow, noise, drawn) for m in GRID])
    below.plot(n, error(n, slow, noise, drawn), "o")
    below.set(xlabel="time constant n", ylabel="error", ylim=(0, 1))
    return fig
