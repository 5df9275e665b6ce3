"""Compare an expression with the truth, and say how it differs."""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from rnncourse.derivation.algebra import Evaluator, StepError, TooLong
from rnncourse.derivation.exercise import DerivationExercise, Step
from rnncourse.derivation.known import (
    TOLERANCE,
    Alternative,
    Explained,
    KnownMistake,
    Pairs,
    agreed,
    explained,
    multiple,
    no_pairs,
    same,
)
from rnncourse.derivation.language import parse_line
from rnncourse.derivation.nodes import LanguageError, Line, Node
from rnncourse.derivation.report import Kind, State, StepReport
from rnncourse.derivation.shapes import ShapeError
from rnncourse.derivation.values import Draw, Matrix


@dataclass(frozen=True)
class _Point:
    """An expression's value and the true one, at one step of one draw, as flat lists."""

    time: int
    last: bool  # whether it is the last of all steps
    got: list[float]
    truth: list[float]
    turned: list[float]  # the true value, transposed


class Comparer:
    """Holds expressions of one exercise against several draws, and against known mistakes."""

    def __init__(
        self,
        exercise: DerivationExercise,
        draws: Sequence[Draw],
        mistakes: Sequence[KnownMistake] = (),
        pairs: Pairs = no_pairs,
    ) -> None:
        self.exercise = exercise
        self.evaluators = [Evaluator(exercise, d) for d in draws]
        self.mistakes = mistakes
        self.pairs = pairs

    def compare(self, step: Step, line: Line, expression: Node) -> StepReport | None:
        """Why an expression is not the step's value; None where it is."""
        span = expression.span

        def wrong(kind: Kind, message: str) -> StepReport:
            place = (span.row, span.start, span.end - span.start)
            return StepReport(
                step.target, State.WRONG, kind, message, "", None, None, *place, step.optional
            )

        try:
            points = self._points(step, line, expression)
        except StepError as error:
            span = error.span
            return self.recognise_unfit(wrong(Kind.NO_SUCH_STEP, error.message), expression)
        except TooLong:
            return wrong(Kind.WORK, "this takes far more arithmetic than the step needs")
        except ShapeError as error:
            return wrong(Kind.SHAPE, error.message)
        scale = max(abs(v) for p in points for v in p.truth)
        misses = [_distance(p.got, p.truth) for p in points]
        if all(m <= TOLERANCE * scale for m in misses):
            return None
        kind, message = _difference(step, points, misses, scale)
        return self._recognise(wrong(kind, message), step, points)

    def recognise_unfit(self, report: StepReport, expression: Node) -> StepReport:
        """The same report, with the hint of a known mistake that has no value at all.

        Shapes that do not fit cannot be evaluated; where all dimensions are equal they can, and two
        expressions that agree there on arbitrary values are the same.
        """
        for mistake in self.mistakes:
            if mistake.step == report.target and self._is(expression, mistake.source):
                return replace(report, hint=mistake.hint, mistake=mistake.id)
        both = [p for p in self.pairs(report.target) if self._is(expression, p.source)]
        found = agreed(both)
        return _named(report, found) if found else report

    def _is(self, expression: Node, source: str) -> bool:
        """Whether an expression is that of a wrong line, shapes aside."""
        try:
            wrong = _parsed(source, self.exercise)
        except LanguageError:
            return False
        return _same_anywhere(expression, wrong.expressions[-1], self.exercise)

    def _recognise(self, report: StepReport, step: Step, got: Sequence[_Point]) -> StepReport:
        """The same report, with the hint of the known mistake, or of the two, with these values."""
        values = [v for p in got for v in p.got]
        truth = [v for p in got for v in p.truth]
        known = [
            Alternative(mistake, other)
            for mistake in self.mistakes
            if mistake.step == step.target and (other := self._values(step, mistake.source))
        ]
        found = explained(values, truth, known)
        if not found:
            pairs = [(pair, self._values(step, pair.source)) for pair in self.pairs(step.target)]
            found = agreed([pair for pair, other in pairs if other and same(values, other)])
        if not found:
            return report
        return replace(_named(report, found), kind=Kind.MISTAKE)

    def _values(self, step: Step, source: str) -> tuple[float, ...]:
        """The values of a wrong line, one after the other; none where it has no value."""
        try:
            wrong = _parsed(source, self.exercise)
            points = self._points(step, wrong, wrong.expressions[-1])
        except (StepError, ShapeError, TooLong, LanguageError, KeyError):
            return ()
        return tuple(v for p in points for v in p.got)

    def _points(self, step: Step, line: Line, expression: Node) -> list[_Point]:
        points = []
        index, target = self.exercise.indices[0], line.target
        for evaluate in self.evaluators:
            draw = evaluate.draw
            for time in _times(step, draw.steps):
                shift = target.index.offset if target.index and target.index.base == index else 0
                got = evaluate(expression, {index: time - shift})
                at = None if target.index is None else time
                truth = draw.value(self.exercise, target.name, at)
                assert truth is not None
                turned = [list(column) for column in zip(*truth, strict=True)]
                flat = (_flat(got), _flat(truth), _flat(turned))
                points.append(_Point(time, time == draw.steps, *flat))
        return points


def _named(report: StepReport, found: Explained) -> StepReport:
    hint = " ".join([found.lead, *(m.hint for m in found.mistakes)]).strip()
    return replace(report, hint=hint, mistake=found.mistakes[0].id)


def _times(step: Step, steps: int) -> Sequence[int]:
    """The steps at which a line must hold."""
    if "[" not in step.target:
        return (1,)
    first, last = (int(b) if b.isdigit() else steps + int(b[1:] or 0) for b in step.times)
    return range(first, last + 1)


def _difference(
    step: Step, points: Sequence[_Point], misses: Sequence[float], scale: float
) -> tuple[Kind, str]:
    """The plainest thing that can be said of a wrong value."""
    if not all(math.isfinite(v) for p in points for v in p.got):
        return Kind.NOT_FINITE, (
            "this is not a finite number everywhere: "
            "is something divided by zero, or a logarithm or a root taken of a negative number?"
        )
    factor = multiple([v for p in points for v in p.got], [v for p in points for v in p.truth])
    if factor is not None and abs(factor + 1) <= TOLERANCE:
        return Kind.SIGN, "the sign is wrong, the rest is right"
    if factor is not None:
        if abs(factor) <= TOLERANCE:
            return Kind.FACTOR, "this is always zero"
        return Kind.FACTOR, f"right up to a factor: this is {factor:.4g} times the true value"
    if all(_distance(p.got, p.turned) <= TOLERANCE * scale for p in points):
        return Kind.TRANSPOSED, "this is the transpose of what it should be"
    wrong_at = {_when(p) for p, m in zip(points, misses, strict=True) if m > TOLERANCE * scale}
    right_at = {_when(p) for p in points} - wrong_at
    index = step.target.rpartition("[")[2].rstrip("]")
    if right_at:
        right, wrong = ", ".join(sorted(right_at)), ", ".join(sorted(wrong_at))
        return Kind.SOME_STEPS, f"right at {index} = {right}, wrong at {index} = {wrong}"
    relative = max(misses) / scale
    if relative < 0.01:
        size = f"{relative:.0e} of"
    else:
        size = f"{relative:.0%} of" if relative < 1.5 else f"{relative:.2g} times"
    return Kind.VALUE, f"wrong value: off by {size} the largest entry"


def _when(point: _Point) -> str:
    """A step by its number, and the last one, which draws have at different numbers, by T."""
    return "T" if point.last else str(point.time)


def _distance(a: Sequence[float], b: Sequence[float]) -> float:
    """The largest difference; infinite where one is not a number."""
    if len(a) != len(b):
        return math.inf
    worst = max(abs(x - y) for x, y in zip(a, b, strict=True))
    return worst if all(map(math.isfinite, a)) else math.inf


def _flat(matrix: Matrix) -> list[float]:
    return [value for row in matrix for value in row]


@cache
def _parsed(source: str, exercise: DerivationExercise) -> Line:
    return parse_line(source, exercise)


def _same_anywhere(a: Node, b: Node, exercise: DerivationExercise) -> bool:
    """Whether two expressions are one and the same, shapes aside."""
    evaluate = Evaluator(exercise, _square(exercise))
    times: Mapping[str, int] = dict.fromkeys(exercise.indices, 2)
    try:
        left, right = _flat(evaluate(a, times)), _flat(evaluate(b, times))
    except (StepError, ShapeError, TooLong, LanguageError):
        return False
    scale = max((abs(v) for v in right), default=1.0)
    return _distance(left, right) <= TOLERANCE * scale


class _Anywhere(Draw):
    """Arbitrary values for every symbol at every step, with all dimensions equal."""

    SIZE = 3

    def value(self, exercise: DerivationExercise, name: str, time: int | None) -> Matrix:
        """The same value whenever the same symbol and step are asked for."""
        symbol = exercise.by_name[name]
        rng = random.Random(f"{name} {time}")
        rows, columns = (1 if d == "1" else self.SIZE for d in symbol.shape)
        return [[rng.uniform(0.2, 0.9) for _ in range(columns)] for _ in range(rows)]


@cache
def _square(exercise: DerivationExercise) -> Draw:
    functions = {f.parameters: (0.8, 0.3, 0.4) for f in exercise.functions if f.parameters}
    return _Anywhere(4, {}, {}, functions)
