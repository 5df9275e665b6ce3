"""Judge a function that a student wrote: call it on hidden cases, compare, award, name the mistake.

Nothing of a hidden case leaves this module but its name, its sizes, and how far off and where an
answer is; the text of an exception is shown only if the same one arises in a visible case.
"""

import builtins
import copy
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.assignment import CodeItem
from autograder.judge import personal
from autograder.judge.catalogue import Answer, WrongAnswers
from autograder.judge.matching import close, explain
from autograder.judge.unsupported import in_words
from autograder.sandbox.errors import Ending, SessionEnded
from autograder.sandbox.inside.values import Unsupported
from autograder.sandbox.replies import CallReply, Raised
from autograder.verdict import Outcome, Part, Verdict
from rnncourse.checks.compare import Finding, compare
from rnncourse.checks.exercise import CodeExercise
from rnncourse.checks.properties import measured
from rnncourse.checks.unpack import unpack

Call = Callable[[Sequence[Any]], CallReply]

KNOWN_EXCEPTIONS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
) | {"LinAlgError", "AxisError"}
ENDINGS = {
    Ending.TIMEOUT: Outcome.TIMEOUT,
    Ending.MEMORY: Outcome.MEMORY,
    Ending.PROCESSES: Outcome.CRASHED,
    Ending.DIED: Outcome.CRASHED,
    Ending.REFUSED: Outcome.REFUSED,
}


@dataclass
class _Case:
    """One call on hidden inputs and what came of it."""

    name: str
    arguments: dict[str, Any]
    truth: Mapping[str, Any]
    answer: Answer  # the student's outputs by name, or the name of the exception
    findings: list[Finding] = field(default_factory=list)
    raised: Raised | None = None


def call_public(item: CodeItem, call: Call) -> CallReply | SessionEnded:
    """What the function does on the first visible case.

    All items' visible cases are to be called before any hidden one: the text of an exception in a
    visible case may be shown, and a function could note there what another saw in a hidden case.
    """
    try:
        return call(list(_public_arguments(item.exercise).values()))
    except SessionEnded as ended:
        return ended


def judge_code(
    item: CodeItem,
    call: Call,
    seed: int,
    wrong_answers: WrongAnswers | None = None,
    public: CallReply | SessionEnded | None = None,
) -> Verdict:
    """Judge one function.

    Args:
        item: what is asked, on which cases, for which points.
        call: calls the student's function with positional arguments; raises `SessionEnded`.
        seed: of the hidden cases; the same seed draws the same ones.
        wrong_answers: what a known mistake returns, to name it; None names none.
        public: what `call_public` gave, where that was called before.

    Returns:
        A verdict in which an output has its points if it is right in every hidden case.
    """
    public = call_public(item, call) if public is None else public
    if isinstance(public, SessionEnded):
        return _ended(item, public)
    if public.missing:
        return _missing(item, public)
    if public.raised and public.raised.ename == "NotImplementedError":
        return _nothing(item, Outcome.MISSING, f"{item.exercise.function} is not written yet.")
    cases = []
    keys = {output.name for output in item.exercise.outputs}
    keys |= set(public.value) if isinstance(public.value, dict) else set()
    try:
        for number, hidden in enumerate(item.cases):
            case = _try_case(item, hidden.name, call, seed, number, keys)
            cases.append(case)
            if case.raised:
                break  # no output can be right in every case any more
    except SessionEnded as ended:
        return _ended(item, ended)
    return _award(item, cases, public, wrong_answers)


def hidden_arguments(item: CodeItem, seed: int, number: int) -> dict[str, Any]:
    """The arguments of hidden case ``number``, in the order of the call."""
    entropy = [seed, zlib.crc32(item.cell.encode()), number]
    rng = np.random.default_rng(np.random.SeedSequence(entropy))
    return item.exercise.draw(rng, **item.cases[number].options)


def _public_arguments(exercise: CodeExercise) -> dict[str, Any]:
    if exercise.public_options:
        return exercise.visible_arguments(0)
    return exercise.draw(np.random.default_rng(exercise.public_seed))


# ---------------------------------------------------------------------------------------- one case


def _try_case(
    item: CodeItem, name: str, call: Call, seed: int, number: int, keys: Collection[str]
) -> _Case:
    exercise = item.exercise
    arguments = hidden_arguments(item, seed, number)
    truth = exercise.truth(copy.deepcopy(arguments))
    reply = call(list(arguments.values()))
    if reply.raised:
        answer: Answer = _exception_name(reply.raised)
        return _Case(name, arguments, truth, answer, raised=reply.raised)
    if reply.missing:  # it was there a moment ago: a process that tells two stories
        raise SessionEnded(Ending.REFUSED, "the function disappeared")
    if reply.large:
        raise SessionEnded(Ending.REFUSED, "the returned arrays are far too large")
    value, several = reply.value, len(exercise.outputs)
    if several > 1 and isinstance(value, np.ndarray) and value.ndim and len(value) == several:
        value = list(value)  # outputs of equal shape, as nested lists in one list
    if isinstance(value, dict):  # a key may be quoted: none that the visible case did not have
        value = {key: entry for key, entry in value.items() if key in keys}
    with np.errstate(all="ignore"):
        findings = _compare(exercise, truth, value, arguments)
        arrays = {} if any(not f.output for f in findings) else unpack(exercise, value)[0]
        arrays |= measured(exercise, arguments, arrays)
    return _Case(name, arguments, truth, arrays, findings)


def _compare(
    exercise: CodeExercise, truth: Mapping[str, Any], value: Any, arguments: Mapping[str, Any]
) -> list[Finding]:
    if isinstance(value, Unsupported):
        text = f"{exercise.function} returned {in_words(value)}, wanted arrays of numbers."
        return [Finding("", "type", text)]
    strange = dict(_unsupported(exercise, value))
    findings = compare(exercise, truth, value, arguments)
    return [
        Finding(f.output, "type", f"{f.output} is {strange[f.output]}, wanted an array of numbers.")
        if f.output in strange
        else f
        for f in findings
    ]


def _unsupported(exercise: CodeExercise, value: Any) -> list[tuple[str, str]]:
    names = [output.name for output in exercise.outputs]
    items: Any = value.items() if isinstance(value, dict) else ()
    if isinstance(value, tuple | list) and len(value) == len(names):
        items = zip(names, value, strict=True)
    return [(name, in_words(v)) for name, v in items if isinstance(v, Unsupported)]


# ---------------------------------------------------------------------------------------- awarding


def _award(
    item: CodeItem, cases: list[_Case], public: CallReply, wrong_answers: WrongAnswers | None
) -> Verdict:
    crashed = next((case for case in cases if case.raised), None)
    whole = next((f.message for case in cases for f in case.findings if not f.output), "")
    wrong = _first_findings(item, cases)
    if crashed or whole:
        wrong = {name: "" for name in item.points} | wrong
    explained = explain(item, cases, list(wrong), wrong_answers) if wrong else {}
    other = None if crashed else personal.fitting(item, list(wrong), _right_for(cases))
    parts = []
    for name, points in item.points.items():
        if name in wrong:
            mistake = None if other and other.whole else explained.get(name)
            hint, known = (mistake.hint, mistake.id) if mistake else ("", None)
            taught = mistake.taught if mistake else ""
            if other and not other.whole and not mistake and name in other.parts:
                hint = personal.part_hint(item, other)
            parts.append(Part(name, 0.0, points, wrong[name], hint, known, taught))
        else:
            parts.append(Part(name, points, points))
    earned = sum(part.points for part in parts)
    diagnosis = whole
    outcome = Outcome.WRONG if not earned else Outcome.PARTLY
    if crashed and crashed.raised:
        outcome = Outcome.MEMORY if crashed.answer == "MemoryError" else Outcome.CRASHED
        diagnosis = _raised_text(item.exercise, crashed, public.raised)
    elif not wrong:
        outcome = Outcome.RIGHT
    answers = ""
    if other and other.whole:
        diagnosis, answers = personal.whole_diagnosis(item, other), other.member
    return Verdict(
        item.cell, item.title, outcome, earned, item.max_points, tuple(parts), diagnosis, answers
    )


def _right_for(cases: list[_Case]) -> Callable[[CodeItem], set[str]]:
    """Which outputs are, in every case, those of another version of the item."""

    def right(version: CodeItem) -> set[str]:
        names = set(version.points)
        for case in cases:
            if isinstance(case.answer, str) or not names:
                return set()
            truth = version.exercise.truth(copy.deepcopy(case.arguments))
            tolerance = version.exercise.tolerance
            names = {
                name
                for name in names
                if name in case.answer and close(case.answer[name], truth[name], tolerance)
            }
        return names

    return right


def _first_findings(item: CodeItem, cases: list[_Case]) -> dict[str, str]:
    """For each wrong output its first finding, with the case where that is not the first one."""
    found: dict[str, str] = {}
    for number, case in enumerate(cases):
        for finding in case.findings:
            if finding.output in item.points and finding.output not in found:
                where = _case_text(item.exercise, case) if number else ""
                found[finding.output] = finding.message + (f" (Only {where}.)" if where else "")
    return found


def _case_text(exercise: CodeExercise, case: _Case) -> str:
    sizes = [f"{axis.upper()} = {n}" for axis, n in exercise.sizes(case.arguments).items()]
    numbers = [f"{k} = {v}" for k, v in case.arguments.items() if type(v) is int]
    return f"in the case “{case.name}”: {', '.join([*sizes, *numbers])}"


def _raised_text(exercise: CodeExercise, case: _Case, public: Raised | None) -> str:
    raised = case.raised
    assert raised is not None
    name = case.answer if case.answer != OWN_EXCEPTION else "an exception of its own"
    text = f"{exercise.function} stopped with {name}"
    if raised.line:
        text += f" in line {raised.line} of the cell {raised.cell}"
    same = public and (public.ename, public.cell, public.line) == (
        raised.ename,
        raised.cell,
        raised.line,
    )
    if public and same and public.message:
        return f"{text}: {' '.join(public.message.split())}"
    return f"{text}, {_case_text(exercise, case)}."


OWN_EXCEPTION = "Exception of its own"


def _exception_name(raised: Raised) -> str:
    return raised.ename if raised.ename in KNOWN_EXCEPTIONS else OWN_EXCEPTION


def _missing(item: CodeItem, reply: CallReply) -> Verdict:
    function = item.exercise.function
    if reply.found_type:
        kind = reply.found_type if reply.found_type.isidentifier() else "other thing"
        return _nothing(item, Outcome.MISSING, f"{function} is no function but a {kind}.")
    return _nothing(item, Outcome.MISSING, f"There is no function {function} at this point.")


def _nothing(item: CodeItem, outcome: Outcome, diagnosis: str) -> Verdict:
    parts = tuple(Part(name, 0.0, points) for name, points in item.points.items())
    return Verdict(item.cell, item.title, outcome, 0.0, item.max_points, parts, diagnosis)


def _ended(item: CodeItem, ended: SessionEnded) -> Verdict:
    return _nothing(item, ENDINGS[ended.ending], _ended_text(item.exercise, ended))


def _ended_text(exercise: CodeExercise, ended: SessionEnded) -> str:
    name = exercise.function
    return {
        Ending.TIMEOUT: f"{name} gave no answer in time ({ended.detail}).",
        Ending.MEMORY: f"{name} used more memory than a submission may.",
        Ending.PROCESSES: f"{name} started more processes than a submission may.",
        Ending.DIED: f"The process ended while {name} ran ({ended.detail}).",
        Ending.REFUSED: f"What {name} returned could not be read: {ended.detail}.",
    }[ended.ending]
