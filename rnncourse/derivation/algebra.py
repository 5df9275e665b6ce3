"""Evaluate an expression on true values: small matrices as lists of rows, in plain Python."""

import math
from collections.abc import Callable, Mapping

from rnncourse.derivation.exercise import DerivationExercise
from rnncourse.derivation.nodes import (
    Binary,
    Call,
    Index,
    Negate,
    Node,
    Number,
    Span,
    Sum,
    Transpose,
    Use,
)
from rnncourse.derivation.shapes import ShapeError
from rnncourse.derivation.unparse import unparse
from rnncourse.derivation.values import Draw, Matrix

MAX_WORK = 8_000  # multiplications for one expression; an honest one needs some hundreds
NAN = math.nan


class StepError(ValueError):
    """A step that a sequence does not have, such as the one after the last."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


class TooLong(ValueError):
    """An expression that needs far more work than any answer does."""


def resolve(index: Index, steps: int, times: Mapping[str, int]) -> int:
    """The step that an index means, with ``times`` for the names that run."""
    if index.base is None:
        return index.offset
    return (steps if index.base == "T" else times[index.base]) + index.offset


class Evaluator:
    """Evaluates the expressions of one exercise on one draw, within a bounded amount of work."""

    def __init__(self, exercise: DerivationExercise, draw: Draw) -> None:
        self.exercise = exercise
        self.draw = draw
        self.work = 0

    def __call__(self, node: Node, times: Mapping[str, int]) -> Matrix:
        """The value of an expression. Where an element is not defined (0/0, log of -1) it is NaN.

        Raises:
            StepError: where a step does not exist.
            ShapeError: where shapes do not fit (``shapes.infer`` says it better, and before).
            TooLong: where the work is out of all proportion.
        """
        self.work = 0
        return self._value(node, times)

    def _value(self, node: Node, times: Mapping[str, int]) -> Matrix:
        match node:
            case Number():
                return [[node.value]]
            case Use():
                return self._use(node, times)
            case Transpose():
                return [list(column) for column in zip(*self._value(node.body, times), strict=True)]
            case Negate():
                return [[-v for v in row] for row in self._value(node.body, times)]
            case Sum():
                return self._sum(node, times)
            case Call():
                return self._call(node, [self._value(a, times) for a in node.arguments])
            case Binary():
                left, right = self._value(node.left, times), self._value(node.right, times)
                return self._binary(node, left, right)

    def _spend(self, work: int) -> None:
        self.work += work
        if self.work > MAX_WORK:
            raise TooLong("this takes far too much arithmetic")

    def _use(self, node: Use, times: Mapping[str, int]) -> Matrix:
        time = None if node.index is None else resolve(node.index, self.draw.steps, times)
        value = self.draw.value(self.exercise, node.name, time)
        if value is None:
            first = self.exercise.by_name[node.name].first
            base = node.index.base if node.index else None
            here = "".join(f" at {k} = {v}" for k, v in times.items() if k == base)
            message = f"{node} does not exist{here}: {node.name} has the steps {first} to T"
            raise StepError(message, node.span)
        self._spend(1)
        return value

    def _sum(self, node: Sum, times: Mapping[str, int]) -> Matrix:
        total: Matrix | None = None
        for time in range(1, self.draw.steps + 1):
            value = self._value(node.body, {**times, node.index: time})
            total = value if total is None else _zip(total, value, float.__add__)
        assert total is not None
        return total

    def _binary(self, node: Binary, left: Matrix, right: Matrix) -> Matrix:
        op = node.op
        rows, inner, columns = len(left), len(left[0]), len(right[0])
        small = (rows == inner == 1) or (len(right) == columns == 1)
        if op == "@" and not small:
            if inner != len(right):
                raise _unfit(node, left, right)
            self._spend(rows * inner * columns)
            turned = list(zip(*right, strict=True))
            return [[sum(map(float.__mul__, row, c)) for c in turned] for row in left]
        self._spend(max(rows * inner, len(right) * columns))
        act = _ACTIONS[op]
        if len(right) == columns == 1:
            number = right[0][0]
            return [[act(v, number) for v in row] for row in left]
        if rows == inner == 1 and op != "**":
            number = left[0][0]
            return [[act(number, v) for v in row] for row in right]
        if rows != len(right) or inner != columns:
            raise _unfit(node, left, right)
        return _zip(left, right, act)

    def _call(self, node: Call, arguments: list[Matrix]) -> Matrix:
        first = arguments[0]
        function = self.exercise.function_by_name.get(node.function)
        self._spend(4 * len(first) * len(first[0]))
        if function is not None and function.apply is not None:
            numbers = self.draw.functions[function.parameters] if function.parameters else ()
            apply = function.apply
            return [[_safe(apply, v, *numbers) for v in row] for row in first]
        if any(len(argument[0]) != 1 for argument in arguments):
            raise ShapeError(f"{node.function} takes a column vector", node.span)
        column = [row[0] for row in first]
        if node.function == "outer":
            self._spend(len(first) * len(arguments[1]))
            return [[a * row[0] for row in arguments[1]] for a in column]
        if node.function == "diag":
            self._spend(len(first) ** 2)
            return [
                [v if i == j else 0.0 for j in range(len(column))] for i, v in enumerate(column)
            ]
        top = max(column)
        powers = [_safe(math.exp, v - top) for v in column]
        total = sum(powers)
        return [[_divide(p, total)] for p in powers]  # softmax


def _unfit(node: Binary, left: Matrix, right: Matrix) -> ShapeError:
    sizes = f"{len(left)}×{len(left[0])} {node.op} {len(right)}×{len(right[0])}"
    return ShapeError(f"{unparse(node)}: {sizes} does not fit", node.span)


def _zip(left: Matrix, right: Matrix, act: Callable[[float, float], float]) -> Matrix:
    return [list(map(act, a, b)) for a, b in zip(left, right, strict=True)]


def _safe(function: Callable[..., float], *arguments: float) -> float:
    """A function's value, NaN where it has none, infinity where it is too large."""
    try:
        return float(function(*arguments))
    except OverflowError:
        return math.inf
    except (ValueError, ZeroDivisionError):
        return NAN


def _divide(a: float, b: float) -> float:
    return a / b if b else NAN


def _power(a: float, b: float) -> float:
    return _safe(math.pow, a, b)


_ACTIONS: dict[str, Callable[[float, float], float]] = {
    "+": float.__add__,
    "-": float.__sub__,
    "*": float.__mul__,
    "@": float.__mul__,
    "/": _divide,
    "**": _power,
}
