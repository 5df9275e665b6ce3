"""The workers' program that is started before anybody knows what for."""

import os
import time
from pathlib import Path

import pytest
from nbformat.v4 import new_notebook

from autograder.assignments import load
from autograder.assignments.new import new
from autograder.gradebook import grade as module
from autograder.gradebook import notebooks
from autograder.grading import early, pool
from autograder.grading.program import Program
from autograder.grading.task import Setup

JUDGE = "stub_judges:judge"


@pytest.fixture(autouse=True)
def none_waiting(tmp_path, monkeypatch):
    monkeypatch.setenv("STUB_LOG", str(tmp_path / "judged"))
    yield
    early.drop()


@pytest.fixture
def started(monkeypatch):
    """Process ids of the programs that a run starts by itself."""
    found = []

    def start(*arguments, **options):
        program = Program(*arguments, **options)
        found.append(program.pid)
        return program

    monkeypatch.setattr(pool, "Program", start)
    return found


def test_a_run_takes_it_and_the_next_has_none(course, assignment, hand_in, started):
    hand_in("ada")
    early.expect(course.root, assignment.name)
    (verdict,) = module.grade(course, assignment, judge=JUDGE, sandbox=None)
    assert verdict.points == 5 and not started
    module.grade(course, assignment, judge=JUDGE, sandbox=None, force=True)
    assert len(started) == 1


def test_it_is_started_where_something_is_to_be_graded_and_once(course, assignment, hand_in):
    early.expect(course.root, assignment.name)
    assert early.taken() is None
    hand_in("ada")
    module.grade(course, assignment, judge=JUDGE, sandbox=None)
    early.expect(course.root, assignment.name)
    assert early.taken() is None
    hand_in("ben")
    early.expect(course.root, assignment.name)
    early.expect(course.root, assignment.name)
    program = early.taken()
    assert program is not None and early.taken() is None
    program.stop()


def test_what_died_waiting_is_replaced(course, assignment, hand_in, started):
    hand_in("ada")
    early.expect(course.root, assignment.name)
    os.kill(early._waiting[0].pid, 9)
    early._waiting[0]._process.wait()
    (verdict,) = module.grade(course, assignment, judge=JUDGE, sandbox=None)
    assert verdict.points == 5 and len(started) == 1


@pytest.mark.sandbox
def test_a_sandbox_that_was_begun_for_another_assignment_is_let_go(
    course, assignment, hand_in, monkeypatch
):
    hand_in("ada")
    monkeypatch.setattr(early, "_waiting", [Program("bptt")])
    (verdict,) = module.grade(course, assignment, judge=JUDGE, sandbox="bubblewrap", workers=1)
    assert verdict.points == 5 and not verdict.problem


@pytest.mark.sandbox
@pytest.mark.parametrize("torch", [False, True])
def test_one_that_was_begun_for_an_assignment_of_the_instructors_own_is_used(tmp_path, torch):
    new("neurons", tmp_path / "assignments")
    own = load("neurons", tmp_path / "assignments")
    program = Program("neurons", tmp_path / "assignments", torch=torch)
    begun = _boxes_below(program.pid, wait=True)
    program.prepare(Setup(own, notebooks.dumps(new_notebook()), JUDGE))
    assert _boxes_below(program.pid) == begun
    program.stop()


def _boxes_below(pid: int, *, wait: bool = False) -> set[int]:
    """Process ids of the sandboxes that a program has started, once it has one if ``wait``."""
    for _ in range(600):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if children or not wait:
            return set(map(int, children))
        time.sleep(0.1)
    raise AssertionError("no sandbox was begun")
