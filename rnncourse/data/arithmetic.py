"""Arithmetic: expressions as trees and as sequences, and their values modulo m.

    tree       (- 1 (+ 2 2))            for the recursive networks, numbers at the leaves
    sequence   ( 1 - ( 2 + 2 ) )        the same for a chain, which must keep track of brackets
    value      0                        modulo 3

Every binary tree of the given number of leaves is as likely as any other, numbers and operators
are drawn uniformly and independently.

Chance: with + and - alone every value is as likely, so a guess is right with probability 1/m. A
product is 0 more often than not; `arithmetic_chance` gives the probability of the best guess.

Source: after the arithmetic language of D. Hupkes, S. Veldhoen and W. Zuidema, Visualisation and
"diagnostic classifiers", Journal of Artificial Intelligence Research 61 (2018), here modulo m, so
that answers are classes; trees drawn by the cycle lemma (A. Dvoretzky and Th. Motzkin, 1947).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from rnncourse import _init
from rnncourse._validate import Array
from rnncourse.trees import Tree

__all__ = ["Expressions", "arithmetic", "arithmetic_chance", "arithmetic_symbols"]

_MEANING: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


class Expressions(NamedTuple):
    """Expressions and their values."""

    trees: tuple[Tree, ...]  # B
    x: Array  # (T, B) class numbers of the symbols, brackets among them
    y: Array  # (B,) values, 0 to m - 1


def arithmetic(
    rng: np.random.Generator, leaves: int, B: int, *, modulus: int = 3, operators: str = "+-"
) -> Expressions:
    """Draw B expressions; chance is 1/modulus right with + and - alone.

    Args:
        rng: source of the expressions, such as `np.random.default_rng(0)`.
        leaves: numbers in each expression, at least 1.
        B: expressions, at least 1.
        modulus: m, at least 2; the numbers are 0 to m - 1.
        operators: those to draw from, among "+-*".

    Returns:
        The trees, the sequences x (T, B) with T = 4 leaves - 3, numbered as `arithmetic_symbols`
        lists them, and the values y (B,).

    Raises:
        ValueError: leaves or B below 1, modulus below 2, an operator that is not known.

    >>> drawn = arithmetic(np.random.default_rng(5), leaves=3, B=1)
    >>> symbols = arithmetic_symbols()
    >>> str(drawn.trees[0]), " ".join(symbols[k] for k in drawn.x[:, 0]), int(drawn.y[0])
    ('(- 1 (+ 1 1))', '( 1 - ( 1 + 1 ) )', 2)
    """
    _init.sizes(leaves=leaves, B=B)
    numbers = {symbol: k for k, symbol in enumerate(arithmetic_symbols(modulus, operators))}
    trees, values = [], []
    for _ in range(B):
        tree, value = _draw(rng, leaves, modulus, operators)
        trees.append(tree)
        values.append(value)
    x = [[numbers[symbol] for symbol in _infix(tree)] for tree in trees]
    return Expressions(tuple(trees), np.array(x).T, np.array(values))


def arithmetic_symbols(modulus: int = 3, operators: str = "+-") -> tuple[str, ...]:
    """The symbols of the sequences in the order of their class numbers: 0 to m - 1 are the numbers.

    All but the last two, the brackets, are the labels of the trees.

    Raises:
        ValueError: modulus below 2, no operator, one that is not known or that comes twice.

    >>> arithmetic_symbols()
    ('0', '1', '2', '+', '-', '(', ')')
    """
    if modulus < 2:
        raise ValueError(f"modulus must be at least 2, got {modulus}")
    if not operators or not set(operators) <= set(_MEANING) or len(set(operators)) < len(operators):
        raise ValueError(f"operators must be some of '+-*', each once, got {operators!r}")
    return (*map(str, range(modulus)), *operators, "(", ")")


def arithmetic_chance(leaves: int, *, modulus: int = 3, operators: str = "+-") -> float:
    """How often the most frequent value comes: the share of right answers of the best guess.

    Raises:
        ValueError: as `arithmetic`.

    >>> round(arithmetic_chance(leaves=6), 4), round(arithmetic_chance(2, operators="*"), 4)
    (0.3333, 0.5556)
    """
    _init.sizes(leaves=leaves)
    arithmetic_symbols(modulus, operators)
    results = np.zeros((modulus, modulus, modulus))  # of two numbers, how likely each result
    for (a, b), sign in (
        (pair, sign) for pair in np.ndindex(modulus, modulus) for sign in operators
    ):
        results[a, b, _MEANING[sign](a, b) % modulus] += 1 / len(operators)
    shapes = [1]  # how many trees of 1, 2, … leaves
    values = [np.full(modulus, 1 / modulus)]  # how likely each value, times those numbers
    for n in range(1, leaves):
        splits = [(k, n - 1 - k) for k in range(n)]
        shapes.append(sum(shapes[left] * shapes[right] for left, right in splits))
        total = sum(
            shapes[left] * shapes[right] / shapes[n]
            * np.einsum("a,b,abv->v", values[left], values[right], results)
            for left, right in splits
        )  # fmt: skip
        values.append(np.asarray(total))
    return float(values[-1].max())


def _draw(rng: np.random.Generator, leaves: int, modulus: int, operators: str) -> tuple[Tree, int]:
    """A tree, its nodes in reverse Polish order, and its value."""
    is_leaf = rng.permutation(np.arange(2 * leaves - 1) < leaves)
    heights = np.concatenate([[0], np.cumsum(np.where(is_leaf, 1, -1))])[:-1]
    lowest = int(np.flatnonzero(heights == heights.min())[-1])
    labels: list[str] = []
    children: list[tuple[int, ...]] = []
    waiting: list[tuple[int, int]] = []  # nodes that have no parent yet, and their values
    for leaf in np.roll(is_leaf, -lowest):  # the one rotation where an operator finds two of them
        if leaf:
            value = int(rng.integers(modulus))
            labels.append(str(value))
            children.append(())
        else:
            sign = operators[int(rng.integers(len(operators)))]
            (left, a), (right, b) = waiting[-2:]
            del waiting[-2:]
            value = _MEANING[sign](a, b) % modulus
            labels.append(sign)
            children.append((left, right))
        waiting.append((len(labels) - 1, value))
    return Tree(tuple(labels), tuple(children)), value


def _infix(tree: Tree) -> list[str]:
    """The symbols of an expression with all its brackets."""
    symbols: list[str] = []
    to_do: list[int | str] = [len(tree) - 1]
    while to_do:
        node = to_do.pop()
        if isinstance(node, str):
            symbols.append(node)
        elif tree.children[node]:
            left, right = tree.children[node]
            symbols.append("(")
            to_do += [")", right, tree.labels[node], left]
        else:
            symbols.append(tree.labels[node])
    return symbols
