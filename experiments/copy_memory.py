"""Copy memory: a TCN keeps ten symbols over a wait, recurrent networks do not.

Claim: at T = 1000 a TCN reaches a cross-entropy of 3.5e-5 while networks of as many weights, tanh
(0.0202), LSTM (0.0204) and GRU (0.0197), stay at that of who remembers nothing, 10 ln 8 / (T + 20)
= 0.0204.

Source: S. Bai, J. Z. Kolter and V. Koltun, An empirical evaluation of generic convolutional and
recurrent networks for sequence modeling (2018), table 1.

Protocol: a new batch of 8 sequences for each update, Adam, gradients of norm 1 at most; the
cross-entropy a step on 200 other sequences every 100 updates, until it is below 1 % of chance or
the updates are spent.

Scale: T = 200 and networks of about 20,000 weights each. Different: no dropout and no weight
normalisation; Adam, where they have RMSprop. A network agrees with staying at chance if it ends
within a tenth of it. LSTM and GRU do not all do so: over this shorter wait some begin to carry a
little, and end up to 15 % below chance, about a hundred times above the TCN.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.compare import Task, compare
from experiments.experiment import Experiment, Fact, Measured, Show
from experiments.networks import DTYPE, rng_for_test
from rnncourse import data, losses, network

INPUTS, CLASSES = 10, 9
T = 200
CHANCE = data.copy_memory_chance(T)
SETTINGS: dict[str, Any] = {
    "T": T,
    "B": 8,
    "networks": {
        "tanh": {"cell": "elman", "units": 128, "lr": 0.001, "updates": 3000},
        "LSTM": {"cell": "lstm", "units": 64, "lr": 0.005, "updates": 3000},
        "GRU": {"cell": "gru", "units": 72, "lr": 0.002, "updates": 3000},
        "TCN": {
            "cell": "tcn",
            "units": 16,
            "levels": 5,
            "kernel_size": 8,
            "lr": 0.002,
            "updates": 4000,
        },
    },
    "every": 100,
    "enough": 0.01 * CHANCE,
    "tests": 200,
}


def measure(
    seed: int,
    show: Show,
    *,
    T: int,
    B: int,
    networks: dict[str, dict[str, Any]],
    every: int,
    enough: float,
    tests: int,
) -> Measured:
    """The test's cross-entropy a step of each network at its end, and the sequences it had seen."""

    def draw(rng: np.random.Generator, count: int = B) -> tuple[Any, Any]:
        x, y = data.copy_memory(rng, T, count)
        return data.one_hot(x, INPUTS, dtype=DTYPE), y

    x, y = draw(rng_for_test(seed), tests)

    def error(cell: Any, params: Any) -> float:
        o, _ = network.predict(cell, params, x)
        return float(losses.softmax_cross_entropy(o, y)[0]) / len(y)

    task = Task((INPUTS, CLASSES), draw, error)
    found, _ = compare(task, networks, seed, show, B=B, every=every, enough=enough)
    return found


def _fact(name: str, published: str, least: float, most: float) -> Fact:
    says = f"cross-entropy a step, {name}"
    return Fact(name, says, "Bai et al. 2018", f"{published} (T = 1000)", CHANCE, least, most)


EXPERIMENT = Experiment(
    claim=f"copy memory, T = {T}",
    facts=(
        _fact("tanh", "0.0202", 0.9 * CHANCE, 1.1 * CHANCE),
        _fact("LSTM", "0.0204", 0.9 * CHANCE, 1.1 * CHANCE),
        _fact("GRU", "0.0197", 0.9 * CHANCE, 1.1 * CHANCE),
        _fact("TCN", "0.000035", 0, 0.01 * CHANCE),
    ),
    settings=SETTINGS,
    measure=measure,
)
