"""Judge a derivation in grading: private draws, points by step, hints from the catalogue."""

import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from autograder.assignment import DerivationItem
from autograder.judge.truth import Truth
from autograder.verdict import Outcome, Part, Verdict
from rnncourse.derivation.judge import judge
from rnncourse.derivation.report import Note, Report, State, StepReport
from rnncourse.derivation.values import Draw

STEPS = (4, 3, 5)  # T of each draw: what holds for one T alone is no answer


def judge_derivation(item: DerivationItem, text: str, seed: int) -> Verdict:
    """The verdict on the text of a derivation cell.

    The draws follow from ``seed`` and the item's cell: grading again gives the same verdict. The
    text is read, never run; whatever it is, a verdict comes back.
    """
    rng = np.random.default_rng([seed, zlib.crc32(item.cell.encode())])
    draws = [Draw.of(_drawn(item, rng, steps)) for steps in STEPS]
    report = judge(text, item.exercise, draws, item.mistakes)
    rows = text.splitlines()
    parts = tuple(_part(step, item.points[step.target], rows) for step in report.asked)
    points = sum(p.points for p in parts)
    return Verdict(
        cell=item.cell,
        title=item.title,
        outcome=_outcome(report),
        points=points,
        max_points=item.max_points,
        parts=parts,
        diagnosis=_on_the_whole(report, rows),
    )


def _drawn(item: DerivationItem, rng: np.random.Generator, steps: int) -> Mapping[str, Any]:
    truth = replace(item.truth, steps=steps) if isinstance(item.truth, Truth) else item.truth
    return truth(rng)


def _part(step: StepReport, points: float, rows: list[str]) -> Part:
    earned = points if step.right else 0.0
    return Part(step.target, earned, points, _pointed(step, rows), step.hint, step.mistake)


def _pointed(found: StepReport | Note, rows: list[str]) -> str:
    """What is wrong, with the piece of the student's own line that is meant."""
    if not found.message or found.row is None or found.column is None or found.row >= len(rows):
        return found.message
    piece = rows[found.row][found.column : found.column + found.length].strip()
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
