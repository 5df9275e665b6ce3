"""The instructor's page: what needs a person, how the class did, what to teach again."""

import statistics as numbers
from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from autograder.assignment import Assignment, CodeItem, DerivationItem, WrittenItem
from autograder.reports import plots, statistics
from autograder.reports.class_data import ClassFacts, late, late_by
from autograder.reports.pages import link_to, page
from autograder.reports.results import ItemResult, Result, number
from autograder.similarity.findings import MOST_SHOWN
from autograder.verdict import Outcome

STOPPED = (Outcome.TIMEOUT, Outcome.MEMORY, Outcome.REFUSED, Outcome.CRASHED, Outcome.MISSING)
_NO_FACTS = ClassFacts()


@dataclass(frozen=True)
class HandWork:
    """Answers to one item that wait for a grader."""

    title: str
    students: tuple[str, ...]


def class_report(
    results: Sequence[Result],
    assignment: Assignment,
    facts: ClassFacts = _NO_FACTS,
    *,
    site_url: str = "",
) -> str:
    """One self-contained HTML page about a class's work on an assignment.

    Args:
        results: one for each submission.
        assignment: the assignment.
        facts: what is known beside them.
        site_url: where the book is published; without it the places in it are named, not linked.

    Returns:
        The page as text, to be written as UTF-8.
    """
    ordered = sorted(results, key=lambda r: r.student)
    points = [r.points for r in statistics.ran(ordered)]
    median = numbers.median(points) if points else None
    times = [r.verdict.seconds for r in ordered if r.verdict.seconds]
    minutes = sorted(facts.minutes.values())
    items = statistics.items(ordered)
    return page(
        "class_report.html",
        title=f"{assignment.title}: class report",
        assignment=assignment,
        results=ordered,
        missing=facts.missing,
        excused=facts.excused,
        late=[(r, late_by(r.student, facts)) for r in late(ordered, facts)],
        near=facts.similarity,
        titles={_answer_of(item): item.title for item in assignment.items},
        minutes=minutes,
        minutes_median=numbers.median(minutes) if minutes else None,
        minutes_plot=_minutes_plot(minutes),
        items_plot=plots.items(items) if any(i.graded for i in items) else None,
        median=median,
        spread=(min(points), max(points)) if points else None,
        plot=None if median is None else plots.distribution(points, assignment.max_points, median),
        cheats=[(r, notes) for r in ordered if (notes := r.notes(cheat=True))],
        accidents=_accidents(ordered),
        failures=[r for r in ordered if r.verdict.problem],
        stopped=[(r, i) for r in ordered for i in _stopped(r)],
        hand=_hand_work(ordered),
        hand_count=sum(len(r.pending) for r in ordered),
        legend=STOPPED,
        items=items,
        mistakes=[
            replace(row, book=link_to(row.taught, site_url)) for row in statistics.mistakes(ordered)
        ],
        unrecognised=statistics.unrecognised(ordered),
        least=statistics.LEAST,
        most_pairs=MOST_SHOWN,
        columns=[(item.cell, item.title, item.max_points) for item in assignment.items],
        rows=[(r, {i.cell: i for i in r.items}) for r in ordered],
        shows=lambda item: item.outcome in STOPPED,
        time=_time(times),
        slowest=max(ordered, key=lambda r: r.verdict.seconds) if times else None,
    )


def _answer_of(item: CodeItem | DerivationItem | WrittenItem) -> str:
    return item.cell if isinstance(item, WrittenItem) else item.answer


def _minutes_plot(minutes: Sequence[float]) -> Markup | None:
    if not minutes:
        return None
    # whole half hours, ten classes of them
    most = 300.0 * max(1, -(-max(minutes) // 300))
    return plots.distribution(minutes, most, round(numbers.median(minutes)), "minutes at work")


def _stopped(result: Result) -> list[ItemResult]:
    """Items that the machine, not the answer, ended: where a limit may be too low."""
    limits = (Outcome.TIMEOUT, Outcome.MEMORY, Outcome.REFUSED)
    return [item for item in result.items if item.verdict.outcome in limits]


def _accidents(results: Sequence[Result]) -> list[tuple[str, list[str]]]:
    """What was noted without a charge, the same note of many once, with the students."""
    noted: dict[str, list[str]] = {}
    for result in results:
        for text in result.notes(cheat=False):
            noted.setdefault(text, []).append(result.student)
    return list(noted.items())


def _hand_work(results: Sequence[Result]) -> list[HandWork]:
    waiting: dict[str, list[str]] = {}
    for result in results:
        for item in result.pending:
            waiting.setdefault(item.verdict.title, []).append(result.student)
    return [HandWork(title, tuple(students)) for title, students in waiting.items()]


def _time(seconds: Sequence[float]) -> str:
    if not seconds:
        return ""
    total, middle = sum(seconds), numbers.median(seconds)
    whole = f"{number(round(total / 60, 1))} minutes" if total >= 90 else f"{total:.0f} seconds"
    return f"{whole} of judging in all, {middle:.1f} seconds for half of the submissions or less"
