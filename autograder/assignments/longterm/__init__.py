"""Long-term dependencies: a derivation for each student, six functions, one explanation."""

from autograder.assignment import Assignment, WrittenItem
from autograder.assignments.longterm import (
    bounds,
    jacobians,
    leaky,
    leaky_jacobians,
    orthogonal,
    ridge,
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
            "The figure shows the measured curves with their spread over the seeds, over the lag "
            "on a logarithmic axis, each named, so that it can be read alone.",
        ),
        (
            1,
            "The text reads the norm at lags 10 and 50 from each curve, and a factor for each "
            "step where the curve is straight.",
        ),
        (
            1,
            "Why radius 1 fades all the same is explained: the slopes of tanh multiply in at every "
            "step, and they are below 1; with orthogonal weights they alone are seen.",
        ),
        (
            1,
            "Why the normal matrix of radius 1 starts above 1 although its radius is 1 is "
            "explained by its singular values, of which the largest is near 2.",
        ),
        (
            1,
            "The leaky units' curve is explained by the term (1 - α) I of the Jacobian, and the "
            "price is named: the units follow slowly what changes quickly.",
        ),
    ),
)

ASSIGNMENT = Assignment(
    name="longterm",
    title="Long-term dependencies",
    notebook="longterm",
    items=(
        leaky_jacobians.ITEM,
        jacobians.ITEM,
        bounds.RADIUS,
        bounds.CLIP,
        orthogonal.ITEM,
        leaky.ITEM,
        ridge.ITEM,
        _EXPLANATION,
    ),
    forbidden=registry.forbidden("longterm"),
)
