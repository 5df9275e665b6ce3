"""How much of a loss's slope is left k steps back, in a small network of tanh, ReLU or LSTM units.

The loss looks at the last state alone. The network's weights are drawn once, at a spectral radius
of 1 for each recurrent block, and travel in the figure's state; the reader scales the recurrent
ones to a radius, the input ones by the strength of the input, and sets the forget gate's bias.
The numbers are those of `rnncourse.flow.state_gradient_norms`.

`gradient_reach.js` computes the same in the browser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rnncourse import elman, flow, initialise, looking, lstm, relu_rnn

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CELLS = {"tanh": elman, "relu": relu_rnn, "lstm": lstm}
SAID = {"tanh": "tanh", "relu": "ReLU", "lstm": "LSTM"}
UNITS, T, DIGITS = 8, 40, 6
LOW, HIGH = 1e-12, 1e6  # what is beyond is drawn on the edge


def exported(seed: int = 2) -> dict[str, Any]:
    """Weights at radius 1 and an input, as a page carries them: lists, rounded to six digits."""
    rng = np.random.default_rng(seed)

    def block(rng: np.random.Generator, shape: tuple[int, int]) -> Any:
        return initialise.scaled_to_radius(rng, shape, radius=1.0)

    simple = initialise.recurrent(elman.init(rng, 1, UNITS), block, rng)
    gated = initialise.recurrent(lstm.init(rng, 1, UNITS), block, rng)
    found = {
        "W_ih": rng.normal(size=UNITS),
        "W_hh": simple.W_hh,
        "lstm_ih": rng.normal(size=4 * UNITS),
        "lstm_hh": gated.W_hh,
        "x": rng.normal(size=T),
    }
    rounded: dict[str, Any] = {name: a.round(DIGITS).tolist() for name, a in found.items()}
    rounded["sigma"] = float(looking.singular_values(np.array(rounded["W_hh"]))[0])
    return rounded


STATE = {"cell": "tanh", "radius": 1.2, "drive": 0.5, "gate_bias": 1.0, "weights": exported()}


def network(
    cell: str, radius: float, drive: float, gate_bias: float, weights: dict[str, Any]
) -> tuple[Any, Any, np.ndarray]:
    """The cell module, its weights and the input (T, 1, 1) that the controls stand for.

    Raises:
        ValueError: there is no such cell.
    """
    if cell not in CELLS:
        raise ValueError(f"cell should be one of {', '.join(CELLS)}; got {cell!r}")
    x = np.array(weights["x"], float)[:, None, None]
    prefix = "lstm" if cell == "lstm" else "W"
    W_ih = drive * np.array(weights[f"{prefix}_ih"], float)[:, None]
    W_hh = radius * np.array(weights[f"{prefix}_hh"], float)
    H = W_hh.shape[1]
    b = np.zeros(len(W_hh))
    if cell == "lstm":
        b[H : 2 * H] = gate_bias
        return lstm, lstm.LSTMParams(W_ih, W_hh, b), x
    kind = elman.ElmanParams if cell == "tanh" else relu_rnn.ReLUParams
    return CELLS[cell], kind(W_ih, W_hh, b), x


def norms(
    cell: str, radius: float, drive: float, gate_bias: float, weights: dict[str, Any]
) -> list[float]:
    """The norm of the slope by the state k steps before the end, for k = 0 … T; 1 at k = 0.

    Raises:
        ValueError: there is no such cell.
    """
    module, params, x = network(cell, radius, drive, gate_bias, weights)
    found: list[float] = flow.state_gradient_norms(module, params, x)[::-1, 0].tolist()
    return found


def draw(
    cell: str, radius: float, drive: float, gate_bias: float, weights: dict[str, Any]
) -> Figure:
    """Draw the figure as it stands before a reader moves it."""
    import matplotlib.pyplot as plt

    values = norms(cell, radius, drive, gate_bias, weights)
    lags = np.arange(len(values))
    drawn, ax = plt.subplots(figsize=(7, 3.2))
    ax.semilogy(lags, np.clip(values, LOW, HIGH), marker="o", ms=4)
    if cell == "lstm":
        kept = 1 / (1 + np.exp(-gate_bias))
        ax.semilogy(lags, kept**lags, "C1--", label="the gate's bias alone, σ(b)ᵏ")
    else:
        ax.semilogy(lags, radius**lags, "C1--", label="the radius alone, ρᵏ")
        ax.semilogy(lags, (radius * weights["sigma"]) ** lags, "C7:", label="bound, σ₁ᵏ")
    ax.set(ylim=(LOW, HIGH), xlabel="lag k: steps before the end", ylabel="slope left")
    ax.set_title(f"{SAID[cell]}, radius {radius:g}, input × {drive:g}", fontsize=11)
    ax.legend(frameon=False, loc="lower left")
    ax.spines[["top", "right"]].set_visible(False)
    return drawn
