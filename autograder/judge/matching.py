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
        theirs = [wrong_answers(mistake, case.arguments) for case in cases]
        same = {name for name in wrong if _explains(item, name, cases, theirs)}
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


def _explains(item: CodeItem, name: str, cases: Sequence[Case], theirs: Sequence[Answer]) -> bool:
    wrong_somewhere = False
    for case, answer in zip(cases, theirs, strict=True):
        if isinstance(case.answer, str) or isinstance(answer, str):
            if case.answer != answer:
                return False
            wrong_somewhere = True
            continue
        if name not in case.answer or name not in answer:
            return False
        got, mistaken = case.answer[name], answer[name]
        tolerance = _tolerance(got, item.exercise.tolerance)
        if not _equal(got, mistaken, tolerance):
            return False
        wrong_somewhere |= not _equal(mistaken, np.asarray(case.truth[name]), tolerance)
    return wrong_somewhere


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
