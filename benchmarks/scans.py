"""A linear recurrence by parallel scan and by the loop: where each wins."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from benchmarks.measure import own_clock, side_by_side
from rnncourse import scan

SHAPES = [(512, 64), (1024, 1024), (4096, 1024), (16384, 1)]


def lines() -> Iterator[Callable[[float], dict[str, Any]]]:
    """One for each number of steps and width."""
    for T, width in SHAPES:
        yield partial(compared, T, width)


def compared(T: int, width: int, seconds: float) -> dict[str, Any]:
    """One line, in float32."""
    rng = np.random.default_rng(0)
    a = rng.uniform(0.1, 0.95, (T, width)).astype(np.float32)
    b = rng.uniform(0, 1, (T, width)).astype(np.float32)
    functions = {name: partial(scan.forward, a, b, method=name) for name in scan.METHODS}
    times = side_by_side(functions, seconds=seconds, clock=own_clock())
    return {
        "T, width": f"{T}, {width}",
        **{f"{name}, ms": t.median * 1e3 for name, t in times.items()},
        **{f"{name}, least": t.least * 1e3 for name, t in times.items()},
        **{f"{n}/loop": times[n].median / times["loop"].median for n in times if n != "loop"},
        "calls": times["loop"].calls,
    }
