"""Temporal convolution: a derivation, five functions, one explanation; 40 points."""

from autograder.assignment import Assignment, WrittenItem
from autograder.assignments.tcn import block_backward, block_forward, conv, derivations, field
from rnncourse.checks import registry

__all__ = ["ASSIGNMENT"]

_EXPLANATION = WrittenItem(
    cell="explanation",
    title="What the figure means",
    max_points=5,
    rubric=(
        (
            1,
            "The figure shows the measured slope over the lag for one to four blocks on a "
            "logarithmic axis, with and without the path around, labelled so that it can be read "
            "alone.",
        ),
        (
            1,
            "The text says at which lag each curve ends, 4, 12, 28 and 60, and that this is "
            "F - 1 for F = 1 + 2 (k - 1)(2^n - 1), exactly and whatever the weights are.",
        ),
        (
            1,
            "The fall within the field is explained by the number of paths: one path alone leads "
            "to the oldest step, many to those in the middle; with a number from the figure.",
        ),
        (
            1,
            "The effect of the path around is given with numbers, for one block and for four, and "
            "explained by its factor of 1 in every block.",
        ),
        (
            1,
            "The end of the field is told apart from a recurrent network's fading: beyond it the "
            "slope is zero and no training changes that; a way to see further is named (depth, "
            "kernel, dilation), with what it costs.",
        ),
    ),
)

ASSIGNMENT = Assignment(
    name="tcn",
    title="Temporal convolution",
    notebook="tcn",
    items=(
        derivations.BLOCK,
        conv.CONV,
        conv.MATRIX,
        field.ITEM,
        block_forward.ITEM,
        block_backward.ITEM,
        _EXPLANATION,
    ),
    forbidden=registry.forbidden("tcn"),
)
