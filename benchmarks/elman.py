"""The Elman network's forward and backward pass: fast form, step form, torch.nn.RNN."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
import torch

from benchmarks.measure import side_by_side
from rnncourse import elman, steps

SHAPES = [(100, 32, 64, 128), (256, 64, 128, 256), (50, 1, 32, 64), (1000, 16, 1, 128)]
DTYPES = (np.float32, np.float64)


def lines() -> Iterator[Callable[[float], dict[str, Any]]]:
    """One for each shape and precision."""
    for shape, dtype in product(SHAPES, DTYPES):
        yield lambda seconds, shape=shape, dtype=dtype: _compared(shape, dtype, seconds)


def _compared(shape: tuple[int, int, int, int], dtype: Any, seconds: float) -> dict[str, Any]:
    T, B, I, H = shape
    rng = np.random.default_rng(0)
    params = elman.init(rng, I, H, dtype=dtype)
    x = rng.standard_normal((T, B, I)).astype(dtype)
    d_h = rng.standard_normal((T, B, H)).astype(dtype)
    state = elman.ElmanState(np.zeros((B, H), dtype))
    module = elman.to_torch(params)
    tensor = torch.tensor(x, requires_grad=True)
    d_tensor = torch.tensor(d_h)

    def fast() -> object:
        _, _, cache = elman.forward(params, x, state)
        return elman.backward(cache, d_h)

    def step() -> object:
        _, _, cache = steps.forward(elman, params, x, state)
        return steps.backward(elman, cache, d_h, elman.ElmanState(np.zeros_like(state.h)))

    def pytorch() -> object:
        module.zero_grad(set_to_none=True)
        tensor.grad = None
        module(tensor)[0].backward(d_tensor)
        return tensor.grad

    times = side_by_side({"fast": fast, "step": step, "torch": pytorch}, seconds=seconds)
    return {
        "T, B, I, H": ", ".join(map(str, shape)),
        "dtype": np.dtype(dtype).name,
        **{f"{name}, ms": t.median * 1e3 for name, t in times.items()},
        **{f"{name}, least": t.least * 1e3 for name, t in times.items()},
        "fast/torch": times["fast"].median / times["torch"].median,
        "step/torch": times["step"].median / times["torch"].median,
        "step/fast": times["step"].median / times["fast"].median,
        "calls": times["fast"].count,
    }
