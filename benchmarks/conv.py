"""The layer of a TCN, causal and dilated, forward and backward, against torch's conv1d."""

from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from benchmarks.apart import SETTINGS, Line, apart
from benchmarks.cells import DTYPES
from benchmarks.measure import own_clock, side_by_side

SHAPES = [  # T, B, C, k, d
    (512, 16, 64, 3, 4),
    (784, 32, 25, 7, 8),
    (1024, 8, 128, 2, 16),
    (256, 1, 32, 3, 8),
]


def lines() -> Iterator[tuple[str, Line]]:
    """A table's title and a line of it, for each setting, shape and precision."""
    for setting, shape, dtype in product(SETTINGS, SHAPES, DTYPES):
        title = f"TCN layer against conv1d, forward and backward, {setting}"
        case = {"shape": shape, "dtype": dtype}
        yield title, partial(apart, "conv", setting, case)


def compared(shape: list[int], dtype: str, seconds: float) -> dict[str, Any]:
    """One line, measured in this process; each library gets the layout that it works in."""
    import torch

    from rnncourse import conv

    T, B, C, k, d = shape
    rng = np.random.default_rng(0)
    params = conv.init(rng, C, C, k, dtype=dtype)
    x, d_y = (rng.standard_normal((T, B, C)).astype(dtype) for _ in range(2))
    module = conv.to_torch(params, dilation=d)
    given = torch.tensor(np.ascontiguousarray(x.transpose(1, 2, 0)), requires_grad=True)
    d_given = torch.tensor(np.ascontiguousarray(d_y.transpose(1, 2, 0)))

    def taps() -> object:
        return conv.backward(conv.forward(params, x, dilation=d)[1], d_y)

    def pytorch() -> object:
        module.zero_grad(set_to_none=True)
        given.grad = None
        module(torch.nn.functional.pad(given, ((k - 1) * d, 0))).backward(d_given)
        return given.grad

    times = side_by_side({"taps": taps, "torch": pytorch}, seconds=seconds, clock=own_clock())
    return {
        "T, B, C, k, d": ", ".join(map(str, shape)),
        "dtype": dtype,
        **{f"{name}, ms": t.median * 1e3 for name, t in times.items()},
        **{f"{name}, least": t.least * 1e3 for name, t in times.items()},
        "taps/torch": times["taps"].median / times["torch"].median,
        "taps/torch, least": times["taps"].least / times["torch"].least,
        "calls": times["taps"].calls,
    }
