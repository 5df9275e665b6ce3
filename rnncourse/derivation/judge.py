"""Judge a derivation: every step on its own, against true values, with the reason if wrong."""

from collections.abc import Sequence
from dataclasses import replace

from rnncourse.derivation.circular import circles
from rnncourse.derivation.compare import Comparer
from rnncourse.derivation.exercise import DerivationExercise, Step
from rnncourse.derivation.known import KnownMistake, Pairs, no_pairs
from rnncourse.derivation.language import read, step_of
from rnncourse.derivation.nodes import LanguageError, Line, Node, Span, Use, walk
from rnncourse.derivation.report import Kind, Note, Report, State, StepReport, on_chain
from rnncourse.derivation.sameness import canonical
from rnncourse.derivation.statics import first_problem
from rnncourse.derivation.values import Draw


def judge(
    text: str,
    exercise: DerivationExercise,
    draws: Sequence[Draw],
    mistakes: Sequence[KnownMistake] = (),
    pairs: Pairs = no_pairs,
) -> Report:
    """Judge a derivation; never raises, whatever the text.

    A step is right where each of its expressions equals the true value to 1e-9, in every draw and
    at every step asked for. One wrong step costs one step: the others are judged with its true
    value.
    """
    found = _Found(text, exercise)
    comparer = Comparer(exercise, draws, mistakes, pairs)
    sound = dict(found.lines)
    reports = {}
    for step in exercise.steps:
        report = _before_values(step, found, exercise, comparer)
        if report is not None:
            reports[step.target] = report
            sound.pop(step.target, None)
    loops = circles(exercise, sound)
    for step in exercise.steps:
        if step.target not in reports:
            reports[step.target] = _on_values(step, found, loops, exercise, comparer)
    reports = _charge_helpers(exercise, found, reports)
    steps = tuple(
        reports[s.target]
        for s in exercise.steps
        if not (s.optional and reports[s.target].state is State.MISSING)
    )
    return Report(exercise.name, steps, tuple(sorted(found.notes, key=lambda n: n.row)))


class _Found:
    """What a text holds for each step."""

    def __init__(self, text: str, exercise: DerivationExercise) -> None:
        self.lines: dict[str, list[Line]] = {}
        self.errors: dict[str, LanguageError] = {}
        self.notes: list[Note] = []
        wanted = {s.target for s in exercise.steps}
        for entry in read(text, exercise).entries:
            if isinstance(entry, LanguageError):
                if entry.target in wanted:
                    self.errors.setdefault(entry.target, entry)  # type: ignore[arg-type]
                else:
                    self.notes.append(Note(entry.message, entry.row, entry.column, entry.length))
                continue
            target, span = step_of(entry.target, exercise), entry.target.span
            if target not in wanted:
                message = f"{target} is not one of the steps asked for; the line is not judged"
                self._note(message, span)
                continue
            if target in self.lines or target in self.errors:
                self._note(f"{target} is written more than once; all its lines must be right", span)
            self.lines.setdefault(target, []).append(entry)

    def _note(self, message: str, span: Span) -> None:
        self.notes.append(Note(message, span.row, span.start, span.end - span.start))


def _wrong(step: Step, kind: Kind, message: str, span: Span | None) -> StepReport:
    place = (span.row, span.start, span.end - span.start) if span else (None, None, 0)
    return StepReport(
        step.target,
        State.WRONG,
        kind,
        message,
        row=place[0],
        column=place[1],
        length=place[2],
        optional=step.optional,
    )


def _before_values(
    step: Step, found: _Found, exercise: DerivationExercise, comparer: Comparer
) -> StepReport | None:
    """What can be said without values: missing, not in the language, not of the right shape."""
    error = found.errors.get(step.target)
    if error is not None:
        span = Span(error.row, error.column, error.column + error.length)
        return _wrong(step, Kind.LANGUAGE, error.message, span)
    lines = found.lines.get(step.target)
    if lines is None:
        message = f"no line says what {step.target} is"
        missing, nothing = State.MISSING, Kind.MISSING
        return StepReport(step.target, missing, nothing, message, optional=step.optional)
    for line in lines:
        for link, expression in enumerate(line.expressions, 1):
            problem = first_problem(line, expression, exercise)
            if problem is not None:
                report = _wrong(step, problem.kind, problem.message, problem.span)
                report = comparer.recognise_unfit(report, expression)
                return on_chain(report, link, len(line.expressions))
    return None


def _on_values(
    step: Step,
    found: _Found,
    loops: dict[str, tuple[str, ...]],
    exercise: DerivationExercise,
    comparer: Comparer,
) -> StepReport:
    """The word on a step whose lines can be evaluated."""
    lines = found.lines[step.target]
    span = lines[0].target.span
    if step.target in loops:
        message = f"this leans on itself: {' ← '.join(loops[step.target])}"
        circular = _wrong(step, Kind.CIRCULAR, message, span)
        return comparer.recognise_unfit(circular, lines[0].expressions[0])
    for line in lines:
        for link, expression in enumerate(line.expressions, 1):
            report = _not_allowed(step, expression, exercise)
            if report is None:
                report = comparer.compare(step, line, expression)
            if report is not None:
                return on_chain(report, link, len(line.expressions))
    for line in lines:
        unfinished = _unfinished(step, line.expressions[-1], exercise)
        if unfinished is not None:
            return unfinished
    links = max(len(_links(step, line, exercise)) for line in lines)
    if links < step.least_links:
        message = (
            f"what is there is right, but the chain has {links} different "
            f"expression{'s' * (links > 1)}, and {step.least_links} are asked for"
        )
        return _wrong(step, Kind.LINKS, message, span)
    return StepReport(step.target, State.RIGHT, row=span.row, optional=step.optional)


def _not_allowed(step: Step, expression: Node, exercise: DerivationExercise) -> StepReport | None:
    """A derived symbol that the step is to do without."""
    node = _other_than(step.uses, expression, exercise)
    if node is None or step.uses is None:
        return None
    may = f"; of the gradients it may use {', '.join(step.uses)}" if step.uses else ""
    message = f"{step.target} is to be written without {node}{may}"
    return _wrong(step, Kind.NOT_ALLOWED, message, node.span)


def _unfinished(step: Step, last: Node, exercise: DerivationExercise) -> StepReport | None:
    """A derived symbol with which the chain is not to end."""
    node = _other_than(step.ends_in, last, exercise)
    if node is None:
        return None
    message = f"what is there is right, but it is not the end yet: {node} can be written out"
    return _wrong(step, Kind.NOT_ALLOWED, message, node.span)


def _other_than(
    allowed: tuple[str, ...] | None, expression: Node, exercise: DerivationExercise
) -> Use | None:
    """The first derived symbol that is none of those allowed; before step 1 it is given."""
    if allowed is None:
        return None
    for node in walk(expression):
        if not isinstance(node, Use) or not exercise.by_name[node.name].derived:
            continue
        given = node.index is not None and node.index.base is None and node.index.offset < 1
        if node.name not in allowed and not given:
            return node
    return None


def _links(step: Step, line: Line, exercise: DerivationExercise) -> set[str]:
    """The expressions of a chain that say something: no two the same, none leaning on the step."""
    if step.least_links == 1:
        return {""}
    alone = ({step.target: [replace(line, expressions=(e,))]} for e in line.expressions)
    return {
        canonical(e)
        for e, only in zip(line.expressions, alone, strict=True)
        if not circles(exercise, only)
    }


def _charge_helpers(
    exercise: DerivationExercise, found: _Found, reports: dict[str, StepReport]
) -> dict[str, StepReport]:
    """A helper that is wrong or missing costs the first step that uses it, and no other."""
    charged = dict(reports)
    for helper in (s for s in exercise.steps if s.optional and not reports[s.target].right):
        name = helper.target.split("[")[0]
        for step in (s for s in exercise.steps if not s.optional):
            use = _first_use(name, found.lines.get(step.target, ()))
            if use is None:
                continue
            if charged[step.target].right:
                missing = reports[helper.target].state is State.MISSING
                what = "no line says what it is" if missing else "its own line is wrong"
                message = f"this uses {use}, and {what}; only this step pays for that"
                charged[step.target] = _wrong(step, Kind.HELPER, message, use.span)
            break
    return charged


def _first_use(name: str, lines: Sequence[Line]) -> Use | None:
    for line in lines:
        for expression in line.expressions:
            for node in walk(expression):
                if isinstance(node, Use) and node.name == name:
                    return node
    return None
