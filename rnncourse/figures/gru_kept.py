"""What one gated unit keeps: its gates stand still, its state begins at 1, its news is the same.

    z keeps        h[t] = z h[t-1] + (1 - z) n         as Cho et al. and PyTorch write it
    1 - z keeps    h[t] = (1 - z) h[t-1] + z n         as many other texts do
    LSTM           c[t] = f c[t-1] + i n               with f = z, and an input gate of its own

where z = σ(gate), i = σ(input_gate). `gru_kept.js` computes the same in the browser.
"""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STATE = {"gate": 2.2, "news": 0.0, "input_gate": 0.0}
STEPS, LATER, SHOWN = 30, 10, 3.0
KINDS = {"z": "z keeps", "1-z": "1 − z keeps", "lstm": "LSTM, f = z"}


def sigma(a: float) -> float:
    """The logistic function."""
    return 0.5 + 0.5 * math.tanh(a / 2)


def factors(kind: str, gate: float, input_gate: float) -> tuple[float, float]:
    """How much of the state stays in a step, and how much of the news comes in.

    Raises:
        ValueError: there is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"kind should be one of {', '.join(KINDS)}; got {kind!r}")
    if kind == "lstm":
        return sigma(gate), sigma(input_gate)
    z = sigma(gate)
    return (z, 1 - z) if kind == "z" else (1 - z, z)


def states(kind: str, gate: float, news: float, input_gate: float) -> list[float]:
    """Give the state after 0, 1 … 30 steps; it begins at 1. Errors as in `factors`."""
    kept, new = factors(kind, gate, input_gate)
    found = [1.0]
    for _ in range(STEPS):
        found.append(kept * found[-1] + new * news)
    return found


def half_life(kept: float) -> float:
    """Steps until half of a state is left; infinite where all of it stays."""
    return math.log(0.5) / math.log(kept) if kept < 1 else math.inf


def draw(gate: float, news: float, input_gate: float) -> "Figure":
    """Draw the figure as it stands before a reader moves it."""
    import matplotlib.pyplot as plt

    drawn, ax = plt.subplots(figsize=(7, 3.2))
    for (kind, name), style in zip(KINDS.items(), ("C0-", "C1--", "C7:"), strict=True):
        line = [max(-SHOWN, min(SHOWN, h)) for h in states(kind, gate, news, input_gate)]
        ax.plot(line, style, label=name)
    ax.axhline(news, color="black", lw=0.6)
    ax.set(xlabel="step", ylabel="state")
    ax.legend(frameon=False)
    ax.spines[["top", "right"]].set_visible(False)
    return drawn
