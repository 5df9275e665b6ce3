"""Set a line as mathematics: as LaTeX for pages, as MathML for any browser without a library."""

from rnncourse.derivation.exercise import DerivationExercise, Display, Function
from rnncourse.derivation.forms import Form, Latex, MathML
from rnncourse.derivation.nodes import (
    Binary,
    Call,
    Line,
    Negate,
    Node,
    Number,
    Sum,
    Transpose,
    Use,
    children,
)
from rnncourse.derivation.shapes import SCALAR, ShapeError, infer
from rnncourse.derivation.unparse import ATOM, BINDING, NEGATION


def to_latex(line: Line, exercise: DerivationExercise) -> str:
    """A line as LaTeX, without dollar signs."""
    return _Setter(exercise, Latex()).line(line)


def to_mathml(line: Line, exercise: DerivationExercise) -> str:
    """A line as a ``<math>`` element. No text of the student's reaches it but numbers."""
    return _Setter(exercise, MathML()).line(line)


class _Setter:
    """Sets trees in one form."""

    def __init__(self, exercise: DerivationExercise, form: Form) -> None:
        self.exercise = exercise
        self.form = form

    def line(self, line: Line) -> str:
        expressions = [self.node(e) for e in line.expressions]
        return self.form.chain(self.node(line.target), expressions)

    def node(self, node: Node) -> str:
        form = self.form
        match node:
            case Number():
                return form.number(node.text)
            case Use():
                return self._use(node)
            case Transpose():
                return self._transposed(node.body)
            case Negate():
                return form.row(form.operator("−"), self._within(node.body, NEGATION))
            case Sum():
                low = form.row(form.letter(node.index), form.operator("="), form.number("1"))
                body = self._within(node.body, BINDING["*"])
                return form.row(form.sum_over(low, form.letter("T")), form.space(), body)
            case Call():
                return self._call(node)
            case Binary():
                return self._binary(node)

    def _within(self, node: Node, least: int, *, first: bool = False) -> str:
        """A part, in brackets where it would be misread without."""
        binding = ATOM
        if isinstance(node, Binary):
            binding = BINDING[node.op]
        elif isinstance(node, Negate):
            binding = NEGATION if first else 0
        elif isinstance(node, Sum):
            binding = BINDING["*"] if least < ATOM and not first else BINDING["+"]
        elif isinstance(node, Call) and node.function == "outer":
            binding = BINDING["@"]
        text = self.node(node)
        return text if binding >= least else self.form.fenced(text)

    def _binary(self, node: Binary) -> str:
        form, own = self.form, BINDING[node.op]
        if node.op == "**":
            plain = isinstance(node.left, Number) or (
                isinstance(node.left, Use) and node.left.index is None
            )
            base = self.node(node.left)
            return form.raised(base if plain else form.fenced(base), self.node(node.right))
        if node.op == "/":
            if SCALAR in (self._shape(node.right), self._shape(node.left)):
                return form.fraction(self.node(node.left), self.node(node.right))
            sign = form.operator("⊘")
        elif node.op == "@":
            sign = form.space()
        elif node.op == "*":
            numbers = isinstance(node.left, Number) and isinstance(node.right, Number)
            scalar = SCALAR in (self._shape(node.left), self._shape(node.right))
            sign = form.operator("·") if numbers else form.space() if scalar else form.operator("⊙")
        else:
            sign = form.operator("−" if node.op == "-" else node.op)
        left = self._factor(node, node.left, own, first=True)
        tight = node.op in "-/" or (node.op == "*" and isinstance(node.right, Binary))
        right = self._factor(node, node.right, own + tight)
        return form.row(left, sign, right)

    def _factor(self, parent: Binary, node: Node, least: int, *, first: bool = False) -> str:
        """A part of a binary expression; the two kinds of product never meet without brackets."""
        mixed = isinstance(node, Binary) and {parent.op, node.op} in ({"@", "*"}, {"@", "/"})
        if mixed and SCALAR not in (self._shape(part) for part in children(node)):
            return self.form.fenced(self.node(node))
        return self._within(node, least, first=first)

    def _shape(self, node: Node) -> tuple[str, str] | None:
        try:
            return infer(node, self.exercise)
        except ShapeError:
            return None

    def _call(self, node: Call) -> str:
        form = self.form
        if node.function == "outer":
            left = self._within(node.arguments[0], BINDING["@"], first=True)
            return form.row(left, form.space(), self._transposed(node.arguments[1]))
        body = form.fenced(self.node(node.arguments[0]))
        function = self.exercise.function_by_name.get(node.function)
        return form.row(self._function(function) if function else form.name(node.function), body)

    def _function(self, function: Function) -> str:
        form, display = self.form, function.display
        if not display.letter:
            return form.name(function.name)
        tops = [form.name(display.mark)] if display.mark else []
        tops += [form.operator("′")] if function.prime else []
        letter = form.letter(display.letter)
        return form.raised(letter, form.row(*tops)) if tops else letter

    def _transposed(self, body: Node) -> str:
        top = self.form.operator("⊤")
        if isinstance(body, Use):
            display = self.exercise.by_name[body.name].display
            if not (display.gradient or display.immediate):
                return self._use(body, top)
        text = self.node(body)
        return self.form.raised(self.form.fenced(text), top)

    def _use(self, use: Use, top: str = "") -> str:
        form, symbol = self.form, self.exercise.by_name[use.name]
        display = symbol.display
        letter = display.letter or symbol.name
        if display.gradient or display.immediate:
            by = self._raised(letter, display, use, "")
            if display.immediate:
                partial = form.raised(form.operator("∂"), form.operator("+"))
                upper = form.row(partial, form.letter("L"))
                return form.fraction(upper, form.row(form.operator("∂"), by))
            nabla = form.lowered(form.operator("∇"), by)
            return form.row(nabla, form.space(), form.letter("L"))
        return self._raised(letter, display, use, top)

    def _raised(self, letter: str, display: Display, use: Use, top: str) -> str:
        form = self.form
        tops = [form.name(display.mark)] if display.mark else []
        if use.index is not None:
            tops.append(form.row(form.operator("("), self._index(use), form.operator(")")))
        tops += [top] if top else []
        base = form.letter(letter, hat=display.accent == "hat")
        if display.low:
            base = form.lowered(base, form.name(display.low))
        return form.raised(base, form.row(*tops)) if tops else base

    def _index(self, use: Use) -> str:
        form, index = self.form, use.index
        assert index is not None
        if index.base is None:
            return form.number(str(index.offset))
        if not index.offset:
            return form.letter(index.base)
        sign = form.operator("+" if index.offset > 0 else "−")
        return form.row(form.letter(index.base), sign, form.number(str(abs(index.offset))))
