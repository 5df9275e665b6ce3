"""Balanced brackets: which kind must close next?

A stack solves the task, and a network with a state of fixed size only up to some depth. Every
balanced sequence of the given length is as likely as any other, so depth grows with the square
root of the length; each pair's kind is drawn independently.

Chance: where a bracket is open, who has forgotten its kind is right in 1/kinds of the cases.

Source: the Dyck language of context-free grammar theory (N. Chomsky and M. P. Schützenberger,
1963); drawn by the cycle lemma (A. Dvoretzky and Th. Motzkin, 1947): n steps up and n + 1 down, in
any order, have one rotation that stays at or above 0 until its last step.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncourse import _init
from rnncourse._validate import Array

__all__ = ["brackets", "is_balanced"]


def brackets(rng: np.random.Generator, T: int, B: int, *, kinds: int = 2) -> tuple[Array, Array]:
    """Draw B balanced sequences; chance is 1/kinds right where a bracket is open.

    Args:
        rng: source of the sequences, such as `np.random.default_rng(0)`.
        T: steps, even, at least 2.
        B: sequences, at least 1.
        kinds: of brackets, at least 1.

    Returns:
        x (T, B), kind k's opening bracket as k and its closing one as kinds + k, k from 0; and
        y (T, B), after each step, the kind of the innermost open bracket, or `kinds` where none
        is open.

    Raises:
        ValueError: T is odd or below 2, B or kinds below 1.

    >>> x, y = brackets(np.random.default_rng(1), T=10, B=1)
    >>> "".join("([)]"[number] for number in x[:, 0]), y[:, 0].tolist()
    ('[(()[])[]]', [1, 0, 0, 0, 1, 0, 1, 1, 1, 2])
    """
    _init.sizes(B=B, kinds=kinds)
    if T < 2 or T % 2:
        raise ValueError(f"T must be even and at least 2, got {T}")
    x = np.empty((T, B), np.intp)
    y = np.full((T, B), kinds)
    for b in range(B):
        stack: list[int] = []
        for t, up in enumerate(_path(rng, T // 2)):
            if up:
                stack.append(int(rng.integers(kinds)))
                x[t, b] = stack[-1]
            else:
                x[t, b] = kinds + stack.pop()
            if stack:
                y[t, b] = stack[-1]
    return x, y


def is_balanced(numbers: Any, kinds: int = 2) -> bool:
    """Whether a sequence of bracket numbers, as in `brackets`, is balanced.

    Raises:
        ValueError: kinds is below 1, or a number lies outside 0 to 2 kinds - 1.

    >>> is_balanced([0, 1, 3, 2]), is_balanced([0, 1, 2, 3])
    (True, False)
    """
    _init.sizes(kinds=kinds)
    stack = []
    for place, number in enumerate(numbers):
        if not 0 <= number < 2 * kinds:
            raise ValueError(
                f"numbers[{place}] must lie between 0 and 2 kinds - 1 = {2 * kinds - 1}, "
                f"got {number}"
            )
        if number < kinds:
            stack.append(number)
        elif not stack or stack.pop() != number - kinds:
            return False
    return not stack


def _path(rng: np.random.Generator, n: int) -> Array:
    """2n steps, up as True, each path that never goes below 0 and ends there as likely."""
    up = rng.permutation(np.arange(2 * n + 1) < n)
    heights = np.cumsum(np.where(up, 1, -1))
    lowest = int(np.argmin(heights))  # the first time: the rotation that ends there is the one
    return np.roll(up, -lowest - 1)[:-1]
