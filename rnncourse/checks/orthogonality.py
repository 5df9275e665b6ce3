"""What must be true of orthogonal matrices that are drawn by lot, one for each of many seeds."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnncourse.checks.exercise import Arrays, Property

TWICE = 24  # seeds that occur twice: so many that two draws of one sign do not agree by chance
TOLERANCE = 1e-5  # float32 is fine


def _orthogonal(arguments: Mapping[str, Any], outputs: Arrays) -> list[bool]:
    Q, n = outputs["Q"], arguments["n"]
    if Q.shape != (len(arguments["seeds"]), n, n):
        return [False] * 3
    gram = Q.swapaxes(1, 2) @ Q
    lengths = np.diagonal(gram, axis1=1, axis2=2)
    across = gram * (1 - np.eye(n))
    return [True, bool(abs(lengths - 1).max() < TOLERANCE), bool(abs(across).max() < TOLERANCE)]


def _even(arguments: Mapping[str, Any], outputs: Arrays) -> list[bool]:
    """Means over many matrices, each within six standard deviations of what it should be."""
    Q, n = outputs["Q"], arguments["n"]
    if Q.shape != (len(arguments["seeds"]), n, n):
        return [False] * 4
    one_each = Q[: len(Q) - TWICE]
    count = np.sqrt(len(one_each))
    middle = bool(abs(one_each.mean(axis=0)).max() < 6 / np.sqrt(n) / count)
    mirrored = (np.linalg.det(one_each) < 0).mean()
    both = bool(abs(mirrored - 0.5) < 3 / count)
    traces = np.trace(one_each, axis1=1, axis2=2) ** 2
    spread = bool(abs(traces.mean() - 1) < 9 / count)
    fourth = (one_each**4).mean() * n * (n + 2) / 3
    return [middle, both, spread, bool(abs(fourth - 1) < 3 / count)]


def _seeded(arguments: Mapping[str, Any], outputs: Arrays) -> list[bool]:
    Q, n = outputs["Q"], arguments["n"]
    if Q.shape != (len(arguments["seeds"]), n, n):
        return [False] * 2
    same = np.array_equal(Q[:TWICE], Q[-TWICE:])
    # of 1 by 1 there are two orthogonal matrices in all, and `even` looks at both
    once = Q[: len(Q) - TWICE].reshape(len(Q) - TWICE, -1)
    return [same, n == 1 or len(np.unique(once.round(9), axis=0)) == len(once)]


PROPERTIES = (
    Property(
        "orthogonal",
        (
            "Q has not the shape (number of seeds, n, n).",
            "The columns of some matrix are not of length 1.",
            "The columns of some matrix are not perpendicular to each other.",
        ),
        _orthogonal,
    ),
    Property(
        "even",
        (
            "Averaged over many seeds the entries should be near 0, since Q is as likely as -Q. "
            "Some of yours have a sign that they prefer.",
            "Rotations and reflections should be equally likely: about half of all determinants "
            "should be -1.",
            "The matrices are not spread evenly: too close to the unit matrix, or too far from it.",
            "The columns do not point evenly into all directions.",
        ),
        _even,
    ),
    Property(
        "seeded",
        (
            "One seed stands in the list twice and its two matrices differ.",
            "Different seeds should give different matrices.",
        ),
        _seeded,
    ),
)
