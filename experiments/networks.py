"""The networks that are compared, by the name of their cell."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from rnncourse import linear, network, relu_rnn, tcn
from rnncourse.network import NetworkParams

DTYPE = np.float32


def network_of(
    rng: np.random.Generator, kind: dict[str, Any], input_size: int, output_size: int
) -> tuple[Any, NetworkParams]:
    """The cell's module and weights drawn for it.

    Args:
        rng: source of the numbers.
        kind: "cell", the module's name, and "units"; for a TCN also "levels" and "kernel_size".
        input_size: I.
        output_size: K.
    """
    cell, units = import_module(f"rnncourse.{kind['cell']}"), kind["units"]
    if cell is tcn:
        sizes = {"levels": kind["levels"], "kernel_size": kind["kernel_size"]}
        params: Any = tcn.init(rng, input_size, units, **sizes, dtype=DTYPE)
    elif cell is relu_rnn:
        params = relu_rnn.init_identity(rng, input_size, units, dtype=DTYPE)
    else:
        return cell, network.init(cell, rng, input_size, units, output_size, dtype=DTYPE)
    return cell, NetworkParams(params, linear.init(rng, units, output_size, dtype=DTYPE))


def rng_for_test(seed: int) -> np.random.Generator:
    """The source of the test data, never that of a batch."""
    return np.random.default_rng([10**9, seed])
