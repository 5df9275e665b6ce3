"""Three parts: to train on, to choose by, and to test on once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Split", "split"]


class Split(NamedTuple):
    """The parts of a data set."""

    train: Any
    valid: Any
    test: Any


def split(
    things: Sequence[Any],
    *,
    seed: int | None = None,
    shares: tuple[float, float, float] = (0.8, 0.1, 0.1),
) -> Split:
    """Cut a sequence into three parts, none of it left out.

    Args:
        things: what to cut: a text, a tuple, an array along its first axis.
        seed: cut in the order given when left out, as for a text or a series; else shuffle first,
            the same way for the same seed.
        shares: of training, validation and test, adding to 1.

    Returns:
        Slices of `things`; tuples when shuffled.

    Raises:
        ValueError: shares that are negative or do not add to 1.

    >>> split("abcdefghij", shares=(0.5, 0.3, 0.2))
    Split(train='abcde', valid='fgh', test='ij')
    >>> sorted(sum(split(range(5), seed=0), ()))
    [0, 1, 2, 3, 4]
    """
    if len(shares) != 3 or not min(shares) >= 0 or not abs(sum(shares) - 1) < 1e-9:
        raise ValueError(f"shares must be three, none negative, and add to 1, got {shares}")
    n = len(things)
    first, second = (round(n * share) for share in list(accumulate(shares))[:2])
    if seed is not None:
        order = np.random.default_rng(seed).permutation(n).tolist()
        things = tuple(things[i] for i in order)
    return Split(things[:first], things[first:second], things[second:])
