"""Times of several functions, taken in turn, so that a busy moment falls on all of them."""

import gc
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
CHOICES = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # unset, OpenBLAS looks at the processor
SLOW = 1.0  # seconds
KINDS = {"avx512f": "AVX-512", "avx2": "AVX2", "asimd": "NEON"}


class Times(NamedTuple):
    """Seconds of one call."""

    median: float
    least: float
    calls: int


def own_clock() -> Callable[[], float]:
    """Processor time where there is one thread, so that other programs count less; else time."""
    alone = all(os.environ.get(name) == "1" for name in THREADS)
    return time.process_time if alone else time.perf_counter


def side_by_side(
    functions: Mapping[str, Callable[[], object]],
    *,
    seconds: float,
    least: int = 5,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Times]:
    """Call each in turn until `seconds` have passed for all, at least `least` times.

    Where one call of each takes longer than `SLOW`, three times are enough: what disturbs a moment
    is a small part of it.
    """
    started = time.perf_counter()
    for function in functions.values():
        function()
    if time.perf_counter() - started > SLOW:
        least = min(least, 3)
    taken: dict[str, list[float]] = {name: [] for name in functions}
    started = time.perf_counter()
    gc.disable()
    try:
        while time.perf_counter() - started < seconds or len(next(iter(taken.values()))) < least:
            for name, function in functions.items():
                before = clock()
                function()
                taken[name].append(clock() - before)
    finally:
        gc.enable()
    return {n: Times(statistics.median(t), min(t), len(t)) for n, t in taken.items()}


def machine() -> str:
    """Processor, versions and the settings that change times."""
    import numpy as np
    import torch

    model, kind = platform.processor() or platform.machine(), "instructions unknown"
    try:
        text = Path("/proc/cpuinfo").read_text()
        kind = next((name for flag, name in KINDS.items() if flag in text.split()), kind)
        model = next(
            line.split(":")[1].strip() for line in text.splitlines() if "model name" in line
        )
    except (OSError, StopIteration):
        pass
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    threads = ", ".join(f"{name}={os.environ.get(name, 'unset')}" for name in (*THREADS, *CHOICES))
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{model}, {kind}, {usable} processors{load}\n"
        f"Python {platform.python_version()}, NumPy {np.__version__}, PyTorch {torch.__version__} "
        f"({torch.get_num_threads()} threads)\n{threads}"
    )
