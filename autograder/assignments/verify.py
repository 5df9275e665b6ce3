"""Prove that an assignment is graded as it says, through the real sandbox and the real judge.

The blank release must get nothing and the solution everything; every known mistake must lose marks
and be recognised as itself and as no other; every accepted variant must get full marks.

An item that is asked of every student's own network is verified for each of them: its solution and
all of its catalogue. Functions are called in the sandbox with every entry for one network in turn,
and for the other networks here, on the first cases: they are the course's own code.
"""

import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.assignment import (
    SOLUTIONS,
    Assignment,
    CodeItem,
    DerivationItem,
    Limits,
    Mistake,
    Variant,
)
from autograder.assignments import notebooks
from autograder.assignments.calling import judged_here
from autograder.judge.catalogue import catalogue_of
from autograder.judge.submission import judge_submission
from autograder.sandbox import Sandbox
from autograder.verdict import SubmissionVerdict, Verdict

Progress = Callable[[int, int, str], None]  # done, in all, what was just done
Item = CodeItem | DerivationItem
Answer = tuple[Item, Mistake | Variant]
_RIGHT = Variant("solution")  # the solution itself, as one of many answers

_CASES_HERE = 3  # hidden cases of a function that is called in this process
_AT_ONCE = 12  # catalogue entries in one session: each keeps a waiting process


@dataclass(frozen=True)
class Entry:
    """What became of one entry: of a catalogue, or of a whole notebook ("blank", "solution").

    Attributes:
        cell: grade_id of the item's check cell; "" for a whole notebook.
        id: the mistake's or variant's id.
        kind: "notebook", "mistake" or "variant"; "network" for the solution to one of many.
        points: what the judge gave.
        max_points: what could be had.
        recognised: ids of the mistakes that the judge named.
        problems: what is not as it must be; empty where all is well.
    """

    cell: str
    id: str
    kind: str
    points: float
    max_points: float
    recognised: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class VerifyReport:
    """The word on one assignment."""

    assignment: str
    entries: tuple[Entry, ...]
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether everything is graded as the assignment says."""
        return not any(entry.problems for entry in self.entries)

    @property
    def problems(self) -> tuple[str, ...]:
        """Everything that is wrong, one line each."""
        return tuple(
            f"{entry.cell + ': ' if entry.cell else ''}{entry.id}: {problem}"
            for entry in self.entries
            for problem in entry.problems
        )

    def count(self, kind: str) -> int:
        """How many entries of one kind were looked at."""
        return sum(entry.kind == kind for entry in self.entries)


def limits(assignment: Assignment) -> Limits:
    """Limits for a sandbox to verify in: those of the assignment, with time for many functions."""
    return dataclasses.replace(
        assignment.limits, submission_seconds=3 * assignment.limits.submission_seconds
    )


def verify(
    assignment: Assignment,
    sandbox: Sandbox,
    progress: Progress | None = None,
    *,
    seed: int = 0,
    solutions: Path = SOLUTIONS,
) -> VerifyReport:
    """Run the blank release, the solution, every mistake and every variant.

    Args:
        assignment: what to verify.
        sandbox: an open sandbox with the assignment's forbidden modules and ``limits(assignment)``.
        progress: called after each session.
        seed: of the hidden cases.
        solutions: the folder of the instructor versions.

    Raises:
        ValueError: where an entry of a catalogue does not fit the solution any more.
    """
    started = time.monotonic()
    assignment = dataclasses.replace(assignment, limits=limits(assignment))
    solution = notebooks.solution(assignment, solutions)
    items = [item for item in assignment.items if isinstance(item, CodeItem | DerivationItem)]
    batches = list(_batches(items))
    total, done = len(batches) + 2, 0

    def judged(nb: Any, asked: Assignment, label: str) -> SubmissionVerdict:
        nonlocal done
        verdict = judge_submission(nb, asked, sandbox, student="solution", seed=seed)[1]
        done += 1
        if progress:
            progress(done, total, label)
        return verdict

    entries = [
        _blank(judged(notebooks.blank(solution), assignment, "blank release"), items),
        _solution(judged(solution, assignment, "solution"), items),
    ]
    for chunk in batches:
        item = chunk[0][0]
        asked, nb = notebooks.many(assignment, solution, chunk)
        verdict = judged(nb, asked, f"{item.title}: {len(chunk)} answers")
        by_cell = {v.cell: v for v in verdict.verdicts}
        cheats = {i.cell for i in verdict.incidents if i.cheat}
        for own, entry in chunk:
            found = by_cell[notebooks.suffixed(own.cell, own, entry)]
            accused = notebooks.suffixed(own.answer, own, entry) in cheats
            entries.append(_entry(own, entry, found, accused))
    known = catalogue_of(assignment)
    for own, entry in _called_here(items):
        found = judged_here(own, known.function(own, entry), known, seed, _CASES_HERE)
        entries.append(_entry(own, entry, found, False))
    return VerifyReport(assignment.name, tuple(entries), time.monotonic() - started)


def _batches(items: Sequence[Item]) -> Iterator[list[Answer]]:
    for item in items:
        answers = list(_in_sandbox(item))
        for start in range(0, len(answers), _AT_ONCE):
            yield answers[start : start + _AT_ONCE]


def _versions(item: Item) -> list[Any]:
    return list(item.personal.versions.values()) if item.personal else []


def _in_sandbox(item: Item) -> Iterator[Answer]:
    versions = _versions(item)
    if not versions:
        alone: list[Mistake | Variant] = [*item.mistakes, *item.variants]
        yield from ((item, entry) for entry in alone)
        return
    for number, version in enumerate(versions):
        yield version, _RIGHT
        entries = [*version.mistakes, *version.variants]
        for place, entry in enumerate(entries):
            if isinstance(item, DerivationItem) or place % len(versions) == number:
                yield version, entry


def _called_here(items: Sequence[Item]) -> Iterator[tuple[CodeItem, Any]]:
    """The functions of personal items that no session holds."""
    for item in items:
        versions = _versions(item)
        for number, version in enumerate(versions):
            if isinstance(version, CodeItem):
                entries = [*version.mistakes, *version.variants]
                for place, entry in enumerate(entries):
                    if place % len(versions) != number:
                        yield version, entry


def _blank(verdict: SubmissionVerdict, items: Sequence[Item]) -> Entry:
    points = _automatic(verdict, items)
    problems = [f"gets {points:g} points with nothing written"] if points else []
    return _whole("blank release", verdict, items, problems)


def _solution(verdict: SubmissionVerdict, items: Sequence[Item]) -> Entry:
    cells = {item.cell for item in items}
    problems = [
        f"gets {v.points:g} of {v.max_points:g} points at {v.cell}: {_said(v)}"
        for v in verdict.verdicts
        if v.cell in cells and v.points != v.max_points
    ]
    problems += [f"is accused: {i.message}" for i in verdict.incidents if i.cheat]
    return _whole("solution", verdict, items, problems)


def _whole(
    name: str, verdict: SubmissionVerdict, items: Sequence[Item], problems: Sequence[str]
) -> Entry:
    most = sum(item.max_points for item in items)
    return Entry("", name, "notebook", _automatic(verdict, items), most, (), tuple(problems))


def _automatic(verdict: SubmissionVerdict, items: Sequence[Item]) -> float:
    cells = {item.cell for item in items}
    return sum(v.points for v in verdict.verdicts if v.cell in cells)


def _entry(item: Item, entry: Mistake | Variant, verdict: Verdict, accused: bool) -> Entry:
    recognised = tuple(dict.fromkeys(verdict.mistakes))
    problems = []
    if isinstance(entry, Variant):
        if verdict.points != verdict.max_points:
            problems.append(
                f"is right and gets {verdict.points:g} of {verdict.max_points:g}: {_said(verdict)}"
            )
        if accused:
            problems.append("is right and is accused of cheating")
    else:
        if verdict.points >= verdict.max_points:
            problems.append("loses no marks")
        elif entry.id not in recognised:
            named = ", ".join(recognised) or "nothing"
            problems.append(f"is not recognised (recognised: {named}): {_said(verdict)}")
        others = [other for other in recognised if other != entry.id]
        if others and entry.id in recognised:
            problems.append(f"is taken for {', '.join(others)}, too")
        if not entry.hint:
            problems.append("has no hint")
    kind = "variant" if isinstance(entry, Variant) else "mistake"
    kind = "network" if entry is _RIGHT else kind
    name = f"{entry.id} ({item.member})" if item.member else entry.id
    points, most = verdict.points, verdict.max_points
    return Entry(item.cell, name, kind, points, most, recognised, tuple(problems))


def _said(verdict: Verdict) -> str:
    said = [verdict.diagnosis, *(f"{p.name}: {p.diagnosis}" for p in verdict.parts if p.diagnosis)]
    return " ".join(text for text in said if text) or verdict.outcome.value
