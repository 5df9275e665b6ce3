"""Forward passes: work by hand, two derivations, four functions, one explanation; 40 points."""

from autograder.assignment import Assignment, WrittenItem
from autograder.assignments.forward import (
    context,
    convolution,
    counts,
    elman,
    jordan,
    quick,
    unfolded,
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
            "The figure shows the three measured kinds of memory over the step on a logarithmic "
            "axis, each curve named, so that it can be read alone.",
        ),
        (
            1,
            "The text reads a factor for each step from the straight curves and compares it: "
            "about 0.39 and 0.68 against the radii 0.5 and 0.9, about 0.62 and 0.91 against α = "
            "0.5 and 0.9, up to the draw.",
        ),
        (
            1,
            "Elman: a difference is multiplied in each step by W and by the slope of tanh, which "
            "is at most 1; from this follows why small weights forget and why a radius of 1.5 "
            "neither forgets nor explodes.",
        ),
        (
            1,
            "Jordan: a difference fades by α a step, and it changed later outputs, which return "
            "as well; with this the factors above α (about 0.6 for α = 0.5) are explained.",
        ),
        (
            1,
            "Convolution: exactly zero after k steps, for every input and every kernel, as the "
            "band of the matrix says; and a consequence for a task is drawn (a bit to be held for "
            "as long as one likes, or a bounded past that is enough).",
        ),
    ),
)

ASSIGNMENT = Assignment(
    name="forward",
    title="Forward passes",
    notebook="forward",
    items=(
        quick.ITEM,
        unfolded.ITEM,
        context.ITEM,
        elman.ITEM,
        jordan.ITEM,
        counts.ITEM,
        convolution.ITEM,
        _EXPLANATION,
    ),
    forbidden=registry.forbidden("forward"),
)
