"""Shapes as on paper: letters, not numbers; what is said of them holds for every network."""

from rnncourse.derivation.exercise import DerivationExercise, Shape
from rnncourse.derivation.nodes import (
    Binary,
    Call,
    Negate,
    Node,
    Number,
    Span,
    Sum,
    Transpose,
    Use,
)
from rnncourse.derivation.unparse import unparse

SCALAR: Shape = ("1", "1")


class ShapeError(ValueError):
    """Two shapes that do not fit; ``span`` is where they meet."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


def spell(shape: Shape) -> str:
    """``H×I``; a number is called so."""
    return "a number" if shape == SCALAR else "×".join(shape)


def infer(node: Node, exercise: DerivationExercise) -> Shape:
    """The shape of an expression. Only a number fits everywhere; nothing else is broadcast.

    Raises:
        ShapeError: at the innermost place where two shapes do not fit.
    """
    match node:
        case Number():
            return SCALAR
        case Use():
            return exercise.by_name[node.name].shape
        case Transpose():
            rows, columns = infer(node.body, exercise)
            return (columns, rows)
        case Negate() | Sum():
            return infer(node.body, exercise)
        case Call():
            return _call(node, tuple(infer(a, exercise) for a in node.arguments), exercise)
        case Binary():
            return _binary(node, infer(node.left, exercise), infer(node.right, exercise))


def _binary(node: Binary, left: Shape, right: Shape) -> Shape:
    if SCALAR in (left, right) and node.op != "**":
        return right if left == SCALAR else left
    if node.op == "@":
        if left[1] == right[0]:
            return (left[0], right[1])
        rule = "the columns of the first must be the rows of the second"
    elif node.op == "**":
        if right == SCALAR:
            return left
        rule = "an exponent is a number"
    else:
        if left == right:
            return left
        rule = "element by element, both must have one shape"
    message = (
        f"{unparse(node.left)} is {spell(left)} and {unparse(node.right)} is {spell(right)}: "
        f"{spell(left)} {node.op} {spell(right)} does not fit ({rule})"
    )
    raise ShapeError(message, node.span)


def _call(node: Call, shapes: tuple[Shape, ...], exercise: DerivationExercise) -> Shape:
    function = exercise.function_by_name.get(node.function)
    if function is not None and function.apply is not None:
        return shapes[0]
    for argument, shape in zip(node.arguments, shapes, strict=True):
        if shape[1] != "1":
            message = (
                f"{node.function} takes a column vector, and {unparse(argument)} is {spell(shape)}"
            )
            raise ShapeError(message, argument.span)
    if node.function == "outer":
        return (shapes[0][0], shapes[1][0])
    return (shapes[0][0], shapes[0][0]) if node.function == "diag" else shapes[0]
