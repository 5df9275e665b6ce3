"""Gated cells: two derivations, five functions, one explanation; 40 points.

Two items are asked of every student's own cell, one of twelve.
"""

from autograder.assignment import Assignment, WrittenItem
from autograder.assignments.gated import (
    backward,
    derivation,
    forward,
    gru,
    personal_code,
    personal_derivation,
)
from rnncourse.checks import registry

__all__ = ["ASSIGNMENT"]

_EXPLANATION = WrittenItem(
    cell="explanation",
    title="What the figure means",
    max_points=5,
    rubric=(
        (
            1,
            "The figure shows six measured curves over the lag on a logarithmic axis, total and "
            "direct for each bias, labelled so that it can be read alone.",
        ),
        (
            1,
            "The direct path's factor is read for each bias and recognised as the sigmoid of the "
            "bias (about 0.50, 0.73, 0.95), since a fresh gate stands near it.",
        ),
        (
            1,
            "The total's factor is read and larger by about a tenth (about 0.62, 0.84, 1.04, up to "
            "the draw), with the steps after which a thousandth is left, or that none is lost.",
        ),
        (
            1,
            "The other paths are named: from the cell through the state into the next step's "
            "gates; and they are found in the derivation, inside the total dh[t].",
        ),
        (
            1,
            "A bias for 200 steps is chosen with a number, a cost is named (nothing forgotten, "
            "saturation, a gradient that grows), and a trained network's gates can differ by unit "
            "and step where a fresh one's cannot.",
        ),
    ),
)

ASSIGNMENT = Assignment(
    name="gated",
    title="Gated cells",
    notebook="gated",
    items=(
        derivation.ITEM,
        forward.ITEM,
        backward.ITEM,
        gru.ITEM,
        gru.SWAP,
        personal_derivation.ITEM,
        personal_code.ITEM,
        _EXPLANATION,
    ),
    forbidden=registry.forbidden("gated"),
)
