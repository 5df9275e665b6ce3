"""Stock nbgrader and this course's grader, in turn, on the same submissions."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import jupytext

from autograder.gradebook import course as courses
from autograder.gradebook import database, notebooks
from autograder.gradebook.release import release
from benchmarks.grading import forms, stock
from benchmarks.grading.tree import Cost, cost

OURS, STOCK = "autograder", "nbgrader"
GRADE, FEEDBACK = "grade", "feedback"
Told = Callable[[str], None]


class Way(NamedTuple):
    """One of the two graders: its course folder, and its commands there."""

    folder: Path
    grade: list[str]
    feedback: list[str]


def race(form: str, count: int, rounds: int, folder: Path, told: Told) -> dict[str, Any]:
    """One form of the assignment: seconds and memory of both, and their ratios.

    The two take turns, the second round in the other order, each time from the same untouched
    course with the submissions in it.

    Args:
        form: "PyTorch" or "NumPy".
        count: submissions.
        rounds: how often each grades them all.
        folder: an empty folder to work in.
        told: is told what is going on.

    Raises:
        RuntimeError: where the two do not give every student the same marks.
    """
    made = {OURS: our_way(form, count, folder), STOCK: _stock(form, count, folder)}
    costs: dict[tuple[str, str], list[Cost]] = {}
    marks: dict[str, dict[str, float]] = {}
    for turn in range(rounds):
        order = list(made.items())[:: 1 if turn % 2 else -1]
        for name, way in order:
            fresh = folder / "run"
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.copytree(way.folder, fresh)
            for what, command in ((GRADE, way.grade), (FEEDBACK, way.feedback)):
                told(f"{form}, round {turn + 1} of {rounds}: {name} {what}")
                spent = cost(command, fresh, os.environ, fine=(0, 1))  # 1: somebody needs a look
                told(f"  {spent.seconds:.1f} s, {spent.peak_bytes >> 20} MiB")
                costs.setdefault((name, what), []).append(spent)
            marks[name] = _marks(fresh)
    same_marks(marks[OURS], marks[STOCK], count)
    return _table(form, count, costs)


def our_way(form: str, count: int, folder: Path) -> Way:
    """A course of our own with the class handed in."""
    root, asked = folder / OURS, forms.assignment(form)
    course = courses.create(root, "benchmark", [asked.name])
    text = folder / "solutions" / asked.name
    text.mkdir(parents=True)
    jupytext.write(forms.notebook(form), text / f"{asked.name}.md", fmt="md:myst")
    release(course, asked, solutions=text.parent)
    released = notebooks.read(course.notebook("release", asked))
    stock.hand_in(released, forms.submissions(form, count), root)
    if form == "PyTorch":
        command = [sys.executable, "-m", "autograder"]
        return Way(root, [*command, GRADE, asked.name], [*command, FEEDBACK, asked.name])
    command = [sys.executable, "-m", "benchmarks.grading.ours"]
    return Way(root, [*command, GRADE, form, "."], [*command, FEEDBACK, form, "."])


def _stock(form: str, count: int, folder: Path) -> Way:
    root = folder / STOCK
    stock.write(root, form)
    program = [sys.executable, "-m", "nbgrader"]
    cost([*program, "generate_assignment", "bptt"], root, os.environ)
    released = notebooks.read(root / "release" / "bptt" / "bptt.ipynb")
    stock.hand_in(released, forms.submissions(form, count), root)
    return Way(root, [*program, "autograde", "bptt"], [*program, "generate_feedback", "bptt"])


def _marks(folder: Path) -> dict[str, float]:
    """Each student's automatic points by the gradebook."""
    from nbgrader import api
    from sqlalchemy import select

    with database.transaction(f"sqlite:///{folder / 'gradebook.db'}") as session:
        found = session.scalars(select(api.SubmittedAssignment)).all()
        return {
            row.student_id: sum(g.auto_score or 0.0 for n in row.notebooks for g in n.grades)
            for row in found
        }


def same_marks(ours: dict[str, float], theirs: dict[str, float], count: int) -> None:
    """See that both graders give every student the same.

    Raises:
        RuntimeError: where they do not, or a student is missing.
    """
    differ = [s for s in sorted(ours | theirs) if abs(ours.get(s, -1) - theirs.get(s, -1)) > 1e-9]
    if differ or len(ours) != count:
        shown = ", ".join(f"{s}: {ours.get(s)} and {theirs.get(s)}" for s in differ[:5])
        raise RuntimeError(
            f"{len(differ)} of {count} students have other marks with nbgrader ({shown})"
        )


def _table(form: str, count: int, costs: dict[tuple[str, str], list[Cost]]) -> dict[str, Any]:
    seconds = {key: median(c.seconds for c in found) for key, found in costs.items()}
    peak = {key: max(c.peak_bytes for c in found) for key, found in costs.items()}
    row: dict[str, Any] = {"form": form, "submissions": count}
    row["rounds"] = len(costs[OURS, GRADE])
    for what in (GRADE, FEEDBACK):
        for name in (STOCK, OURS):
            row[f"{what}, {name}, a minute"] = 60 * count / seconds[name, what]
        row[f"{what}, ratio"] = seconds[STOCK, what] / seconds[OURS, what]
        row[f"{what}, ratio by round"] = [
            s.seconds / o.seconds
            for s, o in zip(costs[STOCK, what], costs[OURS, what], strict=True)
        ]
    for name in (STOCK, OURS):
        row[f"memory, {name}, MiB"] = max(peak[name, w] for w in (GRADE, FEEDBACK)) / (1 << 20)
    for (name, what), found in costs.items():
        row[f"{what}, {name}, s"] = [c.seconds for c in found]
    return row
