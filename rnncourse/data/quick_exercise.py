"""A network of one logistic unit and three inputs, to be worked by hand.

    h[t] = σ(b_h + W_hh h[t-1] + W_xh x[t])        y[t] = b_y + W_hy h[t]        h[-1] = 0

Source of the values: M. R. Costa-jussà, Deep Learning for Artificial Intelligence (UPC), lecture on
recurrent neural networks, "Quick exercise". It counts the steps from 0 and asks for h[0], y[1] and
y[2].
"""

from __future__ import annotations

import math
from typing import NamedTuple

__all__ = ["QuickExercise", "Row", "quick_exercise"]


class Row(NamedTuple):
    """One step, worked."""

    t: int
    x: float
    a: float  # b_h + W_hh h[t-1] + W_xh x[t]
    h: float  # σ(a)
    y: float  # b_y + W_hy h


class QuickExercise(NamedTuple):
    """The exercise's numbers; other numbers make another exercise."""

    W_xh: float = -0.1
    W_hh: float = 0.5
    W_hy: float = 0.25
    b_h: float = 0.4
    b_y: float = 0.0
    x: tuple[float, ...] = (18.0, 9.0, -8.0)

    def worked(self) -> tuple[Row, ...]:
        """Every step with its intermediate values.

        >>> for row in quick_exercise().worked():
        ...     print(*(f"{value:.4g}" for value in row))
        0 18 -1.4 0.1978 0.04945
        1 9 -0.4011 0.4011 0.1003
        2 -8 1.401 0.8023 0.2006
        """
        rows, h = [], 0.0
        for t, x in enumerate(self.x):
            a = self.b_h + self.W_hh * h + self.W_xh * x
            h = 0.5 + 0.5 * math.tanh(a / 2)  # σ(a), without overflow for any a
            rows.append(Row(t, x, a, h, self.b_y + self.W_hy * h))
        return tuple(rows)

    def answers(self) -> dict[str, float]:
        """What the exercise asks for.

        >>> {name: round(value, 4) for name, value in quick_exercise().answers().items()}
        {'h[0]': 0.1978, 'y[1]': 0.1003, 'y[2]': 0.2006}
        """
        rows = self.worked()
        return {"h[0]": rows[0].h, "y[1]": rows[1].y, "y[2]": rows[2].y}


def quick_exercise() -> QuickExercise:
    """The exercise as the lecture gives it.

    >>> quick_exercise().W_hh
    0.5
    """
    return QuickExercise()
