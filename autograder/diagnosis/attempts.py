"""Wrong answers to try: every known mistake alone, two at once, and written in other ways."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from autograder.assignment import Assignment, CodeItem, DerivationItem, Mistake, Variant
from autograder.assignments.calling import judged_here
from autograder.assignments.notebooks import with_line
from autograder.diagnosis.rewriting import rewritten
from autograder.judge.catalogue import Catalogue, Failure, changed_source, solution_source
from autograder.judge.code import hidden_arguments
from autograder.judge.derivation import judge_derivation
from autograder.judge.matching import close
from autograder.judge.merging import line_of, pairs_of
from autograder.verdict import Verdict
from rnncourse.derivation import LanguageError, parse_line

T = TypeVar("T")
Item = CodeItem | DerivationItem
ALONE, TWO, OTHERWISE, ELSEWHERE = "alone", "two at once", "written otherwise", "in another answer"
KINDS = (ALONE, TWO, OTHERWISE, ELSEWHERE)


@dataclass(frozen=True)
class Attempt:
    """One wrong answer.

    Attributes:
        kind: one of ``KINDS``.
        item: a student's version where the item is personal.
        made: the mistakes that are in it, by id.
        judged: the verdict on it, given the seed of the hidden cases.
    """

    kind: str
    item: Item
    made: tuple[str, ...]
    judged: Callable[[int], Verdict]


class Answers:
    """The wrong answers that can be made from one assignment's catalogue.

    Args:
        assignment: whose.
        cells: sources of the solution's cells.
        cases: as many hidden cases of a function are looked at; None for all.
    """

    def __init__(self, assignment: Assignment, cells: dict[str, str], cases: int | None) -> None:
        self.cells = cells
        self.cases = cases
        self.known = Catalogue(assignment, cells)

    def alone(self, item: Item) -> Iterator[Attempt]:
        """Every mistake, in the solution."""
        for mistake in item.mistakes:
            yield self._attempt(ALONE, item, (mistake,), mistake)

    def two(self, item: Item, most: int, rng: Random) -> Iterator[Attempt]:
        """Two mistakes in the solution, where both fit in; a sample where there are too many."""
        pairs = [p for p in itertools.combinations(item.mistakes, 2) if self._both(item, *p)]
        for first, second in _sample(pairs, most, rng):
            both = self._both(item, first, second)
            assert both is not None
            yield self._attempt(TWO, item, (first, second), both)

    def otherwise(self, item: Item) -> Iterator[Attempt]:
        """Every mistake in a solution with other names, operators and orders of its sums."""
        for mistake in item.mistakes:
            if isinstance(item, CodeItem):
                source = rewritten(changed_source(self._solution(item), mistake))
                written = Mistake(mistake.id, "", source=source)
            else:
                written = Mistake(
                    mistake.id, "", step=mistake.step, source=_reshaped(mistake.source)
                )
            yield self._attempt(OTHERWISE, item, (mistake,), written)

    def elsewhere(self, item: Item, most: int, rng: Random) -> Iterator[Attempt]:
        """Mistakes in the other right answers, where their edits find their text; a sample."""
        fits = [
            (mistake, source)
            for variant, mistake in itertools.product(item.variants, item.mistakes)
            if (source := self._put_into(item, variant, mistake))
        ]
        for mistake, source in _sample(fits, most, rng):
            if isinstance(item, CodeItem) and not self._is_the_same(item, mistake, source):
                continue  # the words fit, and make another mistake there
            yield self._attempt(ELSEWHERE, item, (mistake,), Mistake("", "", source=source))

    def _put_into(self, item: Item, variant: Variant, mistake: Mistake) -> str:
        text = changed_source(self._solution(item), variant)
        if isinstance(item, DerivationItem):
            return with_line(text, mistake.step, mistake.source)
        if mistake.edits and all(old in text for old, _ in mistake.edits):
            return changed_source(text, mistake)
        return ""

    def _both(self, item: Item, first: Mistake, second: Mistake) -> Mistake | None:
        name = f"{first.id} and {second.id}"
        if isinstance(item, DerivationItem):
            if first.step == second.step:
                right = line_of(self._solution(item), first.step)
                both = next(pairs_of(right, (first, second)), None)
                if both is None or not _can_be_read(both.source, item):
                    return None
                return Mistake(name, "", step=first.step, source=both.source)
            text = with_line(self._solution(item), first.step, first.source)
            return Mistake(name, "", source=with_line(text, second.step, second.source))
        return self.known.both(item, first, second)

    def _derived(self, item: DerivationItem, text: str, seed: int) -> Verdict:
        return judge_derivation(item, text, seed, self._solution(item))

    def _is_the_same(self, item: CodeItem, mistake: Mistake, source: str) -> bool:
        try:
            compile(source, mistake.id, "exec")
        except SyntaxError:
            return False
        answers = self.known.wrong_answers(item)
        written = Mistake(f"{mistake.id} elsewhere {hash(source)}", "", source=source)
        for number in range(len(item.cases[: self.cases])):
            arguments = hidden_arguments(item, 0, number)
            one, other = answers(mistake, arguments), answers(written, arguments)
            if isinstance(one, Failure) or isinstance(other, Failure):
                return isinstance(one, Failure) and isinstance(other, Failure)
            if other.keys() != one.keys():
                return False
            if any(not close(other[name], one[name], 1e-6) for name in one):
                return False
        return True

    def _solution(self, item: Item) -> str:
        cell = solution_source(item, self.cells[item.answer])
        return cell if isinstance(item, CodeItem) else cell.partition("\n")[2]

    def _attempt(self, kind: str, item: Item, made: Sequence[Mistake], entry: Mistake) -> Attempt:
        ids = tuple(m.id for m in made)
        if isinstance(item, DerivationItem):
            text = entry.source
            if entry.step:
                text = with_line(self._solution(item), entry.step, entry.source)
            return Attempt(kind, item, ids, lambda seed: self._derived(item, text, seed))
        asked: Any = item
        function = self.known.function(asked, entry)
        return Attempt(
            kind,
            item,
            ids,
            lambda seed: judged_here(asked, function, self.known, seed, self.cases),
        )


def _sample(found: list[T], most: int, rng: Random) -> list[T]:
    return found if len(found) <= most else rng.sample(found, most)


def _can_be_read(line: str, item: DerivationItem) -> bool:
    try:
        parse_line(line, item.exercise)
    except LanguageError:
        return False
    return True


def _reshaped(line: str) -> str:
    """A line whose expressions say the same in another form."""
    head, *links = line.split("=")
    return "= ".join([head, *(f"-(0 - ({link.strip()}) * 3) / 3 " for link in links)])
