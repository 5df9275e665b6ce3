"""What is graded in the assignment "starter": a model to change, an exercise of each kind."""

from autograder.authoring import Assignment, WrittenItem, without_library

from . import forward, gradients, own

EXPLANATION = WrittenItem(
    cell="explanation",
    title="What the loss measures",
    max_points=2,
    rubric=(
        (1, "The loss is read as half the mean squared distance to the targets, over samples."),
        (1, "It is said why the mean is taken: its size does not depend on how many there are."),
    ),
)

ASSIGNMENT = Assignment(
    name="starter",
    title="A layer of units",
    notebook="starter",
    items=(forward.ITEM, gradients.ITEM, own.ITEM, EXPLANATION),
    forbidden=without_library("torch"),
)
