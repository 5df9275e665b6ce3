"""A batch of sentences in the CRF at once, against one sentence after the other in Python."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from benchmarks.measure import own_clock, side_by_side
from rnncourse import crf

SHAPES = [(25, 64, 9), (25, 256, 9), (50, 64, 5), (25, 64, 17), (25, 16, 9)]


def lines() -> Iterator[Callable[[float], dict[str, Any]]]:
    """One for each number of steps, sentences and tags."""
    for T, B, K in SHAPES:
        yield partial(compared, T, B, K)


def compared(T: int, B: int, K: int, seconds: float) -> dict[str, Any]:
    """One line, forward and backward, in float64; sentences of half to all of the T steps."""
    rng = np.random.default_rng(0)
    params = crf.init(rng, K)
    emissions = rng.standard_normal((T, B, K))
    tags = rng.integers(K, size=(T, B))
    lengths = rng.integers(max(T // 2, 1), T + 1, size=B)

    def batched() -> None:
        _, cache = crf.log_likelihood(params, emissions, tags, lengths)
        crf.backward(cache)

    def one_by_one() -> None:
        grads = crf.CRFParams(*map(np.zeros_like, params))
        for b, n in enumerate(lengths):
            _, cache = crf.log_likelihood(params, emissions[:n, [b]], tags[:n, [b]])
            _, more = crf.backward(cache)
            grads = crf.CRFParams(*(a + g for a, g in zip(grads, more, strict=True)))

    times = side_by_side(
        {"batched": batched, "one by one": one_by_one}, seconds=seconds, clock=own_clock()
    )
    return {
        "T, B, K": f"{T}, {B}, {K}",
        **{f"{name}, ms": t.median * 1e3 for name, t in times.items()},
        **{f"{name}, least": t.least * 1e3 for name, t in times.items()},
        "batched/one by one": times["batched"].median / times["one by one"].median,
        "calls": times["batched"].calls,
    }
