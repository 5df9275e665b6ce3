"""Which known mistake explains what a student's function returned."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from autograder.assignment import CodeItem, Mistake
from autograder.judge.catalogue import Answer, WrongAnswers

FLOAT32_TOLERANCE = 1e-4


class Case(Protocol):
    """A hidden case: its inputs, the truth, and the student's answer."""

    arguments: dict[str, Any]
    truth: Mapping[str, Any]
    answer: Answer


def explain(
    item: CodeItem,
    cases: Sequence[Case],
    wrong: Sequence[str],
    wrong_answers: WrongAnswers | None,
) -> dict[str, Mistake]:
    """A mistake for each wrong output that one explains, the mistake explaining most first.

    A mistake explains an output if it gives the student's value in every case and the truth not in
    all of them. Where the student's function raised, it must raise the same.
    """
    if wrong_answers is None or not wrong:
        return {}
    covers: dict[str, tuple[Mistake, set[str]]] = {}
    for mistake in item.mistakes:
        same = _explained(item, mistake, cases, wrong, wrong_answers)
        if same:
            covers[mistake.id] = mistake, same
    found: dict[str, Mistake] = {}
    left = set(wrong)
    while left and covers:
        mistake, same = max(covers.values(), key=lambda entry: len(entry[1] & left))
        if not same & left:
            break
        found |= {name: mistake for name in same & left}
        left -= same
    return found


def _explained(
    item: CodeItem,
    mistake: Mistake,
    cases: Sequence[Case],
    wrong: Sequence[str],
    wrong_answers: WrongAnswers,
) -> set[str]:
    """The wrong outputs that a mistake explains; cases are tried while it may explain any."""
    left = set(wrong)
    wrong_somewhere: set[str] = set()
    for case in cases:
        theirs = wrong_answers(mistake, case.arguments)
        if isinstance(case.answer, str) or isinstance(theirs, str):
            if case.answer != theirs:
                return set()
            wrong_somewhere |= left
            continue
        left = {name for name in left if _same(item, name, case.answer, theirs)}
        if not left:
            break
        for name in left:
            tolerance = _tolerance(case.answer[name], item.exercise.tolerance)
            if not _equal(theirs[name], np.asarray(case.truth[name]), tolerance):
                wrong_somewhere.add(name)
    return left & wrong_somewhere


def _same(
    item: CodeItem, name: str, got: Mapping[str, NDArray[Any]], theirs: Mapping[str, NDArray[Any]]
) -> bool:
    return (
        name in got and name in theirs and close(got[name], theirs[name], item.exercise.tolerance)
    )


def close(got: NDArray[Any], value: Any, tolerance: float) -> bool:
    """Whether an answer is ``value``, with the wider tolerance where it is in single precision."""
    return _equal(got, np.asarray(value), _tolerance(got, tolerance))


def _tolerance(got: NDArray[Any], tolerance: float) -> float:
    return max(tolerance, FLOAT32_TOLERANCE) if got.dtype.itemsize < 8 else tolerance


def _equal(a: NDArray[Any], b: NDArray[Any], tolerance: float) -> bool:
    if a.shape != b.shape:
        return False
    with np.errstate(all="ignore"):
        a, b = a.astype(np.float64), b.astype(np.float64)
        if not np.array_equal(np.isfinite(a), np.isfinite(b)):
            return False
        good = np.isfinite(a)
        scale = float(np.abs(b[good]).max(initial=0.0)) or 1.0
        return bool(np.abs(a[good] - b[good]).max(initial=0.0) <= tolerance * scale)
