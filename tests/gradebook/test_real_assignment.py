"""The first assignment, the real judge and the real sandbox, through every way of grading."""

import json
import re
import shutil
import subprocess
import sys

import pytest
from nbgrader.api import Gradebook

from autograder.assignments import load
from autograder.assignments.notebooks import for_student
from autograder.gradebook import course as courses
from autograder.gradebook import notebooks
from autograder.gradebook.collect import collect
from autograder.gradebook.grade import grade
from autograder.gradebook.release import SOLUTIONS, release

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def bptt(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bptt")
    course = courses.create(folder / "course", "rnn", ["bptt"])
    # a copy: both releases below are of one text
    shutil.copytree(SOLUTIONS / "bptt", folder / "solutions/bptt")
    made = release(course, "bptt", solutions=folder / "solutions")
    assert made.points == 40
    source = notebooks.read(made.source)
    solved = for_student(load("bptt"), source, "solved")
    blank = notebooks.read(made.notebook)
    cheat = notebooks.read(made.notebook)
    for cell in cheat.cells:
        flags = notebooks.flags(cell)
        if flags.get("grade"):
            cell.metadata.nbgrader.points = 1000
            cell.source = "1000"
    part = for_student(load("bptt"), source, "part")
    for cell in part.cells:
        if notebooks.grade_id(cell) == "truncated":
            cell.source = "raise SystemExit"
    work = folder / "in"
    work.mkdir()
    for student, nb in {"solved": solved, "blank": blank, "cheat": cheat, "part": part}.items():
        (work / f"{student}.ipynb").write_text(json.dumps(nb))
    (work / "broken.ipynb").write_text("{")
    assert not collect(course, "bptt", work).refused
    return course


def marks(course):
    with Gradebook(course.db_url, "rnn") as gradebook:
        found = {}
        for submission in gradebook.assignment_submissions("bptt"):
            (nb,) = submission.notebooks
            found |= {(submission.student_id, g.name): g.auto_score for g in nb.grades}
            for comment in nb.comments:
                # worst differences are numbers of the drawn case, which another run draws anew
                text = re.sub(r"\d[\d.e+-]*", "#", comment.auto_comment or "")
                found[submission.student_id, comment.name, "comment"] = text
        return found


def test_solution_gets_all_and_the_others_what_is_theirs(bptt):
    done = {v.student: v for v in grade(bptt, "bptt", workers=2)}
    assert done["solved"].points == 35 and done["solved"].max_points == 40
    assert not any(i.cheat for i in done["solved"].incidents)
    assert done["blank"].points == done["cheat"].points == done["broken"].points == 0
    assert {i.kind for i in done["cheat"].incidents if i.cheat} == {"edited-check", "edited-points"}
    truncated = load("bptt").item("truncated-check").max_points
    assert done["part"].points == 35 - truncated
    assert "JSON" in done["broken"].problem
    assert [s for s, v in done.items() if "retry" in v.extra] == []
    ours = marks(bptt)
    called = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", "bptt", "--force"],
        cwd=bptt.root, capture_output=True, text=True, timeout=500,
    )  # fmt: skip
    assert called.returncode == 0, called.stderr
    theirs = marks(bptt)
    assert {k: v for k, v in theirs.items() if len(k) == 2} == {
        k: v for k, v in ours.items() if len(k) == 2
    }
    assert theirs == ours


def test_the_release_is_the_same_each_time(bptt, tmp_path):
    other = courses.create(tmp_path / "course", "rnn", ["bptt"])
    made = release(other, "bptt", solutions=bptt.root.parent / "solutions")
    assert made.notebook.read_bytes() == bptt.notebook("release", load("bptt")).read_bytes()
