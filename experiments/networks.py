"""The networks that are compared, by the name of their cell."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from rnncourse import _tree, linear, network, relu_rnn, tcn
from rnncourse.network import NetworkParams

DTYPE = np.float32


def network_of(
    rng: np.random.Generator, kind: dict[str, Any], input_size: int, output_size: int
) -> tuple[Any, NetworkParams]:
    """The cell's module and weights drawn for it.

    Args:
        rng: source of the numbers.
        kind: "cell", the module's name, and "units"; for a TCN also "levels", "kernel_size" and, if
            its weights are to be normalised, "normed". "dtype" is float32 when left out.
        input_size: I.
        output_size: K.
    """
    cell, units = import_module(f"rnncourse.{kind['cell']}"), kind["units"]
    dtype = np.dtype(kind.get("dtype", DTYPE))
    if cell is tcn:
        sizes = {name: kind[name] for name in ("levels", "kernel_size", "normed") if name in kind}
        params: Any = tcn.init(rng, input_size, units, **sizes, dtype=dtype)
    elif cell is relu_rnn:
        params = relu_rnn.init_identity(rng, input_size, units, dtype=dtype)
    else:
        return cell, network.init(cell, rng, input_size, units, output_size, dtype=dtype)
    return cell, NetworkParams(params, linear.init(rng, units, output_size, dtype=dtype))


def weights(params: Any) -> int:
    """How many numbers are learnt."""
    return sum(array.size for _, array in _tree.leaves(params))


def rng_for_test(seed: int) -> np.random.Generator:
    """The source of the test data, never that of a batch."""
    return np.random.default_rng([10**9, seed])
