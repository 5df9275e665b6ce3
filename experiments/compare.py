"""Several networks on one task, each trained in rounds that end with a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from experiments.experiment import Measured, Show
from experiments.networks import network_of
from rnncourse import network, optim, training


class Task(NamedTuple):
    """What the networks are to learn."""

    sizes: tuple[int, int]  # I and K
    draw: Callable[[np.random.Generator], Any]  # a batch, for `network.loss_and_gradients`
    test: Callable[[Any, Any], float]  # (cell, params) to a number, smaller being better
    gradients: Callable[..., Any] = network.loss_and_gradients


def compare(
    task: Task,
    networks: dict[str, dict[str, Any]],
    seed: int,
    show: Show,
    *,
    B: int,
    every: int,
    enough: float,
) -> tuple[Measured, dict[str, tuple[Any, Any]]]:
    """Train each network until its test is passed or its updates are spent.

    Args:
        task: what to learn.
        networks: for each name what `network_of` wants, "lr" and "updates".
        seed: of the weights and the batches.
        show: told of every round.
        B: sequences in a batch, to count them.
        every: updates in a round.
        enough: a test at which to stop.

    Returns:
        The last test of each network, the sequences it had seen, and its tests round by round; and
        each network's cell and weights at the end.
    """
    values, curves, trained = {}, {}, {}
    for place, (name, kind) in enumerate(networks.items()):
        cell, params = network_of(np.random.default_rng(seed), kind, *task.sizes)

        def part(done: float, words: str, place: int = place, name: str = name) -> None:
            show((place + done) / len(networks), f"{name}, {words}")

        params, curve = train(task, cell, params, kind, seed, part, every=every, enough=enough)
        values[name] = curve[-1]
        values[f"{name}, sequences"] = B * every * len(curve)
        curves[name] = curve
        trained[name] = cell, params
    return Measured(values, curves), trained


def train(
    task: Task,
    cell: Any,
    params: Any,
    kind: dict[str, Any],
    seed: int,
    show: Show,
    *,
    every: int,
    enough: float,
) -> tuple[Any, list[float]]:
    """Adam, gradients of norm 1 at most: the weights at the end, and the test of each round."""
    optimizer, curve = optim.Adam(kind["lr"]), []
    gradients = partial(task.gradients, cell, **kind.get("gradients", {}))

    def batches(rng: np.random.Generator) -> Iterator[Any]:
        while True:
            yield task.draw(rng)

    options: Any = {"steps": every, "clip_norm": 1.0, "progress": False}
    for turn in range(kind["updates"] // every):
        options["seed"] = 1000 * seed + turn
        params = training.fit(params, gradients, batches, optimizer, **options).latest
        curve.append(float(task.test(cell, params)))
        show((turn + 1) * every / kind["updates"], f"test {curve[-1]:.3g}")
        if curve[-1] <= enough:
            break
    return params, curve
