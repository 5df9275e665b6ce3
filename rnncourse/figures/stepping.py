"""One unit unfolded over four steps, gone through forward and backward, number by number.

h[t] = tanh(w h[t-1] + x[t]) with h[0] = 0 and L = ½ (h[4] - 1)². Forward each step has its state;
backward each has the slope of the loss by its state, the error signal δ[t] by its pre-activation,
and its share δ[t] h[t-1] of dL/dw.

`stepping.js` computes the same in the browser.
"""

from typing import TYPE_CHECKING

import numpy as np

from rnncourse import elman

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STATE = {"at": 0, "w": 0.5, "inputs": "first"}
INPUTS = {
    "first": (1.0, 0.0, 0.0, 0.0),
    "last": (0.0, 0.0, 0.0, 1.0),
    "steady": (0.3, 0.3, 0.3, 0.3),
    "alternating": (1.0, -1.0, 1.0, -1.0),
}
T = 4


def numbers(w: float, inputs: str) -> dict[str, list[float]]:
    """Give what is computed, forward and backward, by `rnncourse.elman`.

    Args:
        w: the recurrent weight.
        inputs: one of `INPUTS`.

    Returns:
        `h` (h[0] to h[T]), and for the steps 1 to T `slope` (by h[t]), `delta` and `share`.

    Raises:
        ValueError: `inputs` is not one of `INPUTS`.
    """
    if inputs not in INPUTS:
        raise ValueError(f"inputs should be one of {', '.join(INPUTS)}; got {inputs!r}")
    unit = elman.scalar(w=w, u=1.0)
    x = np.array(INPUTS[inputs]).reshape(T, 1, 1)
    h, _, cache = elman.forward(unit.params, x)
    d_h = np.zeros_like(h)
    d_h[-1] = h[-1] - 1
    d_x, _, _ = elman.backward(cache, d_h)
    states = [0.0, *h.ravel().tolist()]
    delta = d_x.ravel().tolist()  # u = 1: the slope by x[t] is that by a[t]
    slope = [w * later for later in delta[1:]] + [states[T] - 1]
    share = [d * before for d, before in zip(delta, states[:T], strict=True)]
    return {"h": states, "slope": slope, "delta": delta, "share": share}


def draw(at: int, w: float, inputs: str) -> "Figure":
    """Draw all numbers as a table: what a reader gets who cannot step through them."""
    import matplotlib.pyplot as plt

    found = numbers(w, inputs)
    drawn, ax = plt.subplots(figsize=(7, 2.4))
    ax.set_axis_off()
    rows = [
        ["state h", *(f"{v:.4f}" for v in found["h"][1:])],
        ["slope by h", *(f"{v:.4f}" for v in found["slope"])],
        ["δ", *(f"{v:.4f}" for v in found["delta"])],
        ["share of dL/dw", *(f"{v:.4f}" for v in found["share"])],
    ]
    for i, row in enumerate([["step", *(str(t) for t in range(1, T + 1))], *rows]):
        for j, text in enumerate(row):
            ax.text(
                0.02 if j == 0 else 0.32 + 0.17 * (j - 1),
                0.9 - 0.19 * i,
                text,
                transform=ax.transAxes,
                fontsize=11,
                ha="left" if j == 0 else "center",
            )
    ax.set_title(f"w = {w:g}, dL/dw = {sum(found['share']):.4f}", fontsize=11)
    return drawn
