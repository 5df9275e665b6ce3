"""Back-propagation through time: derivations, functions, one explanation; 40 points.

Two items are asked of every student's own network, one of twelve.
"""

from autograder.assignment import Assignment, WrittenItem
from autograder.assignments.bptt import (
    backward,
    derivations,
    forward,
    personal_code,
    personal_derivation,
    truncated,
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
            "The figure shows four measured curves over the lag on a logarithmic axis, labelled so "
            "that it can be read alone.",
        ),
        (
            1,
            "The text says with numbers from the figure what happens for each radius: a straight "
            "fall at 0.5 and 0.9 with a factor for each step, a slow fall at 1.3, hardly any or "
            "none at 1.6.",
        ),
        (
            1,
            "The gradient over n steps is written as a product of n factors Wᵀ diag(1 - h²), and "
            "the exponential fall follows from it.",
        ),
        (
            1,
            "The slope of tanh, at most 1 and small where units saturate, is given as the reason "
            "why a radius above one need not explode.",
        ),
        (
            1,
            "k = 10 is judged for each network with a number, and it is said that a dependency "
            "longer than a window leaves no trace in the gradient, whatever the state carries.",
        ),
    ),
)

ASSIGNMENT = Assignment(
    name="bptt",
    title="Back-propagation through time",
    notebook="bptt",
    items=(
        derivations.GRADIENTS,
        derivations.CHAIN,
        derivations.DELTA,
        forward.ITEM,
        backward.ITEM,
        truncated.ITEM,
        personal_derivation.ITEM,
        personal_code.ITEM,
        _EXPLANATION,
    ),
    forbidden=registry.forbidden("bptt"),
)
