"""LSTM learns the embedded Reber grammar; an Elman network trained as Elman did does not.

Claim: the last symbol but one of a string repeats the second. LSTM predicts every symbol of every
string right after 8,440 to 39,740 strings, in 97 to 100 % of the runs; an Elman network never does
within 200,000.

Source: S. Hochreiter and J. Schmidhuber, Long short-term memory, Neural Computation 9 (1997),
experiment 1, table 1.

Protocol: a string is right if, at every step, the symbols that may follow have higher outputs than
all others (`rnncourse.data.reber_next`). One new string for each update, Adam, gradients of norm 1
at most; 1,000 other strings every 100 updates until all are right or the updates are spent.
Chance: who has forgotten the second symbol is right about the last but one in half of the strings.

Scale: as printed, 8 cells against their 3 to 4 blocks of 1 or 2; 10,000 strings for Elman's
procedure, not 200,000. Different: softmax and cross-entropy, Adam and not plain descent, and
back-propagation through the whole string where they cut the gradient at the gates: so fewer strings
suffice. The Elman network in print has the gradient of the last step alone (Elman's procedure,
windows of one step). We train it so, and again with the whole gradient: then *it learns too*, as
strings are short, 12 symbols on average. What fails is the cut gradient, and not the network.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.compare import Task, compare
from experiments.experiment import Experiment, Fact, Measured, Show
from experiments.networks import DTYPE, rng_for_test
from rnncourse import data, network, truncated
from rnncourse.data.reber import SYMBOLS

WHOLE = 10**6  # steps in a window that is longer than any string
SETTINGS: dict[str, Any] = {
    "networks": {
        "LSTM": {
            "cell": "lstm",
            "units": 8,
            "lr": 0.01,
            "updates": 20000,
            "gradients": {"k": WHOLE},
        },
        "Elman, one step": {
            "cell": "elman",
            "units": 16,
            "lr": 0.01,
            "updates": 10000,
            "gradients": {"k": 1},
        },
        "Elman, whole gradient": {
            "cell": "elman",
            "units": 16,
            "lr": 0.01,
            "updates": 20000,
            "gradients": {"k": WHOLE},
        },
    },
    "every": 100,
    "tests": 1000,
}


def measure(
    seed: int, show: Show, *, networks: dict[str, dict[str, Any]], every: int, tests: int
) -> Measured:
    """Of each network the strings right, the last symbols but one, the strings learnt from."""
    strings = draw_strings(rng_for_test(seed), tests)
    batch, allowed = encode(strings), may_follow(strings)

    def wrong(cell: Any, params: Any) -> float:
        o, _ = network.predict(cell, params, batch["x"], lengths=batch["lengths"])
        return 1 - float(right(o, allowed, batch["lengths"]).mean())

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        return encode(draw_strings(rng, 1))

    task = Task((len(SYMBOLS), len(SYMBOLS)), draw, wrong, truncated.gradients)
    found, trained = compare(task, networks, seed, show, B=1, every=every, enough=0)
    values = dict(found.values)
    for name, (cell, params) in trained.items():
        o, _ = network.predict(cell, params, batch["x"], lengths=batch["lengths"])
        values[f"{name}, strings right"] = 1 - values.pop(name)
        values[f"{name}, last but one"] = float(last_but_one(o, batch).mean())
    return Measured(values, found.curves)


def draw_strings(rng: np.random.Generator, count: int) -> list[str]:
    """Strings of the embedded grammar."""
    return [data.embedded_reber(rng) for _ in range(count)]


def encode(strings: list[str]) -> dict[str, Any]:
    """Inputs, the symbols that follow, and lengths, as `loss_and_gradients` wants them."""
    numbers = [[SYMBOLS.index(symbol) for symbol in string] for string in strings]
    x, lengths = data.pad([string[:-1] for string in numbers])
    y, _ = data.pad([string[1:] for string in numbers])
    return {"x": data.one_hot(x, len(SYMBOLS), dtype=DTYPE), "y": y, "lengths": lengths}


def may_follow(strings: list[str]) -> Any:
    """Whether each symbol may follow each step, (T, B, 7)."""
    allowed = np.zeros((max(map(len, strings)) - 1, len(strings), len(SYMBOLS)), bool)
    for b, string in enumerate(strings):
        for t, symbols in enumerate(data.reber_next(string, embedded=True)[:-1]):
            allowed[t, b, [SYMBOLS.index(symbol) for symbol in symbols]] = True
    return allowed


def right(o: Any, allowed: Any, lengths: Any) -> Any:
    """Whether in each string, at every step, what may follow is above what may not, (B,)."""
    lowest = np.where(allowed, o, np.inf).min(axis=-1)
    highest = np.where(allowed, -np.inf, o).max(axis=-1)
    beyond = np.arange(len(o))[:, None] >= lengths
    found: Any = ((lowest > highest) | beyond).all(axis=0)
    return found


def last_but_one(o: Any, batch: dict[str, Any]) -> Any:
    """Whether T and P are told apart where the last symbol but one is due, (B,)."""
    each, place = np.arange(len(batch["lengths"])), batch["lengths"] - 2
    T, P = SYMBOLS.index("T"), SYMBOLS.index("P")
    says_T = o[place, each, T] > o[place, each, P]
    found: Any = says_T == (batch["y"][place, each] == T)
    return found


_SOURCE = "Hochreiter & Schmidhuber 1997"


def _fact(
    name: str, says: str, published: str, chance: float | None, least: float, most: float
) -> Fact:
    return Fact(name, says, _SOURCE, published, chance, least, most)


EXPERIMENT = Experiment(
    claim="embedded Reber grammar",
    facts=(
        _fact("LSTM, strings right", "strings right, LSTM", "all, in 97–100 % of runs", 0.5, 1, 1),
        _fact("LSTM, sequences", "strings learnt from, LSTM", "8,440–39,740", None, 0, 39740),
        _fact(
            "Elman, one step, strings right",
            "strings right, Elman's procedure",
            "never all (200,000)",
            0.5,
            0,
            0.9,
        ),
        _fact(
            "Elman, one step, last but one",
            "last symbol but one, Elman's procedure",
            "chance",
            0.5,
            0.3,
            0.7,
        ),
    ),
    settings=SETTINGS,
    measure=measure,
)
