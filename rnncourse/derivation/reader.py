"""Turn one row of a derivation into trees.

Python's ``ast`` is held against a whitelist, the names against an exercise.
"""

import ast
import difflib
import warnings

from rnncourse.derivation.exercise import DerivationExercise
from rnncourse.derivation.nodes import (
    Binary,
    Call,
    Index,
    LanguageError,
    Negate,
    Node,
    Number,
    Span,
    Sum,
    Transpose,
    Use,
)
from rnncourse.derivation.spelling import Spelled
from rnncourse.derivation.tokens import check

MAX_NESTING = 80
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.MatMult: "@",
}
_BUILT_IN = {"diag": 1, "outer": 2, "sum": 2, "transpose": 1}  # arguments


class Reader:
    """Turns the expressions of one row into trees."""

    def __init__(self, spelled: Spelled, row: int, exercise: DerivationExercise) -> None:
        self.spelled = spelled
        self.row = row
        self.exercise = exercise
        self.start = 0
        self.bound: list[str] = []  # indices of the sums around
        self.allowed: set[str | None] = set()

    def target(self, start: int, end: int) -> Use:
        """What stands left of the first = sign."""
        check(self.spelled, start, end)
        self.allowed = set(self.exercise.indices)
        node = self._tree(start, end)
        if not isinstance(node, Use):
            whole = self.spelled.text[start:end]
            span = self._span_between(
                start + len(whole) - len(whole.lstrip()), start + len(whole.rstrip())
            )
            wanted = self.exercise.steps[0].target
            message = f"left of the = sign stands one symbol, such as {wanted}"
            raise LanguageError(message, span.start, span.end - span.start)
        if node.index and node.index.base not in (None, "T", self.exercise.indices[0]):
            message = f"a step is written for {self.exercise.indices[0]}"
            raise LanguageError(message, node.span.start, node.span.end - node.span.start)
        return node

    def expression(self, start: int, end: int, allowed: set[str | None]) -> Node:
        """One expression, in which the indices ``allowed`` have a meaning."""
        check(self.spelled, start, end)
        self.allowed = allowed
        return self._tree(start, end)

    def _tree(self, start: int, end: int) -> Node:
        self.start = start
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Python's doubts about style are not the student's
                tree = ast.parse(f"({self.spelled.text[start:end]})", mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            place = getattr(error, "offset", None) or 2
            column = self.spelled.column(min(start + place - 2, end - 1))
            raise LanguageError("this cannot be read", column) from None
        return self._node(tree, 0)

    def _span_between(self, start: int, end: int) -> Span:
        return Span(
            self.row, self.spelled.column(start), self.spelled.column(max(start, end - 1)) + 1
        )

    def _span(self, node: ast.expr) -> Span:
        first = self.start + node.col_offset - 1
        return self._span_between(first, self.start + (node.end_col_offset or 2) - 1)

    def _refuse(self, message: str, node: ast.expr) -> LanguageError:
        span = self._span(node)
        return LanguageError(message, span.start, span.end - span.start)

    def _node(self, node: ast.expr, depth: int) -> Node:
        if depth > MAX_NESTING:
            raise self._refuse("this is nested too deeply: use fewer terms", node)
        span = self._span(node)
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return Number(span, repr(node.value))
        if isinstance(node, ast.Name):
            return self._name(node, span)
        if isinstance(node, ast.Subscript):
            return self._subscript(node, span)
        if isinstance(node, ast.Attribute) and node.attr == "T":
            return Transpose(span, self._node(node.value, depth + 1))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            body = self._node(node.operand, depth + 1)
            return Negate(span, body) if isinstance(node.op, ast.USub) else body
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            left, right = self._node(node.left, depth + 1), self._node(node.right, depth + 1)
            return Binary(span, _OPERATORS[type(node.op)], left, right)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            return self._call(node, node.func.id, span, depth)
        raise self._refuse("this is not part of the language", node)

    def _name(self, node: ast.Name, span: Span) -> Use:
        symbol = self.exercise.by_name.get(node.id)
        if symbol is None:
            raise self._unknown(node)
        if symbol.is_sequence:
            index = self.exercise.indices[0]
            message = f"{node.id} is different at every step: write {node.id}[{index}], or which"
            raise self._refuse(message, node)
        return Use(span, symbol.name)

    def _unknown(self, node: ast.Name) -> LanguageError:
        name, exercise = node.id, self.exercise
        if name in (*exercise.indices, "T"):
            return self._refuse(f"{name} counts the steps; it stands only in [ ]", node)
        if name in exercise.function_by_name or name in _BUILT_IN:
            return self._refuse(f"{name} is a function: write {name}( … )", node)
        if name[0] == "d" and name.lstrip("d_") in exercise.by_name:
            return self._refuse(f"{name} is not among the gradients of this exercise", node)
        known = [*exercise.by_name, *exercise.function_by_name]
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        tail = f"; did you mean {near[0]}?" if near else ""
        return self._refuse(f"{name} is not a symbol of this exercise{tail}", node)

    def _subscript(self, node: ast.Subscript, span: Span) -> Use:
        if not isinstance(node.value, ast.Name):
            raise self._refuse("the step comes right after the name, as in h[t-1].T", node)
        return self._use(node.value, node.slice, span)

    def _use(self, name: ast.Name, index: ast.expr, span: Span) -> Use:
        symbol = self.exercise.by_name.get(name.id)
        if symbol is None:
            raise self._unknown(name)
        if not symbol.is_sequence:
            raise self._refuse(f"{name.id} is the same at every step: no index", index)
        return Use(span, symbol.name, self._index(index))

    def _index(self, node: ast.expr) -> Index:
        if isinstance(node, ast.Name):
            if node.id == "T":
                return Index("T")
            if node.id in self.exercise.indices:
                return Index(node.id)
        elif isinstance(node, ast.Constant) and type(node.value) is int and node.value <= 99:
            return Index(None, node.value)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            left, right = self._index(node.left), self._index(node.right)
            minus = isinstance(node.op, ast.Sub)
            if right.base is not None and left.base is None and not minus:
                left, right = right, left
            if right.base is None:
                offset = left.offset + (-right.offset if minus else right.offset)
                if abs(offset) <= 99:
                    return Index(left.base, offset)
        message = "a step is t, T or a number, or one of them plus or minus a number"
        raise self._refuse(message, node)

    def _call(self, node: ast.Call, name: str, span: Span, depth: int) -> Node:
        arguments = node.args
        if name == "sum":
            return self._sum(node, span, depth)
        symbol = self.exercise.by_name.get(name)
        assert isinstance(node.func, ast.Name)
        if symbol is not None and len(arguments) == 1:
            if not symbol.is_sequence:
                raise self._refuse(
                    "an operator is missing between this name and the bracket", node.func
                )
            return self._use(node.func, arguments[0], span)  # y(t), as some lectures write it
        function = self.exercise.function_by_name.get(name)
        wanted = 1 if function else _BUILT_IN.get(name)
        if wanted is None:
            raise self._unknown(node.func)
        if len(arguments) != wanted:
            message = f"{name} takes {wanted} argument{'s' * (wanted > 1)}, not {len(arguments)}"
            raise self._refuse(message, node)
        parts = tuple(self._node(a, depth + 1) for a in arguments)
        if name == "transpose":
            return Transpose(span, parts[0])
        return Call(span, function.name if function else name, parts)

    def _sum(self, node: ast.Call, span: Span, depth: int) -> Sum:
        index = self.exercise.indices[0]
        if len(node.args) != 2 or not isinstance(node.args[0], ast.Name):
            raise self._refuse(f"a sum says over which steps: sum({index}, …)", node)
        name = node.args[0].id
        if name not in self.exercise.indices:
            names = " or ".join(self.exercise.indices)
            raise self._refuse(f"a sum runs over {names}, not {name}", node.args[0])
        taken = (*self.bound, *self.allowed)
        if name in taken:
            other = next((i for i in self.exercise.indices if i not in taken), "")
            tail = f": sum over {other} instead" if other else ""
            raise self._refuse(f"{name} already stands for one step here{tail}", node.args[0])
        self.bound.append(name)
        try:
            return Sum(span, name, self._node(node.args[1], depth + 1))
        finally:
            self.bound.pop()
