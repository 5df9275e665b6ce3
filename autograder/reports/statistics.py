"""Numbers about a class: how hard each item was, what it tells apart, what went wrong most."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograder.reports.results import Result
from autograder.verdict import Outcome, Verdict

LEAST = 5  # submissions below which a discrimination is chance


@dataclass(frozen=True)
class ItemNumbers:
    """One item over the class; ``None`` where there is no number."""

    verdict: Verdict  # of any submission: for title and points
    graded: int
    pending: int
    full: int
    nothing: int
    facility: float | None  # mean share of the points, 0 to 1
    discrimination: float | None  # correlation with the points of all other items, -1 to 1


@dataclass(frozen=True)
class MistakeNumbers:
    """One mistake of the catalogue, with the students who made it."""

    id: str
    title: str  # of the item
    hint: str
    students: tuple[str, ...]
    taught: str = ""  # label of the place in the book that explains it
    book: Any = None  # that place as a link, for a page


def ran(results: Sequence[Result]) -> list[Result]:
    """The submissions that could be run: the others say nothing about the items."""
    return [r for r in results if not r.verdict.problem]


def items(results: Sequence[Result]) -> list[ItemNumbers]:
    """Facility and discrimination of each item, over the submissions that could be run.

    Discrimination is the item's correlation with the sum of the other items (Pearson), so that an
    item does not vouch for itself; items that wait for a grader are left out of that sum.
    """
    used = ran(results)
    waiting = {i.cell for r in used for i in r.pending}
    cells = list(dict.fromkeys(i.cell for r in used for i in r.items))
    return [_item(cell, used, waiting) for cell in cells]


def _item(cell: str, results: Sequence[Result], waiting: set[str]) -> ItemNumbers:
    having = [(r, i) for r in results for i in r.items if i.cell == cell]
    graded = [(r, i) for r, i in having if not i.pending]
    mine = [i.points for _, i in graded]
    rest = [sum(j.points for j in r.items if j.cell not in waiting | {cell}) for r, _ in graded]
    others = {i.cell for r, _ in graded for i in r.items} - waiting - {cell}
    return ItemNumbers(
        verdict=having[0][1].verdict,
        graded=len(graded),
        pending=len(having) - len(graded),
        full=sum(i.points >= i.max_points for _, i in graded),
        nothing=sum(i.points <= 0 for _, i in graded),
        facility=statistics.fmean(i.share for _, i in graded) if graded else None,
        discrimination=_correlation(mine, rest) if others else None,
    )


def _correlation(a: Sequence[float], b: Sequence[float]) -> float | None:
    if len(a) < LEAST:
        return None
    try:
        return statistics.correlation(a, b)
    except statistics.StatisticsError:  # all the same: nothing to tell apart
        return None


def mistakes(results: Sequence[Result]) -> list[MistakeNumbers]:
    """The recognised mistakes, the most frequent first; each student counts once for each."""
    found: dict[tuple[str, str], tuple[str, str, str, dict[str, None]]] = {}
    for result in results:
        for verdict in result.verdict.verdicts:
            for part in verdict.parts:
                if part.mistake is None:
                    continue
                key = (verdict.cell, part.mistake)
                entry = found.setdefault(key, (verdict.title, part.hint, part.taught, {}))
                entry[3][result.student] = None
    rows = [
        MistakeNumbers(key[1], title, hint, tuple(students), taught)
        for key, (title, hint, taught, students) in found.items()
    ]
    return sorted(rows, key=lambda row: (-len(row.students), row.title, row.id))


def unrecognised(results: Sequence[Result]) -> int:
    """How many items lost points to mistakes that the catalogue does not know."""
    lost = (Outcome.WRONG, Outcome.PARTLY)
    return sum(
        any(p.points < p.max_points and p.mistake is None for p in v.parts)
        for r in results
        for v in r.verdict.verdicts
        if v.outcome in lost
    )


def bins(
    values: Sequence[float], maximum: float, count: int = 10
) -> list[tuple[float, float, int]]:
    """A histogram from 0 to ``maximum``: (from, to, how many); the last holds its upper end."""
    width = maximum / count if maximum else 1.0
    tally = [0] * count
    for value in values:
        tally[min(count - 1, max(0, int(value / width + 1e-9)))] += 1
    return [(i * width, (i + 1) * width, n) for i, n in enumerate(tally)]
