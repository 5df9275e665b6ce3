"""Judge a derivation in grading: private draws, points by step, hints from the catalogue."""

import zlib

import numpy as np

from autograder.assignment import DerivationItem
from autograder.verdict import Outcome, Part, Verdict
from rnncourse.derivation.judge import judge
from rnncourse.derivation.report import Note, Report, State, StepReport
from rnncourse.derivation.values import Draw

DRAWS = 3


def judge_derivation(item: DerivationItem, text: str, seed: int) -> Verdict:
    """The verdict on the text of a derivation cell.

    The draws follow from ``seed`` and the item's cell: grading again gives the same verdict. The
    text is read, never run; whatever it is, a verdict comes back.
    """
    rng = np.random.default_rng([seed, zlib.crc32(item.cell.encode())])
    draws = [Draw.of(item.truth(rng)) for _ in range(DRAWS)]
    report = judge(text, item.exercise, draws, item.mistakes)
    parts = tuple(_part(step, item.points[step.target]) for step in report.asked)
    points = sum(p.points for p in parts)
    return Verdict(
        cell=item.cell,
        title=item.title,
        outcome=_outcome(report),
        points=points,
        max_points=item.max_points,
        parts=parts,
        diagnosis=_on_the_whole(report),
    )


def _part(step: StepReport, points: float) -> Part:
    line = f"line {step.row + 1}: " if step.row is not None and step.message else ""
    diagnosis = line + step.message
    earned = points if step.right else 0.0
    return Part(step.target, earned, points, diagnosis, step.hint, step.mistake)


def _outcome(report: Report) -> Outcome:
    if report.right:
        return Outcome.RIGHT
    if any(s.right for s in report.asked):
        return Outcome.PARTLY
    if all(s.state is State.MISSING for s in report.asked) and not report.notes:
        return Outcome.MISSING
    return Outcome.WRONG


def _on_the_whole(report: Report) -> str:
    """What belongs to no step asked for: wrong helpers, lines that are none of the steps."""
    helpers = [f"{s.target}: {s.message}" for s in report.steps if s.optional and not s.right]
    return " ".join(f"{text}." for text in (*helpers, *map(_of_note, report.notes[:5])))


def _of_note(note: Note) -> str:
    return f"Line {note.row + 1}: {note.message}"
