"""Five architectures on the adding problem.

Claim: a tanh network does not learn to add two marked numbers among 100 or more; the same network
with ReLU units and the identity as its recurrent matrix does, and so do LSTM, GRU and TCN.

Source: S. Hochreiter and J. Schmidhuber, Long short-term memory (1997), experiment 4, for LSTM;
Q. V. Le, N. Jaitly and G. E. Hinton, A simple way to initialize recurrent networks of rectified
linear units (2015), section 4.1, for tanh, ReLU and LSTM; S. Bai, J. Z. Kolter and V. Koltun, An
empirical evaluation of generic convolutional and recurrent networks (2018), table 1, for the
numbers at T = 600: RNN 0.177, LSTM 0.164, GRU 5.3e-5, TCN 5.8e-5. LSTM's 74,000 sequences at
T = 100 are those of 1997.

Protocol: a new batch of 20 sequences for each update, Adam, gradients of norm 1 at most; mean
squared error on 1,000 other sequences every 100 updates, until it is below 1 % of chance (1/6, who
always says 1) or the updates are spent: an error of 0.0015 means that it was stopped there. The
tanh network gets the 15,000 updates that the slowest of the others may need.

Scale: T = 100 (Hochreiter and Schmidhuber's; Le et al. begin at 150, Bai et al. use 600), 64 units.
Different: Adam, where Le et al. have plain gradient descent; the targets of 1997 are scaled and the
sequences up to a tenth longer. At T = 600 Bai et al. find LSTM at chance; here, at 100, it learns,
as in 1997: the two papers do not contradict each other.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from experiments.compare import Task, compare
from experiments.experiment import Experiment, Fact, Measured, Show
from experiments.networks import DTYPE, rng_for_test
from rnncourse import data, losses, network

CHANCE = 1 / 6
SETTINGS: dict[str, Any] = {
    "T": 100,
    "B": 20,
    "networks": {
        "tanh": {"cell": "elman", "units": 64, "lr": 0.001, "updates": 15000},
        "IRNN": {"cell": "relu_rnn", "units": 64, "lr": 0.0003, "updates": 15000},
        "LSTM": {"cell": "lstm", "units": 64, "lr": 0.01, "updates": 4000},
        "GRU": {"cell": "gru", "units": 64, "lr": 0.005, "updates": 4000},
        "TCN": {
            "cell": "tcn",
            "units": 24,
            "levels": 4,
            "kernel_size": 7,
            "lr": 0.004,
            "updates": 4000,
        },
    },
    "every": 100,
    "enough": 0.01 * CHANCE,
    "tests": 1000,
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
    """The test error of each network at its end, and the sequences it had seen."""
    x, y = data.adding(rng_for_test(seed), T, tests, dtype=DTYPE)

    def draw(rng: np.random.Generator) -> tuple[Any, Any]:
        return data.adding(rng, T, B, dtype=DTYPE)

    def error(cell: Any, params: Any) -> float:
        o, _ = network.predict(cell, params, x)
        return float(np.mean((o[-1] - y) ** 2))

    task = Task((2, 1), draw, error, partial(network.loss_and_gradients, loss=loss_at_end))
    found, _ = compare(task, networks, seed, show, B=B, every=every, enough=enough)
    return found


def loss_at_end(o: Any, y: Any, lengths: Any = None) -> tuple[Any, Any]:
    """`rnncourse.losses.squared_loss` of the last step: outputs (T, B, K), targets (B, K)."""
    loss, d_end = losses.squared_loss(o[-1:], y[None])
    d_o = np.zeros_like(o)
    d_o[-1:] = d_end
    return loss, d_o


def _fact(name: str, source: str, published: str, least: float, most: float) -> Fact:
    return Fact(name, f"squared error, {name}", source, published, CHANCE, least, most)


_BAI, _LSTM = "Bai et al. 2018", "Hochreiter & Schmidhuber 1997"
EXPERIMENT = Experiment(
    claim="the adding problem, T = 100",
    facts=(
        _fact("tanh", _BAI, "0.177 (T = 600)", 0.9 * CHANCE, 1.2 * CHANCE),
        _fact("IRNN", "Le et al. 2015", "learns T = 150", 0, 0.1 * CHANCE),
        _fact("LSTM", _LSTM, "learns T = 100", 0, 0.1 * CHANCE),
        Fact("LSTM, sequences", "sequences, LSTM", _LSTM, "74,000", None, 7400, 740000),
        _fact("GRU", _BAI, "0.000053 (T = 600)", 0, 0.1 * CHANCE),
        _fact("TCN", _BAI, "0.000058 (T = 600)", 0, 0.1 * CHANCE),
    ),
    settings=SETTINGS,
    measure=measure,
)
