"""One unit with one input: the network small enough to follow by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rnncourse import _validate
from rnncourse._validate import Array

if TYPE_CHECKING:
    from rnncourse.elman import ElmanParams


@dataclass(frozen=True)
class Scalar:
    """`h[t] = tanh(b + w h[t-1] + u x[t])`, every symbol a number."""

    w: float
    u: float
    b: float = 0.0

    @property
    def params(self) -> ElmanParams:
        """The same network for `elman.forward` and `elman.backward`."""
        from rnncourse.elman import ElmanParams

        return ElmanParams(np.array([[self.u]]), np.array([[self.w]]), np.array([self.b]))

    def states(self, xs: Sequence[float], h0: float = 0.0) -> Array:
        """h[1] … h[T] for the inputs x[1] … x[T], as an array (T,).

        >>> Scalar(w=0.5, u=1.0).states([1, 0, 0]).round(4).tolist()
        [0.7616, 0.3634, 0.1797]
        """
        x = np.asarray(xs, np.float64)
        _validate.shape("xs", x, ("T",))
        h = np.empty_like(x)
        for t, x_t in enumerate(x):
            h0 = h[t] = np.tanh(self.b + self.w * h0 + self.u * x_t)
        return h


def scalar(w: float, u: float, b: float = 0.0) -> Scalar:
    """The one-unit network with recurrent weight w, input weight u and bias b."""
    return Scalar(float(w), float(u), float(b))
