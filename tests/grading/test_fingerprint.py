"""Content hashes of what decides a verdict: whatever could change a mark changes them."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from autograder.assignment import CodeItem, HiddenCase, Mistake
from autograder.assignments import load
from autograder.grading import fingerprint
from autograder.grading.fingerprint import Definitions

STUDENTS = [f"student-{n}" for n in range(40)]


@pytest.fixture(scope="module")
def bptt():
    return load("bptt")


@pytest.fixture(scope="module")
def before(bptt):
    return Definitions(bptt).of_student("ada")


def with_item(assignment, cell, **changes):
    changed = replace(assignment.item(cell), **changes)
    items = tuple(changed if i.cell == cell else i for i in assignment.items)
    return replace(assignment, items=items)


def differing(assignment, before):
    after = Definitions(assignment).of_student("ada")
    return {cell for cell in before if before[cell] != after[cell]}


def test_another_process_finds_the_same():
    program = (
        "from autograder.assignments import load\n"
        "from autograder.grading import fingerprint\n"
        "print(fingerprint.of_all(load('gated')))"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    ]  # fmt: skip
    assert said[0] == said[1] == fingerprint.of_all(load("gated"))


def _longer(item):
    return {"cases": (*item.cases, HiddenCase("one more", {"steps": 9}))}


def _option(item):
    first = item.cases[0]
    options = {**first.options, "extra": np.array([1.0, 2.0])}
    return {"cases": (replace(first, options=options), *item.cases[1:])}


def _hint(item):
    first = item.mistakes[0]
    return {"mistakes": (replace(first, hint=first.hint + "!"), *item.mistakes[1:])}


def _mistake(item):
    return {"mistakes": (*item.mistakes, Mistake("new", "A hint.", source="def f(): pass"))}


def _points(item):
    name = next(iter(item.points))
    return {"points": {**item.points, name: item.points[name] + 1}}


def _tolerance(item):
    return {"exercise": replace(item.exercise, tolerance=1e-3)}


def _solve(item):
    scale = 2.0
    return {"exercise": replace(item.exercise, solve=lambda **given: {"h": scale})}


@pytest.mark.parametrize("change", [_longer, _option, _hint, _mistake, _points, _tolerance, _solve])
def test_a_change_of_one_item_changes_its_hash_alone(bptt, before, change):
    cell = "forward-check"
    assert differing(with_item(bptt, cell, **change(bptt.item(cell))), before) == {cell}


def test_what_a_function_has_closed_over_counts(bptt):
    def scaled(by):
        return lambda **given: {"h": by}

    def of(by):
        exercise = replace(bptt.item("forward-check").exercise, solve=scaled(by))
        return Definitions(with_item(bptt, "forward-check", exercise=exercise)).of_student("ada")

    assert of(2.0) == of(2.0) and of(2.0) != of(3.0)


def test_an_edited_file_changes_the_items_that_import_it(bptt, before, monkeypatch):
    real = fingerprint._file_hash

    def edited(name):
        return b"edited" if name == "rnncourse.elman" else real(name)

    # what a module imports is found in its text: a reference deep below an exercise counts too
    monkeypatch.setattr(fingerprint, "_file_hash", edited)
    changed = differing(bptt, before)
    assert {"forward-check", "backward-check"} <= changed
    assert not changed & {"gradients-check", "delta-check", "explanation"}


def test_the_solutions_code_counts_where_there_is_a_catalogue_and_its_prose_does_not(
    bptt, before, monkeypatch
):
    monkeypatch.setattr(fingerprint, "_solution", lambda assignment: "other code")
    with_catalogue = {i.cell for i in bptt.items if getattr(i, "mistakes", ())}
    assert with_catalogue <= differing(bptt, before) and "explanation" not in differing(
        bptt, before
    )
    monkeypatch.undo()
    text = fingerprint._solution(bptt)
    assert "def rnn_backward" in text and "# Back-propagation" not in text


def test_a_version_of_a_personal_item_touches_only_those_whose_it_is(bptt):
    item = next(i for i in bptt.items if isinstance(i, CodeItem) and i.personal)
    before = Definitions(bptt)
    member = item.personal.family.of("ada")
    changed = replace(item.personal.versions[member], **_longer(item))
    versions = {**item.personal.versions, member: changed}
    other = with_item(bptt, item.cell, personal=replace(item.personal, versions=versions))
    after = Definitions(other)
    touched = {s for s in STUDENTS if before.of_student(s) != after.of_student(s)}
    assert touched == {s for s in STUDENTS if item.personal.family.of(s) == member}
    assert 0 < len(touched) < len(STUDENTS)
    assert before.whole() != after.whole()


def test_the_grader_is_the_judge_the_sandbox_and_what_they_import(monkeypatch):
    modules = fingerprint._closure(
        (n for p in fingerprint.GRADER for n in fingerprint._all_below(p)),
        fingerprint.EXERCISES,
    )
    assert {
        "autograder.judge.code", "autograder.sandbox.inside.runner",
        "autograder.gradebook.sanitize",
        "rnncourse.checks.compare", "rnncourse.derivation.judge",
    } <= modules  # fmt: skip
    assert not any(name.startswith(fingerprint.EXERCISES) for name in modules)
    assert "autograder.gradebook.record" not in modules
    before = fingerprint.of_grader()
    assert before == fingerprint.of_grader()
    monkeypatch.setattr(fingerprint, "versions", lambda: "numpy 0.1")
    assert fingerprint.of_grader() != before
