"""Which known mistakes explain what a student's function returned.

Numbers are compared, never text. One mistake that explains all that is wrong is looked for first,
then two at once, then one for a part of it; where several would do, none of them is named.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from autograder.assignment import CodeItem, Mistake
from autograder.judge.catalogue import Answer, Failure

FLOAT32_TOLERANCE = 1e-4
MOST_PAIRS = 600
MESSAGE = 200  # characters of an exception's message that are compared

Explained = dict[str, tuple[Mistake, ...]]  # by output: one mistake, or two that come together


class Case(Protocol):
    """A hidden case: its inputs, the truth, and the student's answer."""

    arguments: dict[str, Any]
    truth: Mapping[str, Any]
    answer: Answer


class WrongAnswers(Protocol):
    """What the mistakes of an item return."""

    def __call__(self, mistake: Mistake, arguments: Mapping[str, Any]) -> Answer:
        """The answer that a mistake gives."""

    def both(self, first: Mistake, second: Mistake) -> Mistake | None:
        """Two mistakes at once as one; None where they do not go together."""


def explain(
    item: CodeItem,
    cases: Sequence[Case],
    wrong: Sequence[str],
    wrong_answers: WrongAnswers | None,
) -> Explained:
    """The mistakes that explain wrong outputs.

    A mistake explains an output if it gives the student's value in every case and the truth not in
    all of them. One that would make wrong what is right is out of question.

    Args:
        item: the function that was asked for.
        cases: what was tried, and what came.
        wrong: the outputs that are wrong.
        wrong_answers: of the item's mistakes; None where none are known.
    """
    if wrong_answers is None or not wrong:
        return {}
    search = _Search(item, cases, frozenset(wrong), wrong_answers)
    return search.one() or search.two() or search.parts()


class _Search:
    """The mistakes of an item against one student's answers."""

    def __init__(
        self,
        item: CodeItem,
        cases: Sequence[Case],
        wrong: frozenset[str],
        wrong_answers: WrongAnswers,
    ) -> None:
        self.item = item
        self.cases = sorted(cases, key=_cost)  # most mistakes differ already in the quick ones
        self.wrong = wrong
        self.answers = wrong_answers
        self._begun: dict[str, list[Answer]] = {}  # by mistake: its answers to the first cases

    def one(self) -> Explained:
        """The one mistake that explains everything."""
        whole = next(filter(self._is_whole, self.item.mistakes), None)
        return dict.fromkeys(self.wrong, (whole,)) if whole else {}

    @cached_property
    def possible(self) -> list[Mistake]:
        """The mistakes that leave right what is right."""
        return [m for m in self.item.mistakes if self._leaves_right(self._theirs(m, 1))]

    @cached_property
    def covers(self) -> dict[str, frozenset[str]]:
        """By possible mistake: the outputs that it explains."""
        return {m.id: self._covered(self._theirs(m, 1)) for m in self.possible}

    def _theirs(self, mistake: Mistake, least: int) -> list[Answer]:
        """A mistake's answers, until fewer than ``least`` wrong outputs are the student's."""
        theirs = self._begun.setdefault(mistake.id, [])
        left = set(self.wrong)
        for number, case in enumerate(self.cases):
            if number == len(theirs):
                theirs.append(self.answers(mistake, case.arguments))
            left = {name for name in left if self._same(name, case, theirs[number])}
            if len(left) < least:
                break
        return theirs

    def two(self) -> Explained:
        """The two that together explain everything; of several such pairs, what they share."""
        pairs = list(self._pairs())
        if not pairs:
            return {}
        shared = set.intersection(*({m.id for m in pair} for pair in pairs))
        known = tuple(m for m in pairs[0] if m.id in shared)
        if not known:
            return {}
        names = [name for name in self.item.points if name in self.wrong]
        alone = {n: tuple(m for m in known if n in self.covers[m.id]) for n in names}
        found, turned = {}, known
        for name in names:
            found[name] = alone[name] if len(alone[name]) == 1 else turned
            turned = found[name][::-1] if len(found[name]) > 1 else turned
        return found  # where both act on several outputs each is the first of one

    def _pairs(self) -> Iterator[tuple[Mistake, Mistake]]:
        for first, second in list(combinations(self.possible, 2))[:MOST_PAIRS]:
            if self._off <= self._changed[first.id] | self._changed[second.id]:
                both = self.answers.both(first, second)
                if both and self._is_whole(both):
                    yield first, second

    @cached_property
    def _off(self) -> set[str]:
        """The outputs that are off in the first case."""
        case = self.cases[0]
        return {name for name in self.wrong if self._differs(name, case, case.answer)}

    @cached_property
    def _changed(self) -> dict[str, set[str]]:
        """By possible mistake: what it changes there; two at once change what one of them does."""
        case = self.cases[0]
        theirs = {m.id: self._theirs(m, 1)[0] for m in self.possible}
        return {
            m: {name for name in self.wrong if self._differs(name, case, answer)}
            for m, answer in theirs.items()
        }

    def _is_whole(self, mistake: Mistake) -> bool:
        theirs = self._theirs(mistake, len(self.wrong))
        return self._covered(theirs) == self.wrong and self._leaves_right(theirs)

    def parts(self) -> Explained:
        """For each output the mistake that explains it and more than any other does."""
        found: Explained = {}
        for name in self.wrong:
            able = [m for m in self.possible if name in self.covers[m.id]]
            most = max((len(self.covers[m.id]) for m in able), default=0)
            best = [m for m in able if len(self.covers[m.id]) == most]
            if len(best) == 1:
                found[name] = (best[0],)
        return found

    def _leaves_right(self, theirs: Sequence[Answer]) -> bool:
        """Whether a mistake makes nothing wrong that is right in the student's answer."""
        for case, answer in zip(self.cases, theirs, strict=False):
            if isinstance(answer, Failure) or isinstance(case.answer, Failure):
                continue
            right = set(self.item.points) - self.wrong
            if any(name not in answer or self._differs(name, case, answer) for name in right):
                return False
        return True

    def _covered(self, theirs: Sequence[Answer]) -> frozenset[str]:
        """The outputs that a mistake explains, given its answers to the cases."""
        pairs = list(zip(self.cases, theirs, strict=False))
        return frozenset(
            name
            for name in self.wrong
            if len(theirs) == len(self.cases)
            and all(self._same(name, case, answer) for case, answer in pairs)
            and any(self._tells(name, case, answer) for case, answer in pairs)
        )

    def _same(self, name: str, case: Case, answer: Answer) -> bool:
        """Whether a mistake's answer to a case is the student's."""
        if isinstance(case.answer, Failure):
            return isinstance(answer, Failure) and case.answer.name == answer.name
        if isinstance(answer, Failure):
            return False
        if name not in case.answer or name not in answer:
            return False
        tolerance = _tolerance(case.answer[name], self.item.exercise.tolerance)
        return _equal(case.answer[name], answer[name], tolerance)

    def _tells(self, name: str, case: Case, answer: Answer) -> bool:
        """Whether an answer that is the same says something: wrong, and not by mere exception."""
        if isinstance(case.answer, Failure) and isinstance(answer, Failure):
            # exceptions of one type have many causes
            return _words(case.answer.message) == _words(answer.message)
        return self._differs(name, case, answer)

    def _differs(self, name: str, case: Case, answer: Answer) -> bool:
        """Whether a mistake's answer to a case is not the truth."""
        if isinstance(answer, Failure) or name not in answer:
            return True
        truth = np.asarray(case.truth[name])
        tolerance = _tolerance(answer[name], self.item.exercise.tolerance)
        return not _equal(answer[name], truth, tolerance)


def _cost(case: Case) -> tuple[int, int]:
    """What orders cases by the time an answer takes: steps of the sequences, numbers in all."""
    arrays = [np.asarray(leaf) for leaf in _leaves(case.arguments)]
    steps = max((len(array) for array in arrays if array.ndim > 2), default=0)  # time comes first
    return steps, sum(array.size for array in arrays)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            yield from _leaves(part)
    else:
        yield value


def _words(message: str) -> str:
    return " ".join(message.split())[:MESSAGE]


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
        off = float(np.abs(a - b).max(initial=0.0))
        if math.isfinite(off):  # and so are all numbers in them
            return off <= tolerance * (float(np.abs(b).max(initial=0.0)) or 1.0)
        if not np.array_equal(np.isfinite(a), np.isfinite(b)):
            return False
        good = np.isfinite(a)
        scale = float(np.abs(b[good]).max(initial=0.0)) or 1.0
        return bool(np.abs(a[good] - b[good]).max(initial=0.0) <= tolerance * scale)
