"""Each cell's forward and backward pass: fast form, step form, the layer of torch.nn, its reading.

Every line is measured in a process of its own, once as the libraries choose their instructions and
once with NumPy, oneDNN and PyTorch held to AVX2, which is nearer to what other machines have.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import product
from typing import Any

import numpy as np

from benchmarks.measure import CHOICES, side_by_side

CELLS = {"elman": "torch.nn.RNN", "gru": "torch.nn.GRU", "lstm": "torch.nn.LSTM"}
READINGS = {"elman": "Elman", "gru": "GRU", "lstm": "LSTM"}  # in rnncourse.nn
SHAPES = [(100, 32, 64, 128), (256, 64, 128, 256), (50, 1, 32, 64), (1000, 16, 1, 128)]
DTYPES = ("float32", "float64")
SETTINGS = {
    "natural": {},
    "held to AVX2": {
        "OPENBLAS_CORETYPE": "Haswell",
        "OPENBLAS_L2_SIZE": "512",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "ATEN_CPU_CAPABILITY": "avx2",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL",
    },
}

Line = Callable[[float], dict[str, Any]]


def lines() -> Iterator[tuple[str, Line]]:
    """A table's title and a line of it, for each setting, cell, shape and precision."""
    for (setting, name), shape, dtype in product(product(SETTINGS, CELLS), SHAPES, DTYPES):
        title = f"{name} against {CELLS[name]}, forward and backward, {setting}"
        case = {"name": name, "shape": shape, "dtype": dtype}
        yield title, lambda seconds, case=case, setting=setting: apart(setting, case, seconds)


def apart(
    setting: str, case: dict[str, Any], seconds: float, module: str = "cells"
) -> dict[str, Any]:
    """A module's `compared` in a new process: libraries read the setting when they load."""
    environment = {name: value for name, value in os.environ.items() if name not in CHOICES}
    code = f"from benchmarks import {module}; {module}.main()"
    done = subprocess.run(
        [sys.executable, "-W", "ignore:.*not supported.*", "-c", code],
        input=json.dumps({**case, "seconds": seconds}),
        env={**environment, **SETTINGS[setting]},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"measuring {case} failed:\n{done.stderr}")
    row: dict[str, Any] = json.loads(done.stdout)
    return row


def main() -> None:
    """Read a case from standard input, write its line to standard output."""
    case = json.loads(sys.stdin.read())
    print(json.dumps(compared(**case)))


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
    }
    times = side_by_side(functions, seconds=seconds)

    def ratio(a: str, b: str) -> float:
        return times[a].median / times[b].median

    return {
        "T, B, I, H": ", ".join(map(str, shape)),
        "dtype": dtype,
        **{f"{name}, ms": t.median * 1e3 for name, t in times.items()},
        **{f"{name}, least": t.least * 1e3 for name, t in times.items()},
        "fast/torch": ratio("fast", "torch"),
        "fast/torch, least": times["fast"].least / times["torch"].least,
        "step/torch": ratio("step", "torch"),
        "step/fast": ratio("step", "fast"),
        "by hand/torch": ratio("by hand", "torch"),
        "by hand/loop": ratio("by hand", "loop"),
        "calls": times["fast"].count,
    }
