r"""How many pasts a window tells apart, and how many a state of one number.

Bits arrive, x[t] = 0 or 1. A window sees the last n of them. A state keeps one number,
h[t] = w h[t-1] + x[t] with h[0] = 0, which is read to a given number of decimals. Two pasts are
told apart where what is seen of them differs.

`told_apart.js` computes the same in the browser.
"""

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STATE = {"n": 4, "w": 0.5, "decimals": 1}
LONGEST = 12  # steps; every one of the 2^12 pasts is run


class Alike(NamedTuple):
    """Two pasts of the same length that are read as the same number."""

    first: str  # of bits, the oldest first
    second: str
    read: float


def readings(m: int, w: float, decimals: int) -> list[int]:
    """What is read after each past of m bits, in units of the last decimal.

    Pasts are in the order of the binary numbers that they spell, the oldest bit first.

    Raises:
        ValueError: m is below 0, or above the longest, or decimals is below 0.
    """
    if not 0 <= m <= LONGEST:
        raise ValueError(f"m must be from 0 to {LONGEST}, got {m}")
    if decimals < 0:
        raise ValueError(f"decimals must be at least 0, got {decimals}")
    states = [0.0]
    for _ in range(m):
        states = [w * h + bit for h in states for bit in (0, 1)]
    return [math.floor(h * 10**decimals + 0.5) for h in states]


def by_state(w: float, decimals: int) -> list[int]:
    """How many pasts of 1, 2, … steps the state tells apart."""
    return [len(set(readings(m, w, decimals))) for m in range(1, LONGEST + 1)]


def by_window(n: int) -> list[int]:
    """How many pasts of 1, 2, … steps a window of n inputs tells apart."""
    return [2 ** min(n, m) for m in range(1, LONGEST + 1)]


def alike(w: float, decimals: int) -> Alike | None:
    """Find the shortest two pasts that the state takes for one; None where there are none."""
    for m in range(1, LONGEST + 1):
        seen: dict[int, int] = {}
        for past, read in enumerate(readings(m, w, decimals)):
            if read in seen:
                return Alike(f"{seen[read]:0{m}b}", f"{past:0{m}b}", read / 10**decimals)
            seen[read] = past
    return None


def draw(n: int, w: float, decimals: int) -> "Figure":
    """Draw the figure as it stands before a reader moves it."""
    import matplotlib.pyplot as plt

    lengths = range(1, LONGEST + 1)
    drawn, ax = plt.subplots(figsize=(7, 3.4))
    ax.plot(lengths, lengths, ":", color="0.5", label="all pasts")
    ax.plot(lengths, [math.log2(c) for c in by_window(n)], "o-", label=f"window of {n}")
    state = [math.log2(c) for c in by_state(w, decimals)]
    ax.plot(lengths, state, "s--", label=f"state, w = {w:g}, read to {10**-decimals:g}")
    ax.set(xlabel="length of the past, in steps", ylabel="bits told apart", ylim=(0, LONGEST + 0.3))
    ax.legend(frameon=False)
    ax.spines[["top", "right"]].set_visible(False)
    return drawn
