"""Which answers are near each other: what the instructor is shown, and from when on.

The limits were set on made-up classes in which everybody writes for themselves: see
`tests/similarity/made_class.py` and "How similarity is measured" in the book's appendix.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from autograder.similarity import measure, reading
from autograder.similarity.evidence import Answer, CellFinding, finding, word_for_word
from autograder.similarity.reading import Run

LEAST_BITS = 15.0  # of a whole submission: under it two may well have met by chance
CELL_SHARE = 0.95
CELL_BITS = 30.0
WORD_FOR_WORD = 0.98  # share of a cell's tokens, names and comments included
PROSE_SHARE = 0.3
PROSE_BITS = 10.0
REFERENCE_SHARE = 0.9
REFERENCE_BITS = 20.0
MOST_SHOWN = 40  # pairs whose texts are laid side by side
SMALLEST_CLASS = 4  # below it nothing is rare


def whole_share(students: int) -> float:
    """From which share on two whole submissions are reported; pairs grow as the class squared."""
    return 0.95 - 0.01 * float(np.log2(1000 / max(students, SMALLEST_CLASS)))


@dataclass(frozen=True)
class Pair:
    """Two students, or a student and a reference, whose answers are near each other."""

    students: tuple[str, ...]
    share: float  # over all cells
    bits: float
    cells: tuple[CellFinding, ...]
    reference: str = ""  # "the solution"; empty where two students are meant
    whole: bool = True  # whether it is the submission as a whole, not one cell


@dataclass(frozen=True)
class Similarity:
    """A class's answers compared."""

    compared: int
    cells: tuple[str, ...]
    pairs: tuple[Pair, ...] = ()
    references: tuple[Pair, ...] = ()
    limits: Mapping[str, float] = field(default_factory=dict)

    @property
    def clusters(self) -> tuple[tuple[str, ...], ...]:
        """Students who hang together through pairs, the largest group first."""
        group: dict[str, set[str]] = {}
        for pair in self.pairs:
            joined = set().union(*(group.get(s, {s}) for s in pair.students))
            group |= dict.fromkeys(joined, joined)
        found = {tuple(sorted(students)) for students in group.values()}
        return tuple(sorted(found, key=lambda c: (-len(c), c)))


Class = Mapping[str, Mapping[str, Answer]]  # by student, by cell
# texts that nobody should have copied, by student ("" for all others), by cell
Reference = Mapping[str, Mapping[str, tuple[Answer, ...]]]


def compare(
    answers: Class,
    released: Mapping[str, Answer],
    references: Mapping[str, Reference] | None = None,
) -> Similarity:
    """Compare every student's answers with every other's, and with the references.

    Args:
        answers: what the students wrote.
        released: what they were given, by cell.
        references: texts that nobody should have copied, by name.
    """
    students = sorted(answers)
    cells = list(dict.fromkeys(cell for given in answers.values() for cell in given))
    if len(students) < SMALLEST_CLASS:
        return Similarity(len(students), tuple(cells))
    seen: dict[tuple[str, bool], frozenset[Run]] = {}

    def runs(answer: Answer | None) -> frozenset[Run]:
        if answer is None:
            return frozenset()
        key = answer.source, answer.prose
        if key not in seen:
            seen[key] = reading.runs(answer.statements)
        return seen[key]

    @cache
    def pooled(texts: tuple[Answer, ...]) -> frozenset[Run]:
        return frozenset().union(*map(runs, texts))

    indexes = {
        cell: measure.CellIndex(
            students,
            {s: runs(given[cell]) for s, given in answers.items() if cell in given},
            runs(released.get(cell)),
        )
        for cell in cells
    }
    pairs = _Search(answers, students, indexes).pairs()
    near = [
        found
        for name, texts in (references or {}).items()
        for student in students
        if (found := _beside(answers[student], student, name, texts, indexes, runs, pooled))
    ]
    limits = {
        "whole_share": whole_share(len(students)),
        "whole_bits": LEAST_BITS,
        "cell_share": CELL_SHARE,
        "cell_bits": CELL_BITS,
        "cell_word_for_word": WORD_FOR_WORD,
        "prose_share": PROSE_SHARE,
        "prose_bits": PROSE_BITS,
        "reference_share": REFERENCE_SHARE,
        "reference_bits": REFERENCE_BITS,
    }
    near.sort(key=lambda p: (-p.share, p.students))
    return Similarity(len(students), tuple(cells), tuple(pairs), tuple(near), limits)


class _Search:
    """The pairs of a class that are worth a look."""

    def __init__(
        self, answers: Class, students: Sequence[str], indexes: Mapping[str, measure.CellIndex]
    ) -> None:
        self._answers, self._students, self._indexes = answers, students, indexes
        self._shared = {cell: index.shared() for cell, index in indexes.items()}

    def pairs(self) -> list[Pair]:
        total = sum(self._shared.values())
        bits = sum(index.bits for index in self._indexes.values())
        whole = measure.share(total, bits)  # type: ignore[arg-type]
        near = (whole >= whole_share(len(self._students))) & (total >= LEAST_BITS)
        chosen: dict[tuple[int, int], list[str]] = {}
        for cell, shared in self._shared.items():
            share = measure.share(shared, self._indexes[cell].bits)
            prose = any(given[cell].prose for given in self._answers.values() if cell in given)
            most, least = (PROSE_SHARE, PROSE_BITS) if prose else (CELL_SHARE, CELL_BITS)
            for i, j in zip(
                *np.nonzero(np.triu((share >= most) & (shared >= least), 1)), strict=True
            ):
                if prose or near[i, j] or self._verbatim(cell, i, j) >= WORD_FOR_WORD:
                    chosen.setdefault((int(i), int(j)), []).append(cell)
        for i, j in zip(*np.nonzero(np.triu(near, 1)), strict=True):
            chosen.setdefault((int(i), int(j)), [])
        order = sorted(chosen, key=lambda p: (-whole[p] * bool(near[p]), -total[p], p))  # type: ignore[index]
        return [
            self._pair(i, j, chosen[i, j], float(whole[i, j]), bool(near[i, j]), n < MOST_SHOWN)
            for n, (i, j) in enumerate(order)
        ]

    def _verbatim(self, cell: str, i: int, j: int) -> float:
        one, other = (self._answers[self._students[n]][cell] for n in (i, j))
        return word_for_word(one, other)

    def _pair(
        self, i: int, j: int, cells: list[str], share: float, whole: bool, shown: bool
    ) -> Pair:
        a, b = self._students[i], self._students[j]
        if whole:  # every cell that both answered and that says something
            cells = [c for c, shared in self._shared.items() if shared[i, j] >= 1]
        found = []
        for cell in cells:
            index, shared = self._indexes[cell], float(self._shared[cell][i, j])
            one, other = self._answers[a][cell], self._answers[b][cell]
            part = 2 * shared / float(index.bits[i] + index.bits[j])
            found.append(finding(cell, one, other, index.common_runs(a, b), part, shared, shown))
        bits = sum(f.bits for f in found)
        return Pair((a, b), share, bits, tuple(found), whole=whole)


def _beside(
    given: Mapping[str, Answer],
    student: str,
    name: str,
    reference: Reference,
    indexes: Mapping[str, measure.CellIndex],
    runs: Callable[[Answer | None], frozenset[Run]],
    pooled: Callable[[tuple[Answer, ...]], frozenset[Run]],
) -> Pair | None:
    """A student beside a reference that holds most of what is rare in an answer."""
    texts = reference.get(student, reference.get("", {}))
    found, own, total = [], 0.0, 0.0
    for cell, answer in given.items():
        index = indexes[cell]
        mine, _ = index.beside(student, runs(answer))
        limits = (PROSE_BITS, PROSE_SHARE), (REFERENCE_BITS, REFERENCE_SHARE)
        least, most = limits[not answer.prose]
        candidates = texts.get(cell, ())
        # what all of them together do not hold, none of them does
        if len(candidates) > 1 and index.beside(student, pooled(candidates))[0] < most * mine:
            candidates = ()
        best, common, text = 0.0, frozenset[Run](), answer
        for candidate in candidates:
            bits, both = index.beside(student, runs(candidate))
            if bits > best:
                best, common, text = bits, both, candidate
        own, total = own + mine, total + best
        if best >= max(least, most * mine):
            found.append(finding(cell, answer, text, common, best / mine, best, shown=True))
    if not found:
        return None
    return Pair((student,), total / own, total, tuple(found), name, total / own >= REFERENCE_SHARE)
