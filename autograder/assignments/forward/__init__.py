"""Forward passes: two derivations, four functions, one explanation."""

from autograder.assignment import Assignment, WrittenItem
from autograder.assignments.forward import convolution, counts, derivations, elman, jordan
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
            "The text reads a factor for each step from the straight curves: about α for Jordan's "
            "state units at the larger α, and for Elman's a number with the weight that belongs "
            "to it.",
        ),
        (
            1,
            "Elman: a difference is multiplied in each step by W and by the slope of tanh, which "
            "is at most 1; from this follows why the small weights forget and why the large ones "
            "need not.",
        ),
        (
            1,
            "Jordan: the state is a fading sum, α to the power of the age, plus what the "
            "difference changed in later outputs; with small α the second part is what is seen.",
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
        derivations.UNFOLDED,
        derivations.CONTEXT,
        elman.ITEM,
        jordan.ITEM,
        counts.ITEM,
        convolution.ITEM,
        _EXPLANATION,
    ),
    forbidden=registry.forbidden("forward"),
)
