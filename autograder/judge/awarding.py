"""From what a student's function gave to points: what is wrong, where, and the mistake's name.

Nothing of a hidden case leaves this module but its name, its sizes, and how far off and where an
answer is; the text of an exception is shown only if the same one arises in a visible case.
"""

import builtins
import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograder.assignment import CodeItem, Mistake
from autograder.judge import personal
from autograder.judge.catalogue import Answer, Failure
from autograder.judge.matching import WrongAnswers, close, explain
from autograder.sandbox.errors import Ending, SessionEnded
from autograder.sandbox.replies import CallReply, Raised
from autograder.verdict import Outcome, Part, Verdict
from rnncourse.checks.exercise import CodeExercise
from rnncourse.checks.unpack import Finding

TWO_AT_ONCE = "Two things come together here."
KNOWN_EXCEPTIONS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
) | {"LinAlgError", "AxisError"}
OWN_EXCEPTION = "Exception of its own"
ENDINGS = {
    Ending.TIMEOUT: Outcome.TIMEOUT,
    Ending.MEMORY: Outcome.MEMORY,
    Ending.PROCESSES: Outcome.CRASHED,
    Ending.DIED: Outcome.CRASHED,
    Ending.REFUSED: Outcome.REFUSED,
}


@dataclass
class Case:
    """One call on hidden inputs and what came of it."""

    name: str
    arguments: dict[str, Any]
    truth: Mapping[str, Any]
    answer: Answer  # the student's outputs by name, or the exception
    findings: list[Finding] = field(default_factory=list)
    raised: Raised | None = None


def award(
    item: CodeItem, cases: list[Case], public: CallReply, wrong_answers: WrongAnswers | None
) -> Verdict:
    """The verdict on what all the hidden cases gave."""
    crashed = next((case for case in cases if case.raised), None)
    whole = next((f.message for case in cases for f in case.findings if not f.output), "")
    wrong = _first_findings(item, cases)
    if crashed or whole:
        wrong = {name: "" for name in item.points} | wrong
    explained = explain(item, cases, list(wrong), wrong_answers) if wrong else {}
    other = None if crashed else personal.fitting(item, list(wrong), _right_for(cases))
    if other and other.whole:
        explained = {}  # the item's diagnosis explains them all
    parts = [
        _lost(item, name, wrong[name], explained.get(name, ()), other)
        if name in wrong
        else Part(name, points, points)
        for name, points in item.points.items()
    ]
    earned = sum(part.points for part in parts)
    diagnosis = whole
    outcome = Outcome.WRONG if not earned else Outcome.PARTLY
    if crashed and crashed.raised:
        outcome = Outcome.MEMORY if _failure(crashed).name == "MemoryError" else Outcome.CRASHED
        diagnosis = _raised_text(item.exercise, crashed, public.raised)
    elif not wrong:
        outcome = Outcome.RIGHT
    answers = ""
    if other and other.whole:
        diagnosis, answers = personal.whole_diagnosis(item, other), other.member
    return Verdict(
        item.cell, item.title, outcome, earned, item.max_points, tuple(parts), diagnosis, answers
    )


def _lost(
    item: CodeItem,
    name: str,
    diagnosis: str,
    mistakes: tuple[Mistake, ...],
    other: personal.Other | None,
) -> Part:
    """An output that is wrong, with the hint of what explains it."""
    points = item.points[name]
    if not mistakes:
        fits = other and not other.whole and name in other.parts
        hint = personal.part_hint(item, other) if other and fits else ""
        return Part(name, 0.0, points, diagnosis, hint)
    hints = [m.hint for m in item.mistakes if m in mistakes]
    hint = " ".join([TWO_AT_ONCE, *hints]) if len(hints) > 1 else hints[0]
    return Part(name, 0.0, points, diagnosis, hint, mistakes[0].id, mistakes[0].taught)


def _right_for(cases: list[Case]) -> Callable[[CodeItem], set[str]]:
    """Which outputs are, in every case, those of another version of the item."""

    def right(version: CodeItem) -> set[str]:
        names = set(version.points)
        for case in cases:
            if isinstance(case.answer, Failure) or not names:
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


def _first_findings(item: CodeItem, cases: list[Case]) -> dict[str, str]:
    """For each wrong output its first finding, with the case where that is not the first one."""
    found: dict[str, str] = {}
    for number, case in enumerate(cases):
        for finding in case.findings:
            if finding.output in item.points and finding.output not in found:
                where = _case_text(item.exercise, case) if number else ""
                found[finding.output] = finding.message + (f" (Only {where}.)" if where else "")
    return found


def _case_text(exercise: CodeExercise, case: Case) -> str:
    sizes = [f"{axis.upper()} = {n}" for axis, n in exercise.sizes(case.arguments).items()]
    numbers = [f"{k} = {v}" for k, v in case.arguments.items() if type(v) is int]
    return f"in the case “{case.name}”: {', '.join([*sizes, *numbers])}"


def _raised_text(exercise: CodeExercise, case: Case, public: Raised | None) -> str:
    raised = case.raised
    assert raised is not None
    name = _failure(case).name
    name = name if name != OWN_EXCEPTION else "an exception of its own"
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


def _failure(case: Case) -> Failure:
    assert isinstance(case.answer, Failure)
    return case.answer


def exception_name(raised: Raised) -> str:
    """The type of an exception, where it is one that everybody knows."""
    return raised.ename if raised.ename in KNOWN_EXCEPTIONS else OWN_EXCEPTION


def missing(item: CodeItem, reply: CallReply) -> Verdict:
    """The verdict where there is no function to call."""
    function = item.exercise.function
    if reply.found_type:
        kind = reply.found_type if reply.found_type.isidentifier() else "other thing"
        return nothing(item, Outcome.MISSING, f"{function} is no function but a {kind}.")
    return nothing(item, Outcome.MISSING, f"There is no function {function} at this point.")


def nothing(item: CodeItem, outcome: Outcome, diagnosis: str) -> Verdict:
    """The verdict that gives no points."""
    parts = tuple(Part(name, 0.0, points) for name, points in item.points.items())
    return Verdict(item.cell, item.title, outcome, 0.0, item.max_points, parts, diagnosis)


def ended(item: CodeItem, ending: SessionEnded) -> Verdict:
    """The verdict where the process did not live to answer."""
    return nothing(item, ENDINGS[ending.ending], _ended_text(item.exercise, ending))


def _ended_text(exercise: CodeExercise, ended: SessionEnded) -> str:
    name = exercise.function
    return {
        Ending.TIMEOUT: f"{name} gave no answer in time ({ended.detail}).",
        Ending.MEMORY: f"{name} used more memory than a submission may.",
        Ending.PROCESSES: f"{name} started more processes than a submission may.",
        Ending.DIED: f"The process ended while {name} ran ({ended.detail}).",
        Ending.REFUSED: f"What {name} returned could not be read: {ended.detail}.",
    }[ended.ending]
