"""The notebook of the first assignment, as the instructor and as the student has it."""

import json
import subprocess
import sys

import pytest

from autograder.assignment import CodeItem, DerivationItem, WrittenItem
from autograder.assignments import load, notebooks
from autograder.gradebook import source
from autograder.gradebook.notebooks import dumps, flags, grade_id
from rnncourse.checks import registry
from rnncourse.cli.check import run

ASSIGNMENT = load("bptt")
SOLUTION = notebooks.solution(ASSIGNMENT)
BLANK = notebooks.blank(SOLUTION)


def test_notebook_and_assignment_agree_and_nothing_leaks():
    source.check_cells(SOLUTION, ASSIGNMENT)
    source.check_cells(BLANK, ASSIGNMENT)
    source.check_release(SOLUTION, BLANK)


def test_forty_points():
    assert ASSIGNMENT.max_points == 40
    assert {item.cell: item.max_points for item in ASSIGNMENT.items} == {
        "gradients-check": 11,
        "chain-check": 2,
        "delta-check": 4,
        "forward-check": 4,
        "backward-check": 9,
        "truncated-check": 5,
        "explanation": 5,
    }


def test_the_students_command_knows_the_cells():
    answers, checks = registry.cells("bptt")
    solution_cells = [grade_id(c) for c in SOLUTION.cells if flags(c).get("solution")]
    graded = [grade_id(c) for c in SOLUTION.cells if flags(c).get("grade") and flags(c)["locked"]]
    assert sorted(answers) == sorted(solution_cells)
    assert sorted(checks) == sorted(graded)


def test_a_rubric_adds_up_and_is_not_in_the_release():
    written = next(item for item in ASSIGNMENT.items if isinstance(item, WrittenItem))
    assert sum(points for points, _ in written.rubric) == written.max_points
    text = dumps(BLANK)
    assert not any(words in text for _, words in written.rubric)


def test_the_release_states_each_items_points():
    text = "\n".join(cell.source for cell in BLANK.cells)
    for item in ASSIGNMENT.items:
        assert f"({item.max_points:g} points" in text
    for item in ASSIGNMENT.items:
        if isinstance(item, CodeItem | DerivationItem):
            assert all(f"`{name}`" in text for name in item.points)


def test_what_is_forbidden_covers_every_way_to_the_answer():
    """Nothing that the exercises' own specifications import may be left in the sandbox."""
    code = (
        "import sys, rnncourse.checks.exercises.bptt\n"
        "print(*sorted(m for m in sys.modules if m.startswith('rnncourse.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    allowed = {  # helpers that compute no state, loss or gradient of a network with B and H > 1
        "rnncourse._init",
        "rnncourse._scalar",
        "rnncourse._torch",
        "rnncourse._tree",
        "rnncourse._validate",
        "rnncourse._wiring",
        "rnncourse.checks",
        "rnncourse.checks.absent",
        "rnncourse.checks.calling",
        "rnncourse.checks.check",
        "rnncourse.checks.exercise",
        "rnncourse.checks.layout",
        "rnncourse.checks.report",
        # a derivation is read as text: neither its language nor its symbols compute an array
        "rnncourse.derivation",
        "rnncourse.notebook",
    }
    covered = {
        name
        for name in done.stdout.split()
        if any(name == f or name.startswith(f + ".") for f in ASSIGNMENT.forbidden)
    }
    left = set(done.stdout.split()) - covered
    parts = ("rnncourse.derivation.", "rnncourse.notebook.")
    assert {name for name in left if not name.startswith(parts)} <= allowed


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("notebooks")
    (made / "solution.ipynb").write_text(dumps(SOLUTION), encoding="utf-8")
    (made / "blank.ipynb").write_text(dumps(BLANK), encoding="utf-8")
    return made


def test_the_solution_passes_every_check_when_it_is_run(folder):
    outcome = run(folder / "solution.ipynb", 60)
    assert outcome.passed, outcome
    assert outcome.trouble == ()


def test_the_release_fails_kindly(folder):
    outcome = run(folder / "blank.ipynb", 60)
    assert [item.state for item in outcome.items] == ["not right"] * 6
    for item in outcome.items:
        assert "not written yet" in item.said
        assert "Traceback" not in item.said
    assert outcome.trouble == ()


@pytest.mark.parametrize(("name", "fails"), [("solution", 0), ("blank", 6)])
def test_nbgraders_own_validation_agrees(folder, name, fails):
    """As the Validate button does it, in a process without the test's warning filters."""
    code = (
        "import json, sys\n"
        "from nbgrader.validator import Validator\n"
        "result = Validator().validate(sys.argv[1])\n"
        "print(json.dumps(result))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(folder / f"{name}.ipynb")],
        capture_output=True,
        text=True,
        check=True,
    )
    result = json.loads(done.stdout.strip().splitlines()[-1])
    failed = result.get("failed", [])
    assert len(failed) == fails
    for cell in failed:
        assert "not written yet" in cell["error"]
        assert "site-packages" not in cell["error"]
