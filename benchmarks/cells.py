"""Each cell's forward and backward pass: fast form, step form, the layer of torch.nn, its reading.

Beside them stand the matrix products of the fast form alone, on arrays made before: what is left
when everything else costs nothing.
"""

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from itertools import product
from typing import Any

import numpy as np

from benchmarks.apart import SETTINGS, Line, apart
from benchmarks.measure import own_clock, side_by_side

CELLS = {"elman": "torch.nn.RNN", "gru": "torch.nn.GRU", "lstm": "torch.nn.LSTM"}
READINGS = {"elman": "Elman", "gru": "GRU", "lstm": "LSTM"}  # in rnncourse.nn
SHAPES = [(100, 32, 64, 128), (256, 64, 128, 256), (50, 1, 32, 64), (1000, 16, 1, 128)]
DTYPES = ("float32", "float64")


def lines() -> Iterator[tuple[str, Line]]:
    """A table's title and a line of it, for each setting, cell, shape and precision."""
    for (setting, name), shape, dtype in product(product(SETTINGS, CELLS), SHAPES, DTYPES):
        title = f"{name} against {CELLS[name]}, forward and backward, {setting}"
        case = {"name": name, "shape": shape, "dtype": dtype}
        yield title, partial(apart, "cells", setting, case)


def compared(name: str, shape: list[int], dtype: str, seconds: float) -> dict[str, Any]:
    """One line, measured in this process."""
    import torch

    from rnncourse import nn, steps

    cell = import_module(f"rnncourse.{name}")
    T, B, I, H = shape
    rng = np.random.default_rng(0)
    params = cell.init(rng, I, H, dtype=dtype)
    x = rng.standard_normal((T, B, I)).astype(dtype)
    d_h = rng.standard_normal((T, B, H)).astype(dtype)
    _, zero, _ = cell.forward(params, x[:0])
    tensor, d_tensor = torch.tensor(x, requires_grad=True), torch.tensor(d_h)

    def fast() -> object:
        return cell.backward(cell.forward(params, x)[2], d_h)

    def step() -> object:
        return steps.backward(cell, steps.forward(cell, params, x, zero)[2], d_h, zero)

    def through(module: Any) -> Callable[[], object]:
        def call() -> object:
            module.zero_grad(set_to_none=True)
            tensor.grad = None
            module(tensor)[0].backward(d_tensor)
            return tensor.grad

        return call

    reading = getattr(nn, READINGS[name])
    functions = {
        "fast": fast,
        "step": step,
        "torch": through(cell.to_torch(params)),
        "loop": through(reading.from_params(params)),
        "by hand": through(reading.from_params(params, by_hand=True)),
        "products": products(params, x, d_h),
    }
    times = side_by_side(functions, seconds=seconds, clock=own_clock())

    def ratio(a: str, b: str) -> float:
        return times[a].median / times[b].median

    return {
        "T, B, I, H": ", ".join(map(str, shape)),
        "dtype": dtype,
        **{f"{name}, ms": t.median * 1e3 for name, t in times.items()},
        **{f"{name}, least": t.least * 1e3 for name, t in times.items()},
        "fast/torch": ratio("fast", "torch"),
        "fast/torch, least": times["fast"].least / times["torch"].least,
        "products/torch": ratio("products", "torch"),
        "step/torch": ratio("step", "torch"),
        "step/fast": ratio("step", "fast"),
        "by hand/torch": ratio("by hand", "torch"),
        "by hand/loop": ratio("by hand", "loop"),
        "calls": times["fast"].calls,
    }


def products(params: Any, x: Any, hs: Any) -> Callable[[], object]:
    """The matrix products alone of a fast forward and backward pass."""
    from rnncourse import _products, _sequence

    T, B, I = x.shape
    rows, H = params.W_hh.shape
    a, out, d_h, d_x = (np.empty(s, x.dtype) for s in ((T, B, rows), (B, rows), (B, H), x.shape))
    d_W_ih, d_W_hh = np.empty_like(params.W_ih), np.empty_like(params.W_hh)

    def call() -> None:
        forth = _products.times(params.W_hh.T, B)
        back = _products.times(params.W_hh, B)
        np.matmul(x.reshape(T * B, I), params.W_ih.T, out=a.reshape(T * B, rows))
        for h in hs:
            forth(h, out)
        for block in _sequence.blocks(T, a[:1].nbytes):
            for d_a in a[block]:
                back(d_a, d_h)
            flat = a[block].reshape(-1, rows)
            np.matmul(flat, params.W_ih, out=d_x[block].reshape(-1, I))
            np.matmul(flat.T, x[block].reshape(-1, I), out=d_W_ih)
            np.matmul(flat.T, hs[block].reshape(-1, H), out=d_W_hh)

    return call
