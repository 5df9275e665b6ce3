"""Judge a derivation in grading: private draws, points by step, hints from the catalogue."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograder.assignment import DerivationItem
from autograder.judge import personal
from autograder.judge.merging import Both, line_of, pairs_of
from autograder.judge.truth import Truth
from autograder.verdict import Outcome, Part, Verdict
from rnncourse.derivation.judge import judge
from rnncourse.derivation.pointing import pointed
from rnncourse.derivation.report import Note, Report, State, StepReport
from rnncourse.derivation.values import Draw

STEPS = (4, 3, 5)  # T of each draw: what holds for one T alone is no answer


def judge_derivation(item: DerivationItem, text: str, seed: int, solution: str = "") -> Verdict:
    """The verdict on the text of a derivation cell.

    The draws follow from ``seed`` and the item's cell: grading again gives the same verdict. The
    text is read, never run; whatever it is, a verdict comes back. From ``solution``, the text of
    the right derivation, two mistakes in one line are made, to know them again.
    """
    rng = np.random.default_rng([seed, zlib.crc32(item.cell.encode())])
    draws = [Draw.of(_drawn(item, rng, steps)) for steps in STEPS]

    def pairs(step: str) -> Sequence[Both]:
        known = [m for m in item.mistakes if m.step == step]
        return list(pairs_of(line_of(solution, step), known)) if solution else []

    report = judge(text, item.exercise, draws, item.mistakes, pairs)
    rows = text.splitlines()
    other = _other_network(item, report, text, seed)
    parts = tuple(_part(step, item, rows, other) for step in report.asked)
    points = sum(p.points for p in parts)
    whole = other is not None and other.whole
    return Verdict(
        cell=item.cell,
        title=item.title,
        outcome=_outcome(report),
        points=points,
        max_points=item.max_points,
        parts=parts,
        diagnosis=personal.whole_diagnosis(item, other)
        if other and whole
        else _on_the_whole(report, rows),
        answers=other.member if other and whole else "",
    )


def _other_network(
    item: DerivationItem, report: Report, text: str, seed: int
) -> personal.Other | None:
    """The network of another student for which the wrong lines are right, if there is one."""
    wrong = [s for s in report.asked if not s.right and s.state is not State.MISSING]
    if len(wrong) == 1 and wrong[0].mistake:
        return None  # one slip, and a known one

    def right_for(version: DerivationItem) -> set[str]:
        # one draw will do: nothing is awarded by it
        rng = np.random.default_rng([seed, zlib.crc32(version.cell.encode())])
        judged = judge(text, version.exercise, [Draw.of(_drawn(version, rng, STEPS[0]))])
        return {s.target for s in judged.asked if s.right}

    return personal.fitting(item, [s.target for s in wrong], right_for)


def _drawn(item: DerivationItem, rng: np.random.Generator, steps: int) -> Mapping[str, Any]:
    truth = replace(item.truth, steps=steps) if isinstance(item.truth, Truth) else item.truth
    return truth(rng)


def _part(
    step: StepReport, item: DerivationItem, rows: list[str], other: personal.Other | None
) -> Part:
    points = item.points[step.target]
    earned = points if step.right else 0.0
    hint, mistake = step.hint, step.mistake
    if other and step.target in other.parts:
        if other.whole:
            hint, mistake = "", None  # the item's diagnosis explains them all
        elif not hint:
            hint = personal.part_hint(item, other)
    taught = next((m.taught for m in item.mistakes if m.id == mistake), "")
    return Part(step.target, earned, points, _pointed(step, rows), hint, mistake, taught)


def _pointed(found: StepReport | Note, rows: list[str]) -> str:
    """What is wrong, with the piece of the student's own line that is meant."""
    piece = pointed(rows, found.row, found.column, found.length) if found.message else ""
    return f"{found.message} (at “{piece}”)" if piece else found.message


def _outcome(report: Report) -> Outcome:
    if report.right:
        return Outcome.RIGHT
    if any(s.right for s in report.asked):
        return Outcome.PARTLY
    if all(s.state is State.MISSING for s in report.asked) and not report.notes:
        return Outcome.MISSING
    return Outcome.WRONG


def _on_the_whole(report: Report, rows: list[str]) -> str:
    """What belongs to no step asked for: wrong helpers, lines that are none of the steps."""
    helpers = [
        f"{s.target}: {_pointed(s, rows)}" for s in report.steps if s.optional and not s.right
    ]
    return " ".join(
        f"{text}." for text in (*helpers, *(_pointed(n, rows) for n in report.notes[:5]))
    )
