"""Judge a function that a student wrote: call it on hidden cases and compare."""

import contextlib
import copy
import functools
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograder.assignment import CodeItem
from autograder.judge.awarding import Case, award, ended, exception_name, missing, nothing
from autograder.judge.catalogue import Answer, Failure
from autograder.judge.matching import WrongAnswers
from autograder.judge.unsupported import in_words
from autograder.sandbox.errors import Ending, SessionEnded
from autograder.sandbox.inside.values import Unsupported
from autograder.sandbox.replies import CallReply
from autograder.verdict import Outcome, Verdict
from rnncourse.checks.compare import Finding, compare
from rnncourse.checks.exercise import CodeExercise
from rnncourse.checks.properties import measured
from rnncourse.checks.unpack import unpack

Call = Callable[[Sequence[Any]], CallReply]


def call_public(item: CodeItem, call: Call) -> CallReply | SessionEnded:
    """What the function does on the first visible case.

    All items' visible cases are to be called before any hidden one: the text of an exception in a
    visible case may be shown, and a function could note there what another saw in a hidden case.
    """
    try:
        return call(list(_public_arguments(item.exercise).values()))
    except SessionEnded as ending:
        return ending


def judge_code(
    item: CodeItem,
    call: Call,
    seed: int,
    wrong_answers: WrongAnswers | None = None,
    public: CallReply | SessionEnded | None = None,
    calls: Call | None = None,
) -> Verdict:
    """Judge one function.

    Args:
        item: what is asked, on which cases, for which points.
        call: calls the student's function with positional arguments, each time in the state that it
            has in the notebook; raises `SessionEnded`.
        seed: of the hidden cases; the same seed draws the same ones.
        wrong_answers: what a known mistake returns, to name it; None names none.
        public: what `call_public` gave, where that was called before.
        calls: the same, but a call finds what the one before it left behind, which takes less time.
            An answer that would cost points is asked for again with ``call``.

    Returns:
        A verdict in which an output has its points if it is right in every hidden case.
    """
    public = call_public(item, call) if public is None else public
    if isinstance(public, SessionEnded):
        return ended(item, public)
    if public.missing:
        return missing(item, public)
    if public.raised and public.raised.ename == "NotImplementedError":
        return nothing(item, Outcome.MISSING, f"{item.exercise.function} is not written yet.")
    keys = {output.name for output in item.exercise.outputs}
    keys |= set(public.value) if isinstance(public.value, dict) else set()
    try:
        cases = list(_cases(item, seed, keys, call, calls))
    except SessionEnded as ending:
        return ended(item, ending)
    return award(item, cases, public, wrong_answers)


def _cases(
    item: CodeItem, seed: int, keys: Collection[str], call: Call, calls: Call | None
) -> Iterator[Case]:
    """What became of each hidden case, up to the first in which an exception is raised."""
    lost: set[str] = set()  # outputs that were wrong in a call which nothing came before
    for number, hidden in enumerate(item.cases):
        arguments = hidden_arguments(item, seed, number)
        truth = item.exercise.truth(copy.deepcopy(arguments))
        tried = functools.partial(_try_case, item, hidden.name, arguments, truth, keys)
        together = None
        if calls is not None:
            with contextlib.suppress(SessionEnded):
                together = tried(calls)
                if not together.raised and _wrong(together) <= lost:
                    yield together
                    continue
        case = tried(call)
        yield case
        if case.raised:
            return  # no output can be right in every case any more
        lost |= _wrong(case)
        if together is None or together.raised or _wrong(together) != _wrong(case):
            calls = None  # what is left behind matters, or takes long


def _wrong(case: Case) -> set[str]:
    """Names of the outputs that are wrong; "" where the answer as a whole is."""
    return {finding.output for finding in case.findings}


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
    item: CodeItem,
    name: str,
    arguments: dict[str, Any],
    truth: Mapping[str, Any],
    keys: Collection[str],
    call: Call,
) -> Case:
    exercise = item.exercise
    reply = call(list(arguments.values()))
    if reply.raised:
        answer: Answer = Failure(exception_name(reply.raised), reply.raised.message)
        return Case(name, arguments, truth, answer, raised=reply.raised)
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
    return Case(name, arguments, truth, arrays, findings)


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
