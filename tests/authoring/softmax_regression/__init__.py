"""Softmax regression: an assignment outside recurrent networks, written from the guide alone."""

from autograder.authoring import Assignment, WrittenItem, without_library

from . import forward, gradient

MEANING = WrittenItem(
    cell="meaning",
    title="What the loss of a guess is",
    max_points=2,
    rubric=((1, "log K."), (1, "Why: each class gets 1/K, whatever the input.")),
)

ASSIGNMENT = Assignment(
    name="softmax_regression",
    title="Softmax regression",
    notebook="softmax_regression",
    items=(forward.ITEM, gradient.ITEM, MEANING),
    forbidden=without_library("torch", "sklearn", "scipy"),
)
