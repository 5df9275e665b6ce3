"""Similarity from a course folder: what is read, what is left out, what it is compared with."""

import importlib.util
from pathlib import Path

import pytest

from autograder.assignments import notebooks as made
from autograder.gradebook import files, notebooks
from autograder.similarity import texts

HONEST = Path(__file__).parents[1] / "similarity" / "made_class.py"
_spec = importlib.util.spec_from_file_location("made_class", HONEST)
made_class = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made_class)


@pytest.fixture
def course(released, bptt):
    """Eight who write for themselves, one who copied one of them, one who has the solution."""
    blank = notebooks.read(released.notebook("release", bptt))
    solution = made.solution(bptt)

    def hand_in(student, nb):
        path = released.notebook("autograded", bptt, student)
        path.parent.mkdir(parents=True)
        files.write_text(path, notebooks.dumps(nb))

    for number in range(8):
        hand_in(f"s{number}", made.answered(blank, made_class.student(number)))
    hand_in("copier", made.answered(blank, made_class.student(3)))
    hand_in("lazy", made.for_student(bptt, solution, "lazy"))
    return released


STUDENTS = ("s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "copier", "lazy", "nobody")


def test_a_copy_and_the_solution_are_found_and_derivations_left_out(course, bptt):
    found = texts.of_course(course, bptt, STUDENTS)
    assert found.compared == 10
    assert [pair.students for pair in found.pairs] == [("copier", "s3")]
    assert [(p.students, p.reference) for p in found.references] == [(("lazy",), texts.SOLUTION)]
    assert found.references[0].whole
    # derivations are left out, and so is what nobody touched
    assert {"forward", "backward", "truncated", "explanation"} <= set(found.cells)
    assert not {"gradients", "chain", "delta", "personal", "student"} & set(found.cells)
    cells = {cell.cell for pair in found.pairs for cell in pair.cells}
    assert cells == {"forward", "backward", "truncated"}


def test_the_books_code_is_a_reference(bptt):
    chunks = texts._book(bptt, {"ada": {"forward": texts.Answer("x = 1")}})[texts.BOOK][""][
        "forward"
    ]
    sources = [chunk.source for chunk in chunks]
    assert any("dh[t] = V.T @ do[t] + W.T" in source for source in sources)  # the chapter
    assert any(source.startswith("def step_backward") for source in sources)  # rnncourse.elman
