"""The notebook of every assignment, as the instructor and as the student has it."""

import json
import re
import subprocess
import sys

import pytest

from autograder.assignment import CodeItem, DerivationItem, WrittenItem
from autograder.assignments import load, names, notebooks
from autograder.gradebook import source
from autograder.gradebook.notebooks import dumps, flags, grade_id
from rnncourse.checks import registry
from rnncourse.cli.check import run

NO_ID = "follows from your id"  # what a check says that is about a network of one's own


class Written:
    """An assignment with its two notebooks."""

    def __init__(self, name):
        self.name = name
        self.assignment = load(name)
        self.solution = notebooks.solution(self.assignment)
        self.blank = notebooks.blank(self.solution)
        automatic = (CodeItem, DerivationItem)
        self.judged = [i for i in self.assignment.items if isinstance(i, automatic)]


@pytest.fixture(scope="module", params=names())
def written(request):
    return Written(request.param)


def test_notebook_and_assignment_agree_and_nothing_leaks(written):
    source.check_cells(written.solution, written.assignment)
    source.check_cells(written.blank, written.assignment)
    source.check_release(written.solution, written.blank)


def test_forty_points(written):
    assert written.assignment.max_points == 40


def test_the_students_command_knows_the_cells(written):
    answers, checks = registry.cells(written.name)
    cells = written.solution.cells
    solution_cells = [grade_id(c) for c in cells if flags(c).get("solution")]
    graded = [grade_id(c) for c in cells if flags(c).get("grade") and flags(c)["locked"]]
    assert sorted(answers) == sorted(solution_cells)
    assert sorted(checks) == sorted(graded)


def test_a_rubric_adds_up_and_is_not_in_the_release(written):
    (item,) = (i for i in written.assignment.items if isinstance(i, WrittenItem))
    assert sum(points for points, _ in item.rubric) == item.max_points
    text = dumps(written.blank)
    assert not any(words in text for _, words in item.rubric)


def test_the_release_states_each_items_points(written):
    text = "\n".join(cell.source for cell in written.blank.cells)
    for item in written.assignment.items:
        assert f"({item.max_points:g} points" in text
    for item in written.judged:
        assert all(f"`{name}`" in text for name in item.points)


def test_the_release_says_how_long_each_part_takes(written):
    """A table with a line for each part; points and minutes add up to what is promised."""
    text = written.blank.cells[0].source
    assert "| part | what you hand in | points | minutes |" in text
    rows = re.findall(r"^\| \d+ \|.*\| (\d+) \| (\d+) \|$", text, flags=re.M)
    points, minutes = (sum(map(int, column)) for column in zip(*rows, strict=True))
    assert points == written.assignment.max_points
    assert 120 <= minutes <= 240


def test_what_is_forbidden_covers_every_way_to_the_answer(written):
    """Nothing that the exercises' own specifications import may be left in the sandbox."""
    code = (
        f"import sys, rnncourse.checks.exercises.{written.name}\n"
        "print(*sorted(m for m in sys.modules if m.startswith('rnncourse.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    allowed = {  # helpers that compute no state, loss or gradient of a network with B and H > 1
        "rnncourse._beside",
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
        "rnncourse.checks.orthogonality",
        "rnncourse.checks.report",
        # a derivation is read as text: neither its language nor its symbols compute an array
        "rnncourse.derivation",
        "rnncourse.notebook",
    }
    covered = {
        name
        for name in done.stdout.split()
        if any(name == f or name.startswith(f + ".") for f in written.assignment.forbidden)
    }
    left = set(done.stdout.split()) - covered
    parts = ("rnncourse.derivation.", "rnncourse.notebook.")
    assert {name for name in left if not name.startswith(parts)} <= allowed


@pytest.fixture(scope="module")
def folder(tmp_path_factory, written):
    made = tmp_path_factory.mktemp("notebooks")
    (made / "solution.ipynb").write_text(dumps(written.solution), encoding="utf-8")
    (made / "blank.ipynb").write_text(dumps(written.blank), encoding="utf-8")
    return made


def test_the_solution_passes_every_check_when_it_is_run(folder):
    outcome = run(folder / "solution.ipynb", 60)
    assert outcome.passed, outcome
    assert outcome.trouble == ()


def test_the_release_fails_kindly(folder, written):
    outcome = run(folder / "blank.ipynb", 60)
    assert [item.state for item in outcome.items] == ["not right"] * len(written.judged)
    for item in outcome.items:
        assert "not written yet" in item.said or NO_ID in item.said
        assert "Traceback" not in item.said
    assert outcome.trouble == ()


@pytest.mark.parametrize("name", ["solution", "blank"])
def test_nbgraders_own_validation_agrees(folder, name, written):
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
    assert len(failed) == (0 if name == "solution" else len(written.judged))
    for cell in failed:
        assert "not written yet" in cell["error"] or NO_ID in cell["error"]
        assert "site-packages" not in cell["error"]
