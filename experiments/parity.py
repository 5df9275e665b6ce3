"""Parity: cells whose state decides about itself keep count of odd and even, others cannot.

Claim: a recurrence that multiplies its state by positive numbers, chosen by the input alone, or by
numbers that are always the same, cannot keep the parity of the ones so far over lengths that it has
not seen; networks whose gates see the state can.

Source: R. Grazzi, J. Siems, A. Zela, J. K. H. Franke, F. Hutter and M. Pontil, Unlocking
state-tracking in linear RNNs through negative eigenvalues (2025), theorem 1 and figure 1: trained
on up to 40 steps and tested on 40 to 256, linear recurrences with positive eigenvalues stay at
random guessing, while nonlinear ones keep the parity. For coefficients that never change: M.
Minsky and S. Papert, Perceptrons (1969), no weighted sum of bits is their parity.

Protocol: sequences of 40 fair bits, the parity asked for at every step, a new batch of 32 for each
update, Adam, gradients of norm 1 at most. Tested is the share of right answers in steps 129 to 256
of 200 other sequences; chance is 1/2. Training ends when all are right.

Scale: as printed. Different: one layer and a linear read-out, where they have deep networks with
nonlinear blocks between the layers. That a network can keep the parity does not say that it always
learns to: of the tanh networks some do not within their 4,000 updates.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.compare import Task, compare
from experiments.experiment import Experiment, Fact, Measured, Show
from experiments.networks import DTYPE, rng_for_test
from rnncourse import data, network

SETTINGS: dict[str, Any] = {
    "T": 40,
    "T_test": 256,
    "B": 32,
    "networks": {
        "tanh": {"cell": "elman", "units": 32, "lr": 0.003, "updates": 4000},
        "LSTM": {"cell": "lstm", "units": 32, "lr": 0.01, "updates": 2000},
        "sLSTM": {"cell": "slstm", "units": 32, "lr": 0.01, "updates": 2000},
        "minGRU": {"cell": "mingru", "units": 32, "lr": 0.01, "updates": 2000},
        "LRU": {"cell": "lru", "units": 32, "lr": 0.01, "updates": 2000},
    },
    "every": 100,
    "tests": 200,
}


def measure(
    seed: int,
    show: Show,
    *,
    T: int,
    T_test: int,
    B: int,
    networks: dict[str, dict[str, Any]],
    every: int,
    tests: int,
) -> Measured:
    """The share of right answers of each network at its end, and the sequences it had seen."""

    def draw(rng: np.random.Generator, T: int = T, count: int = B) -> tuple[Any, Any]:
        x, y = data.parity(rng, T, count)
        return data.one_hot(x, 2, dtype=DTYPE), y

    x, y = draw(rng_for_test(seed), T_test, tests)
    late = slice(T_test // 2, None)

    def wrong(cell: Any, params: Any) -> float:
        o, _ = network.predict(cell, params, x)
        return float((o.argmax(axis=-1) != y)[late].mean())

    task = Task((2, 2), draw, wrong)
    found, _ = compare(task, networks, seed, show, B=B, every=every, enough=0)
    values = found.values | {name: 1 - found.values[name] for name in networks}
    return Measured(values, found.curves)


def _fact(name: str, source: str, published: str, least: float, most: float) -> Fact:
    return Fact(name, f"right in steps 129 to 256, {name}", source, published, 0.5, least, most)


_GRAZZI = "Grazzi et al. 2025"
EXPERIMENT = Experiment(
    claim="parity of up to 256 bits, learnt from 40",
    facts=(
        _fact("tanh", _GRAZZI, "can", 0.99, 1),
        _fact("LSTM", _GRAZZI, "can", 0.99, 1),
        _fact("sLSTM", _GRAZZI, "can", 0.99, 1),
        _fact("minGRU", _GRAZZI, "random guessing", 0.45, 0.55),
        _fact("LRU", "Minsky & Papert 1969", "cannot", 0.45, 0.55),
    ),
    settings=SETTINGS,
    measure=measure,
    seeds=5,
)
