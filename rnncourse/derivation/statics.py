"""What can be said of a line before any value is known."""

from dataclasses import dataclass

from rnncourse.derivation.exercise import DerivationExercise
from rnncourse.derivation.nodes import Line, Node, Span, Sum, Use, children
from rnncourse.derivation.report import Kind
from rnncourse.derivation.shapes import ShapeError, infer, spell
from rnncourse.derivation.unparse import unparse


@dataclass(frozen=True)
class Problem:
    """What is wrong with an expression whatever the values, and where."""

    kind: Kind
    message: str
    span: Span


def first_problem(line: Line, expression: Node, exercise: DerivationExercise) -> Problem | None:
    """An index that means nothing, or a shape that does not fit."""
    free = free_index(line, expression)
    if free is not None:
        name = free.index.base if free.index else ""
        message = f"{free}: which {name}? {line.target} stands for no single {name}"
        return Problem(Kind.INDEX, message, free.span)
    try:
        shape = infer(expression, exercise)
    except ShapeError as error:
        return Problem(Kind.SHAPE, error.message, error.span)
    wanted = exercise.by_name[line.target.name].shape
    if shape != wanted:
        message = f"this is {spell(shape)}, and {line.target} is {spell(wanted)}"
        return Problem(Kind.SHAPE, message, expression.span)
    return None


def free_index(line: Line, expression: Node) -> Use | None:
    """The first use of a symbol at a step that nothing gives: ``h[t]``, the target without t."""
    known = {None, "T"}
    if line.target.index is not None:
        known.add(line.target.index.base)
    return _free(expression, frozenset(known))


def _free(node: Node, known: frozenset[str | None]) -> Use | None:
    if isinstance(node, Use):
        return node if node.index is not None and node.index.base not in known else None
    if isinstance(node, Sum):
        known = known | {node.index}
    for child in children(node):
        found = _free(child, known)
        if found is not None:
            return found
    return None


def same_text(node: Node) -> str:
    """An expression as text, whatever its spaces, brackets and spellings."""
    return unparse(node, limit=10**6)
