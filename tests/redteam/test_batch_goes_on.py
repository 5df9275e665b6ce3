"""No file of one student keeps the others from being graded, or the grader busy."""

import json
from contextlib import nullcontext
from typing import Any

import pytest

from autograder.assignment import Assignment
from autograder.gradebook import grade as grading
from autograder.gradebook import submission_file
from autograder.gradebook.grade import grade
from autograder.judge.scan import MAX_SOURCE, scan_cell
from autograder.verdict import SubmissionVerdict

PIXEL = "iVBORw0KGgo="


def judge(
    nb: Any, assignment: Assignment, box: Any, *, student: str, seed: int
) -> tuple[Any, SubmissionVerdict]:
    """Gives nothing and runs nothing: only the way of the file is of interest."""
    return nb, SubmissionVerdict(student, assignment.name, seed, ())


@pytest.fixture(scope="module")
def arena(make_arena):
    arena = make_arena("batch")
    arena.hand_in("zoe", arena.solved())
    return arena


def run(arena, *students):
    return {
        v.student: v
        for v in grade(
            arena.course, "bptt", [*students, "zoe"], judge=judge, force=True, sandbox=nullcontext()
        )
    }


def test_a_picture_whose_name_cannot_be_written_is_left_out(arena):
    nb = arena.solved()
    pasted = {"\ud800.png": {"image/png": PIXEL}, "good.png": {"image/png": PIXEL}}
    nb["cells"].insert(3, arena.markdown("![](attachment:good.png)", attachments=pasted))
    arena.hand_in("ada", nb)
    done = run(arena, "ada")
    assert [i.kind for i in done["ada"].incidents] == ["dropped-picture"]
    (kept,) = [c.attachments for c in arena.graded("ada").cells if "attachments" in c]
    assert list(kept) == ["good.png"]


def test_what_cannot_be_recorded_is_one_students_fault(arena, monkeypatch):
    """Whatever gets as far as the autograded notebook and cannot be written there."""
    monkeypatch.setattr("autograder.gradebook.likeness._is_name", lambda name: True)
    nb = arena.solved()
    pasted = {"\ud800.png": {"image/png": PIXEL}}
    nb["cells"].insert(3, arena.markdown("text", attachments=pasted))
    arena.hand_in("ada", nb)
    done = run(arena, "ada")
    assert "retry" in done["ada"].extra and "retry" not in done["zoe"].extra


def test_what_cannot_be_taken_in_is_one_students_fault(arena, monkeypatch):
    arena.hand_in("ada", arena.solved())
    real = grading.take_in

    def take_in(course, assignment, student, known):
        if student == "ada":
            raise RecursionError("nobody thought of this")
        return real(course, assignment, student, known)

    monkeypatch.setattr(grading, "take_in", take_in)
    done = run(arena, "ada")
    assert "The grader failed" in done["ada"].problem and "retry" in done["ada"].extra
    assert not done["zoe"].problem


def test_a_cell_of_blank_lines_takes_no_time_to_read():
    """A pattern that went back over blank lines took minutes for these."""
    assert list(scan_cell("\n" * (MAX_SOURCE - 10) + "x = 1", (), (), {})) == []


def test_a_cell_too_long_to_read_is_said_to_be():
    assert [kind for kind, _, _ in scan_cell("[" + "1," * MAX_SOURCE, (), (), {})] == [
        "unread-cell"
    ]


def test_a_huge_cell_is_left_out(arena):
    nb = arena.solved(gradients="%%derivation bptt.gradients" + "\n" * 2_000_000)
    arena.hand_in("ada", nb)
    (incident,) = [i for i in run(arena, "ada")["ada"].incidents if i.kind == "odd-file"]
    assert "1 cell of more than 1,000,000 characters was left out" in incident.message


def test_parts_outside_outputs_are_counted_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(submission_file, "MAX_KEPT", 100)
    cell = {"cell_type": "code", "metadata": {}, "source": "1", "outputs": [[]] * 500}
    nb: dict[str, Any] = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}

    def read() -> submission_file.SubmittedNotebook:
        path = tmp_path / "nb.ipynb"
        path.write_text(json.dumps(nb))
        with path.open("rb") as file:
            return submission_file.read(file.fileno())

    assert len(read().cells) == 1
    nb["metadata"]["x"] = [[]] * 500
    with pytest.raises(submission_file.UnreadableSubmission, match="too many parts"):
        read()
