"""Two answers side by side: how much of them is the same, and which lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Indel

from autograder.similarity import reading
from autograder.similarity.reading import Run, Statement


@dataclass(frozen=True)
class Answer:
    """One cell's answer."""

    source: str
    prose: bool = False

    @property
    def statements(self) -> tuple[Statement, ...]:
        """As it is compared."""
        return reading.prose(self.source) if self.prose else reading.code(self.source)


@dataclass(frozen=True)
class Line:
    """A line of a student's text; ``same`` where it holds something that both have."""

    text: str
    same: bool


@dataclass(frozen=True)
class CellFinding:
    """What two answers to one cell have in common."""

    cell: str
    share: float  # of what is rare in the class, 0 to 1
    bits: float
    tokens: int  # in common
    of: int  # tokens of the shorter answer
    verbatim: float  # share of the tokens as they were written, names and comments included
    left: tuple[Line, ...] = ()
    right: tuple[Line, ...] = ()


def word_for_word(one: Answer, other: Answer) -> float:
    """Share of the tokens, as they were written, that stand in both in the same order."""
    left, right = reading.words(one.source), reading.words(other.source)
    return float(Indel.normalized_similarity(left, right)) if left and right else 0.0


def finding(
    cell: str,
    one: Answer,
    other: Answer,
    common: frozenset[Run],
    share: float,
    bits: float,
    shown: bool,
) -> CellFinding:
    """What two answers to one cell have in common.

    Args:
        cell: its name.
        one: the first answer.
        other: the second.
        common: runs that both have and that weigh something.
        share: of what is rare in them.
        bits: that they share.
        shown: whether their texts are laid side by side.
    """
    left, right = one.statements, other.statements
    held, of = min((_covered(s, common), sum(len(t.tokens) for t in s)) for s in (left, right))
    return CellFinding(
        cell,
        min(1.0, share),
        bits,
        held,
        of,
        word_for_word(one, other),
        _lines(one, left, common) if shown else (),
        _lines(other, right, common) if shown else (),
    )


def _covered(statements: Sequence[Statement], common: frozenset[Run]) -> int:
    """How many tokens stand in a run that both have."""
    return sum(len(_places(statement, common)) for statement in statements)


def _places(statement: Statement, common: frozenset[Run]) -> set[int]:
    return {
        place
        for start, run in statement.runs
        if run in common
        for place in range(start, start + len(run))
    }


def _lines(
    answer: Answer, statements: Sequence[Statement], common: frozenset[Run]
) -> tuple[Line, ...]:
    marked = {
        number
        for s in statements
        if 2 * len(_places(s, common)) >= len(s.tokens)
        for number in range(s.first, s.last + 1)
    }
    rows = answer.source.splitlines()[:200]
    return tuple(Line(row[:200], number in marked) for number, row in enumerate(rows, start=1))
