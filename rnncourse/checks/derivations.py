"""The visible check of a derivation: the public judge's word, as lines of a report."""

from typing import Any

from rnncourse.checks.report import Line, Report
from rnncourse.derivation.pointing import pointed


def is_derivation(name: str) -> bool:
    """Whether the exercise is one in derivation."""
    from rnncourse.derivation.exercises import names

    return name in names()


def examine(name: str, answer: Any, student: object = None) -> Report:
    """Judge a derivation's text against the public draw.

    Args:
        name: such as "bptt.gradients".
        answer: the text that a ``%%derivation`` cell left under the last part of that name.
        student: the id, for a derivation that is asked of every student's own network.
    """
    from rnncourse.derivation.exercises import version_for
    from rnncourse.derivation.personal import NoStudent
    from rnncourse.derivation.public import judge_public

    variable = name.split(".")[-1]
    if not isinstance(answer, str):
        problem = (
            f"the text of the derivation is wanted, got a {type(answer).__name__}. "
            f"Run the cell that begins with `%%derivation {name}`; it fills `{variable}`."
        )
        return Report(name, problem=problem)
    other = getattr(answer, "exercise", "") or name
    if other.partition("/")[0] != name:
        return Report(name, problem=f"this is the text of {other}; `{variable}` is wanted.")
    try:
        version = version_for(name, student)
    except NoStudent as error:
        return Report(name, problem=f"{error}.")
    if other not in (name, version):
        problem = (
            f"the cell that fills `{variable}` was run for another student's network. Run the cell "
            f"with your id, then the one that begins with `%%derivation {name}`, then this one."
        )
        return Report(name, problem=problem)
    judged = judge_public(version, answer)
    missing = all(step.state == "missing" for step in judged.asked) and not judged.notes
    rows = answer.splitlines()
    lines = tuple(
        Line(
            step.target,
            step.right,
            "" if step.right else _message(step, rows),
            missing=step.state == "missing",
        )
        for step in judged.steps
    )
    notes = tuple(f"{note.message}{_at(note, rows)}." for note in judged.notes)
    return Report(name, lines, missing=missing, notes=notes, scope="one public draw")


def _message(step: Any, rows: list[str]) -> str:
    sentence = f"{step.message}{_at(step, rows)}."
    return f"{sentence} {step.hint}" if step.hint else sentence


def _at(found: Any, rows: list[str]) -> str:
    """`` (at `V.T @ do`) ``: the piece of the student's own line that is meant, if known."""
    piece = pointed(rows, found.row, found.column, found.length)
    return f" (at `{piece}`)" if piece else ""
