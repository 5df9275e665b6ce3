r"""A reservoir that nobody trained, driven by a signal which the reader draws.

Twenty-four units, drawn once by `esn.init`, at one of three spectral radii. For each radius and
for each lag k from 0 to 15 there is a read-out, fitted by `esn.ridge` on noise, that names the
input of k steps ago. The share it explains on the reader's signal is r², the square of the
correlation. Two runs from different states show whether the start is forgotten.

The weights and the read-outs go to the browser in the state's part `network`, rounded to six
digits; `reservoir.js` has the forward pass and no numbers of its own.
"""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from rnncourse import esn, linear

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STEPS, LAGS, UNITS = 60, 16, 24
RADII = ("0.3", "0.9", "1.5")
STARTS = (0.0, 0.9)  # of every unit, in the two runs
PRESETS = {
    "spike": lambda t: 1.0 if t == 6 else 0.0,
    "steps": lambda t: 0.8 if t // 12 % 2 else -0.8,
    "slow": lambda t: 0.8 * math.sin(2 * math.pi * t / 40),
    "fast": lambda t: 0.8 * math.sin(2 * math.pi * t / 5),
    "wandering": lambda t: math.sin(t * t),
    "silence": lambda t: 0.0,
}


def preset(name: str) -> list[float]:
    """One of the signals to begin with, to three decimals.

    Raises:
        ValueError: there is none of that name.
    """
    if name not in PRESETS:
        raise ValueError(f"preset should be one of {', '.join(PRESETS)}; got {name!r}")
    return [round(PRESETS[name](t), 3) + 0.0 for t in range(STEPS)]


def _rounded(values: Any) -> Any:
    values = np.asarray(values)
    if values.ndim > 1:
        return [_rounded(row) for row in values]
    return [float(f"{value:.6g}") + 0.0 for value in values]


def exported(seed: int = 4) -> dict[str, Any]:
    """Draw the reservoir and fit its read-outs.

    Returns:
        W_ih (H,), W_hh (H, H) at a spectral radius of 1, b (H,); and under "readouts", for each
        radius, W_ho (16, H) and b_o (16,), row k naming the input of k steps ago.
    """
    drawn = esn.init(
        np.random.default_rng(seed), 1, UNITS, radius=1.0, connections=6, input_scale=0.5
    )
    network: dict[str, Any] = {
        "W_ih": _rounded(drawn.W_ih[:, 0]),
        "W_hh": _rounded(drawn.W_hh),
        "b": _rounded(drawn.b),
        "readouts": {},
    }
    x = np.random.default_rng(seed + 1).uniform(-1, 1, (3000, 1, 1))
    y = np.concatenate([np.roll(x, k, axis=0) for k in range(LAGS)], axis=2)
    for radius in RADII:
        h, _ = esn.forward(_params(network, radius), x)
        fitted = esn.ridge(h, y, 1e-4, washout=100)
        network["readouts"][radius] = {"W_ho": _rounded(fitted.W_ho), "b_o": _rounded(fitted.b_o)}
    return network


def _params(network: dict[str, Any], radius: str) -> esn.ESNParams:
    return esn.ESNParams(
        W_ih=np.array(network["W_ih"])[:, None],
        W_hh=float(radius) * np.array(network["W_hh"]),
        W_oh=np.zeros((UNITS, 0)),
        b=np.array(network["b"]),
        alpha=np.ones(UNITS),
    )


def states(network: dict[str, Any], radius: str, signal: list[float], start: float = 0.0) -> Any:
    """h, (T, H), with every unit at `start` before the first step."""
    x = np.array(signal, float)[:, None, None]
    h, _ = esn.forward(_params(network, radius), x, esn.ESNState(np.full((1, UNITS), start)))
    return h[:, 0]


def echoes(network: dict[str, Any], radius: str, signal: list[float], start: float = 0.0) -> Any:
    """What each read-out says, (T, 16)."""
    fitted = network["readouts"][radius]
    readout = linear.LinearParams(np.array(fitted["W_ho"]), np.array(fitted["b_o"]))
    o, _ = linear.forward(readout, states(network, radius, signal, start)[:, None])
    return o[:, 0]


def shares(network: dict[str, Any], radius: str, signal: list[float]) -> list[float]:
    """Share of the signal of k steps ago that read-out k explains, r²; 0 where it does not move."""
    o, found = echoes(network, radius, signal), []
    for k in range(LAGS):
        said, true = o[k:, k], np.array(signal[: len(signal) - k])
        said, true = said - said.mean(), true - true.mean()
        scale = (said**2).sum() * (true**2).sum()
        found.append(float((said * true).sum() ** 2 / scale) if scale > 1e-20 else 0.0)
    return found


def gaps(network: dict[str, Any], radius: str, signal: list[float]) -> list[float]:
    """Distance between the two runs, before the first step and after each, (T + 1,)."""
    one, other = (states(network, radius, signal, start) for start in STARTS)
    first = math.sqrt(UNITS) * abs(STARTS[1] - STARTS[0])
    return [first, *np.linalg.norm(one - other, axis=1).tolist()]


STATE = {
    "preset": "wandering",
    "radius": "0.9",
    "lag": 5,
    "view": "echo",
    "at": 1,
    "level": 0.0,
    "signal": preset("wandering"),
    "network": exported(),
}


def draw(
    preset: str,
    radius: str,
    lag: int,
    view: str,
    at: int,
    level: float,
    signal: list[float],
    network: dict[str, Any],
) -> "Figure":
    """Draw the figure as it stands before a reader moves it."""
    import matplotlib.pyplot as plt

    drawn, (above, below) = plt.subplots(
        2, 1, figsize=(7, 4.2), sharex=True, height_ratios=(2, 3), layout="constrained"
    )
    steps = range(1, len(signal) + 1)
    above.bar(steps, signal, width=0.7)
    above.set(ylim=(-1.05, 1.05), ylabel="input")
    if view == "gap":
        below.semilogy(
            range(len(signal) + 1), [max(gap, 1e-12) for gap in gaps(network, radius, signal)]
        )
        below.set(ylabel="gap of two runs")
    elif view == "units":
        below.plot(steps, states(network, radius, signal)[:, :6], lw=1)
        below.set(ylabel="six units", ylim=(-1.05, 1.05))
    else:
        below.plot(steps[lag:], signal[: len(signal) - lag], "k--", lw=1, label=f"{lag} steps ago")
        below.plot(steps, echoes(network, radius, signal)[:, lag], label="read-out")
        below.set(ylabel="value")
        below.legend(frameon=False, fontsize=9, loc="lower left", ncols=2)
    below.set(xlabel="step")
    return drawn
