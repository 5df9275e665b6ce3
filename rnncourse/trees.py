r"""Ordered trees with a label at every node, and forests: batches of them, level by level.

                                                    +        level 2
                                                   / \
    (+ 3 (* 2 4))     node   0  1  2  3  4        3   *      level 1
                      label  3  2  4  *  +           / \
                                                    2   4    level 0, as 3

A tree is flat: children are numbers of nodes, and every node comes after its children, so that the
root is the last. No function here calls itself, and a chain of 100,000 nodes is a tree as any.

A node's level is 0 at a leaf, and one more than its highest child's elsewhere. All nodes of a
level, from every tree of a forest, can be computed at once when the levels below are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _validate
from rnncourse._validate import Array

__all__ = ["Forest", "Level", "Tree", "class_numbers", "fixed_arity", "forest", "parse"]

_TOKEN = re.compile(r"[()]|[^\s()]+")


@dataclass(frozen=True)
class Tree:
    """A tree; `str` gives it back as an s-expression.

    Args:
        labels: one for each node, without spaces and brackets.
        children: for each node the numbers of its children from the left, all below its own.

    Raises:
        ValueError: a label that could not be read again, a child that does not come before its
            parent or has two, a node but the last that has none.

    >>> tree = Tree(labels=("3", "4", "+"), children=((), (), (0, 1)))
    >>> str(tree), len(tree)
    ('(+ 3 4)', 3)
    >>> tree == parse("(+ 3 4)")
    True
    """

    labels: tuple[str, ...]
    children: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        N = len(self.labels)
        if N < 1 or len(self.children) != N:
            raise ValueError(
                "labels and children must be as many, at least one, "
                f"got {N} labels and {len(self.children)} tuples of children"
            )
        parent: dict[int, int] = {}
        for node, (label, kids) in enumerate(zip(self.labels, self.children, strict=True)):
            if not isinstance(label, str) or _TOKEN.fullmatch(label) is None or label in "()":
                raise ValueError(
                    f"labels[{node}] must be a word without spaces and brackets, got {label!r}"
                )
            for child in kids:
                if not 0 <= child < node:
                    raise ValueError(
                        f"children[{node}] must be numbers of nodes before node {node}, got {child}"
                    )
                if child in parent:
                    raise ValueError(
                        f"node {child} must have one parent, got {parent[child]} and {node}"
                    )
                parent[child] = node
        for node in range(N - 1):
            if node not in parent:
                raise ValueError(f"node {node} must have a parent: only the last is the root")

    def __len__(self) -> int:
        return len(self.labels)

    def __str__(self) -> str:
        words: list[str] = []
        to_do: list[int | str] = [len(self) - 1]
        while to_do:
            node = to_do.pop()
            if isinstance(node, str):
                words[-1] += node
            elif self.children[node]:
                words.append("(" + self.labels[node])
                to_do += [")", *reversed(self.children[node])]
            else:
                words.append(self.labels[node])
        return " ".join(words)


class Level(NamedTuple):
    """Nodes that can be computed at once."""

    nodes: Array  # (n,) their numbers
    children: Array  # (n, A) the numbers of their children from the left, -1 beyond the last


class Forest(NamedTuple):
    """Several trees as one: the nodes of the first, then those of the second, and so on."""

    labels: tuple[str, ...]  # N
    roots: Array  # (B,) the number of each tree's root
    levels: tuple[Level, ...]  # leaves first


def parse(text: str) -> Tree:
    """The tree that an s-expression writes: `(label child child …)`, or `label` for a leaf.

    Raises:
        ValueError: what stands there is not one tree; the message says where it goes wrong.

    >>> parse("(+ 3 (* 2 4))").labels
    ('3', '2', '4', '*', '+')
    """
    if not isinstance(text, str):
        raise ValueError(f"text must be a str, got {type(text).__name__}")
    labels: list[str] = []
    children: list[tuple[int, ...]] = []
    unfinished: list[tuple[int, list[Any]]] = []  # where it was opened; label, then children
    finished = False
    for found in _TOKEN.finditer(text):
        token, place = found.group(), found.start()
        if finished:
            raise ValueError(f"text must hold one tree, but goes on at {place} with {token!r}")
        if token == "(":
            if unfinished and not unfinished[-1][1]:
                raise ValueError(f"text must have a label before the bracket at {place}")
            unfinished.append((place, []))
            continue
        if token != ")" and unfinished and not unfinished[-1][1]:
            unfinished[-1][1].append(token)
            continue
        if token == ")":
            if not unfinished:
                raise ValueError(f"text must open the bracket that it closes at {place}")
            opened, parts = unfinished.pop()
            if not parts:
                raise ValueError(f"text must have a label after the bracket at {opened}")
            token, *kids = parts
            children.append(tuple(kids))
        else:
            children.append(())
        labels.append(token)
        if unfinished:
            unfinished[-1][1].append(len(labels) - 1)
        finished = not unfinished
    if unfinished:
        raise ValueError(f"text must close the bracket that it opens at {unfinished[-1][0]}")
    if not finished:
        raise ValueError("text must hold a tree, got none")
    return Tree(tuple(labels), tuple(children))


def forest(trees: Iterable[Tree]) -> Forest:
    """Trees side by side, for the networks that compute over them; B may be 0.

    Raises:
        ValueError: something among the trees is none.

    >>> both = forest([parse("(+ 3 (* 2 4))"), parse("(- 5 6)")])
    >>> both.labels
    ('3', '2', '4', '*', '+', '5', '6', '-')
    >>> [level.nodes.tolist() for level in both.levels]
    [[0, 1, 2, 5, 6], [3, 7], [4]]
    >>> both.levels[2].children.tolist(), both.roots.tolist()
    ([[0, 3]], [4, 7])
    """
    labels: list[str] = []
    roots: list[int] = []
    heights: list[int] = []
    levels: list[list[tuple[int, list[int]]]] = []
    for b, tree in enumerate(trees):
        if not isinstance(tree, Tree):
            raise ValueError(f"trees[{b}] must be a Tree, got {type(tree).__name__}")
        first = len(labels)
        labels += tree.labels
        for node, kids in enumerate(tree.children, first):
            numbers = [first + child for child in kids]
            height = max([heights[child] + 1 for child in numbers], default=0)
            heights.append(height)
            if height == len(levels):
                levels.append([])
            levels[height].append((node, numbers))
        roots.append(len(labels) - 1)
    return Forest(tuple(labels), np.array(roots, np.intp), tuple(map(_level, levels)))


def fixed_arity(forest: Forest, arity: int) -> tuple[Level, ...]:
    """The levels of a forest, with `arity` places for children at each node.

    Raises:
        ValueError: a node has more children.

    >>> chain = forest([parse("(- 5)")])
    >>> [level.children.tolist() for level in fixed_arity(chain, 2)]
    [[[-1, -1]], [[0, -1]]]
    """
    levels = []
    for nodes, children in forest.levels:
        n, widest = children.shape
        if widest > arity:
            node = nodes[np.argmax((children >= 0).sum(axis=1))]
            raise ValueError(
                f"forest must have at most {arity} children at a node, "
                f"got {widest} at node {node}, {forest.labels[node]!r}"
            )
        wide = np.full((n, arity), -1)
        wide[:, :widest] = children
        levels.append(Level(nodes, wide))
    return tuple(levels)


def class_numbers(forest: Forest, symbols: Mapping[str, int] | Iterable[str]) -> Array:
    """The number (N,) of each node's label among the symbols.

    Args:
        forest: of N nodes.
        symbols: the labels in the order of their numbers, or a mapping from them.

    Raises:
        ValueError: a label that is not among them.

    >>> class_numbers(forest([parse("(+ 1 (+ 0 1))")]), "01+").tolist()
    [1, 0, 1, 2, 2]
    """
    known = symbols if isinstance(symbols, Mapping) else {s: k for k, s in enumerate(symbols)}
    try:
        return np.array([known[label] for label in forest.labels], np.intp)
    except KeyError as error:
        label = error.args[0]
        raise ValueError(
            f"forest.labels[{forest.labels.index(label)}] must be one of the {len(known)} "
            f"symbols, got {label!r}"
        ) from None


def nodes(forest: Any) -> int:
    """N, how many nodes a forest has.

    Raises:
        ValueError: forest is none.

    >>> nodes(forest([parse("(+ 3 4)"), parse("5")]))
    4
    """
    if not isinstance(forest, Forest):
        raise ValueError(
            f"forest must be a Forest, as trees.forest makes it, got {type(forest).__name__}"
        )
    return len(forest.labels)


def inputs(forest: Any, x: Any, I: int | str, dtype: np.dtype[Any], because: str) -> Array:
    """The inputs of a network over trees, one vector for each node, checked.

    Args:
        forest: as given.
        x: (N, I), as given.
        I: how long each vector must be.
        dtype: that of the weights.
        because: where I comes from, for the message.

    Raises:
        ValueError: forest is none; a shape or dtype that does not fit, NaN or infinity.
    """
    N = nodes(forest)
    x = _validate.array("x", x)
    _validate.shape("x", x, (N, I), because=f"a vector for each of N = {N} nodes, {because}")
    _validate.same_dtype("x", x, dtype, "the weights have")
    _validate.finite("x", x)
    array: Array = x
    return array


def _level(members: list[tuple[int, list[int]]]) -> Level:
    children = np.full((len(members), max(len(kids) for _, kids in members)), -1)
    for row, (_, kids) in zip(children, members, strict=True):
        row[: len(kids)] = kids
    return Level(np.array([node for node, _ in members], np.intp), children)
