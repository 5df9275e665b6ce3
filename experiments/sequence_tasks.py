"""Tasks on which networks of every kind are compared: data, what is asked for, and how well.

Each is drawn by `Problem.draw` and asked at the last step or at every step. The same problem serves
the NumPy networks (`task`) and PyTorch's (`experiments.on_device`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from experiments.adding import CHANCE as ADDING_CHANCE
from experiments.compare import Task
from experiments.networks import rng_for_test
from rnncourse import data, losses, network

Draw = Callable[[np.random.Generator], tuple[Any, Any]]


class Problem(NamedTuple):
    """What is to be learnt."""

    sizes: tuple[int, int]  # I and K
    draw: Draw  # a batch: x (T, B, I), y as the error wants it
    test: tuple[Any, Any]  # other sequences
    error: str  # "squared" or "wrong", of the last step, or "entropy", of every step


def adding(seed: int, *, T: int, B: int, tests: int, dtype: Any, **_: Any) -> Problem:
    """The adding problem; y (B, 1)."""

    def draw(rng: np.random.Generator, count: int = B) -> tuple[Any, Any]:
        return data.adding(rng, T, count, dtype=dtype)

    return Problem((2, 1), draw, draw(rng_for_test(seed), tests), "squared")


def copying(seed: int, *, T: int, B: int, tests: int, dtype: Any, **_: Any) -> Problem:
    """Copy memory; y (T + 20, B)."""

    def draw(rng: np.random.Generator, count: int = B) -> tuple[Any, Any]:
        x, y = data.copy_memory(rng, T, count)
        return data.one_hot(x, 10, dtype=dtype), y

    return Problem((10, 9), draw, draw(rng_for_test(seed), tests), "entropy")


def digits(
    seed: int, *, B: int, dtype: Any, permuted: bool, mnist: str | None = None, **_: Any
) -> Problem:
    """Digits pixel by pixel; y (B,). The pixels' order is that of `permuted`'s seed, 0.

    Args:
        seed: not used: all networks have the same parts of the same images.
        B: sequences in a batch.
        dtype: of the pixels.
        permuted: whether the pixels come in a random order.
        mnist: a folder with MNIST's four files; scikit-learn's 8 by 8 digits when left out.
    """
    train, test = _mnist(mnist, permuted, dtype) if mnist else _small(permuted, dtype)

    def draw(rng: np.random.Generator) -> tuple[Any, Any]:
        chosen = rng.integers(len(train.y), size=B)
        return np.ascontiguousarray(train.x[:, chosen]), train.y[chosen]

    return Problem((1, 10), draw, (test.x, test.y), "wrong")


PROBLEMS: dict[str, Callable[..., Problem]] = {
    "adding": adding,
    "copying": copying,
    "digits": partial(digits, permuted=False),
    "permuted": partial(digits, permuted=True),
}


def chance(name: str, T: int | None = None) -> float:
    """The error of who has learnt nothing: of a problem in `PROBLEMS`, T being its wait."""
    if name == "adding":
        return ADDING_CHANCE
    return data.copy_memory_chance(T) if T is not None else 0.9


def task(problem: Problem) -> Task:
    """The problem for the NumPy networks."""
    x, y = problem.test

    def test(cell: Any, params: Any) -> float:
        # in parts, so that little stands in memory at once
        parts = [slice(first, first + 500) for first in range(0, x.shape[1], 500)]
        o = np.concatenate(
            [network.predict(cell, params, np.ascontiguousarray(x[:, p]))[0] for p in parts], axis=1
        )
        return error_of(problem.error, o, y)

    loss = losses.softmax_cross_entropy if problem.error == "entropy" else at_end(problem.error)
    return Task(problem.sizes, problem.draw, test, partial(network.loss_and_gradients, loss=loss))


def error_of(error: str, o: Any, y: Any) -> float:
    """A problem's error: mean square, share wrong, or nats a step."""
    if error == "squared":
        return float(np.mean((o[-1] - y) ** 2))
    if error == "wrong":
        return float((o[-1].argmax(axis=-1) != y).mean())
    return float(losses.softmax_cross_entropy(o, y)[0]) / len(y)


def at_end(error: str) -> Callable[..., tuple[Any, Any]]:
    """A loss that looks at the last step alone: squared, or the cross-entropy of a class."""
    whole: Any = losses.squared_loss if error == "squared" else losses.softmax_cross_entropy

    def loss(o: Any, y: Any, lengths: Any = None) -> tuple[Any, Any]:
        value, d_end = whole(o[-1:], y[None])
        d_o = np.zeros_like(o)
        d_o[-1:] = d_end
        return value, d_o

    return loss


def _small(permuted: bool, dtype: Any) -> tuple[Any, Any]:
    found = data.digits(permuted=0 if permuted else None, dtype=dtype)
    return found.train, found.test  # the third part, for validation, chose the learning rates


def _mnist(folder: str, permuted: bool, dtype: Any) -> tuple[Any, Any]:
    order = data.pixel_order(0, 784) if permuted else None
    parts = data.mnist(Path(folder))
    train, test = (
        data.Digits(data.scans(part.images / 255, order=order, dtype=dtype), part.y)
        for part in parts
    )
    return train, test
