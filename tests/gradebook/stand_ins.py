"""A judge that needs no sandbox, and submissions to give it. It reads sources and runs nothing."""

import json
from pathlib import Path
from typing import Any

import nbformat

from autograder.assignment import Assignment, WrittenItem
from autograder.gradebook.course import Course
from autograder.sandbox import SandboxError
from autograder.verdict import Incident, Outcome, Part, SubmissionVerdict, Verdict

RIGHT = {
    "double": "def double(x):\n    return 2 * x",
    "steps": "%%derivation tiny.steps\nda[t] = V.T @ do[t]",
    "why": "Because it is **linear**.",
}


def judge(
    nb: Any, assignment: Assignment, sandbox: Any, *, student: str, seed: int
) -> tuple[Any, SubmissionVerdict]:
    """Full points for the right text, 1 for the word "half", and failures on demand."""
    sources = {c.metadata.nbgrader.grade_id: c.source for c in nb.cells if "nbgrader" in c.metadata}
    whole = "\n".join(c.source for c in nb.cells)
    if "BREAK THE JUDGE" in whole:
        raise RuntimeError("the judge broke")
    if "BREAK THE BOX" in whole:
        raise SandboxError("the box ended")
    verdicts = []
    for item in assignment.items:
        if isinstance(item, WrittenItem):
            made = Verdict(item.cell, item.title, Outcome.MANUAL, 0.0, item.max_points)
        elif sources[item.answer].strip() == RIGHT[item.answer]:
            parts = tuple(Part(name, p, p) for name, p in item.points.items())
            made = Verdict(
                item.cell, item.title, Outcome.RIGHT, item.max_points, item.max_points, parts
            )
        elif "half" in sources[item.answer]:
            part = Part(
                "value", 1, 2, "It is half of what it should be.", "Twice, not once.", "half"
            )
            made = Verdict(item.cell, item.title, Outcome.PARTLY, 1.0, item.max_points, (part,))
        else:
            made = Verdict(
                item.cell, item.title, Outcome.WRONG, 0.0, item.max_points, diagnosis="It is wrong."
            )
        verdicts.append(made)
    cheat = (Incident("opened-gradebook", "opens the gradebook", None, True),)
    for cell in nb.cells:
        if cell.cell_type == "code" and cell.source:
            cell.outputs = [
                nbformat.v4.new_output("stream", name="stdout", text=f"ran {student}\n")
            ]
    return nb, SubmissionVerdict(
        student, assignment.name, seed, tuple(verdicts), cheat if "gradebook.db" in whole else (),
        seconds=0.1,
    )  # fmt: skip


def answer(course: Course, **answers: str) -> Any:
    """The released notebook with these answers."""
    nb = nbformat.read(course.root / "release/tiny/tiny.ipynb", as_version=4)
    for cell in nb.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell.source = answers[name]
    return nb


def hand_in(course: Course, student: str, nb: Any = None, **answers: str) -> Path:
    """Put a notebook, or raw text, where submissions lie."""
    folder = course.root / "submitted" / student / "tiny"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tiny.ipynb"
    if isinstance(nb, bytes):
        path.write_bytes(nb)
    else:
        path.write_text(json.dumps(answer(course, **answers) if nb is None else nb))
    return path
