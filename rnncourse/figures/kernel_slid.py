r"""A kernel slid over a signal, and the row of the banded matrix that does the same.

y[t] = Σ_j W[j] x[t - j] for a kernel of three taps, twelve steps, and zeros before the first. Not
flipped, y[t] = Σ_j W[2 - j] x[t - j], it is what deep-learning libraries call a convolution. Row t
of the matrix M holds what y[t] takes from each input: y = M x.

`kernel_slid.js` computes the same in the browser; here it is `rnncourse.conv` that does.
"""

from typing import TYPE_CHECKING

import numpy as np

from rnncourse import conv
from rnncourse._validate import Array

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STATE = {"t": 4, "kernel": "slope", "signal": "bumps", "flipped": True}
KERNELS = {
    "slope": (1.0, 2.0, 3.0),
    "mean": (1 / 3, 1 / 3, 1 / 3),
    "difference": (1.0, -1.0, 0.0),
    "echo": (1.0, 0.0, 0.5),
    "delay": (0.0, 0.0, 1.0),
}
SIGNALS = {
    "bumps": (0.0, 1.0, 2.0, 0.0, 3.0, 0.0, 0.0, 1.0, 1.0, 0.0, 2.0, 0.0),
    "pulse": (0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "step": (0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
}


def taps(kernel: str, flipped: bool) -> Array:
    """The weights by how many steps back they look, (3,).

    Raises:
        ValueError: there is no such kernel.
    """
    if kernel not in KERNELS:
        raise ValueError(f"kernel should be one of {', '.join(KERNELS)}; got {kernel!r}")
    W = np.array(KERNELS[kernel])
    return W if flipped else W[::-1]


def matrix(kernel: str, flipped: bool) -> Array:
    """M (12, 12)."""
    return conv.banded(taps(kernel, flipped).reshape(3, 1, 1), T=12)


def outputs(kernel: str, signal: str, flipped: bool) -> Array:
    """The outputs y (12,), by sliding.

    Raises:
        ValueError: there is no such kernel or signal.
    """
    if signal not in SIGNALS:
        raise ValueError(f"signal should be one of {', '.join(SIGNALS)}; got {signal!r}")
    params = conv.ConvParams(taps(kernel, flipped).reshape(3, 1, 1), np.zeros(1))
    return conv.forward(params, np.array(SIGNALS[signal]).reshape(12, 1, 1))[0].ravel()


def draw(t: int, kernel: str, signal: str, flipped: bool) -> "Figure":
    """Draw the figure as it stands before a reader moves it."""
    import matplotlib.pyplot as plt

    M, x, y = matrix(kernel, flipped), SIGNALS[signal], outputs(kernel, signal, flipped)
    steps = np.arange(12)
    drawn, axes = plt.subplots(
        2, 2, figsize=(6, 5.4), width_ratios=[4, 1], height_ratios=[1, 4], layout="constrained"
    )
    (above, corner), (middle, right) = axes
    corner.set_axis_off()
    above.bar(steps, x, color=["C1" if M[t, s] else "C0" for s in steps])
    above.set(xlim=(-0.5, 11.5), xticks=[], ylabel="x")
    right.barh(steps, y, color=["C1" if s == t else "C0" for s in steps])
    right.set(ylim=(11.5, -0.5), yticks=[], xlabel="y")
    middle.set(xlim=(-0.5, 11.5), ylim=(11.5, -0.5), xticks=steps, yticks=steps)
    middle.axhspan(t - 0.5, t + 0.5, color="C1", alpha=0.2, lw=0)
    for (row, column), value in np.ndenumerate(M):
        if value:
            middle.text(column, row, f"{value:.2g}", ha="center", va="center", fontsize=9)
    middle.set(xlabel="input", ylabel="output")
    return drawn
