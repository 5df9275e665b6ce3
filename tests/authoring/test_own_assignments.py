"""Assignments of an instructor's own: made, proved, released with nbgrader, solved, graded."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import assignments
from autograder.assignments import own
from autograder.assignments.new import STARTER, new
from autograder.assignments.notebooks import for_student
from autograder.assignments.own import AuthoringError
from autograder.assignments.verify import limits, verify
from autograder.gradebook import course as courses
from autograder.gradebook import notebooks
from autograder.gradebook.collect import collect
from autograder.gradebook.grade import grade
from autograder.gradebook.release import release
from autograder.judge.personal import CELL
from autograder.sandbox import Sandbox

SOFTMAX = Path(__file__).parent / "softmax_regression"
EXERCISES = "neurons.exercises.json"
CLI = (sys.executable, "-c", "from rnncourse.cli import app; app()")


def proved(assignment):
    with Sandbox(assignment.forbidden, limits(assignment)) as box:
        return verify(assignment, box)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    made = courses.create(tmp_path_factory.mktemp("own") / "course", "own", ["bptt"])
    new("neurons", made.own)
    made = courses.open(made.root)
    assert made.assignments == ("bptt", "neurons")
    release(made, "neurons")
    return made


@pytest.mark.sandbox
def test_what_new_makes_is_graded_as_it_says(course):
    report = proved(assignments.load("neurons", course.own))
    assert report.ok, report.problems
    assert report.count("mistake") == 5 + 7 + 3 * 4
    assert report.count("network") == 3


@pytest.mark.sandbox
def test_softmax_regression_written_from_the_guide_is_graded_as_it_says():
    report = proved(own.load(SOFTMAX))
    assert report.ok, report.problems
    assert report.count("mistake") == 13 and report.count("variant") == 4


@pytest.mark.sandbox
def test_a_solved_and_a_blank_notebook_are_graded(course, tmp_path):
    assignment = assignments.load("neurons", course.own)
    source = notebooks.read(course.notebook("source", assignment))
    solved = for_student(assignment, source, "ada")
    blank = notebooks.read(course.notebook("release", assignment))
    for student, nb in {"ada": solved, "ben": blank}.items():
        (tmp_path / f"{student}.ipynb").write_text(json.dumps(nb))
    assert not collect(course, "neurons", tmp_path).refused
    ada, ben = grade(course, "neurons")
    assert (ada.points, ben.points) == (11, 0)
    assert not [i for i in (*ada.incidents, *ben.incidents) if i.cheat]


@pytest.fixture
def students_folder(course, tmp_path):
    """What a student gets, with nothing else of the course."""
    shutil.copytree(course.root / "release/neurons", tmp_path / "neurons")
    return tmp_path / "neurons"


def test_students_get_data_and_no_way_to_an_answer(students_folder):
    assert {p.name for p in students_folder.iterdir()} == {"neurons.ipynb", EXERCISES}
    text = (students_folder / EXERCISES).read_text()
    for secret in ("np.stack", "BEGIN", "dy[t] =", "1 - y[t]", "bias-missing", "ordinary"):
        assert secret not in text


def checked(folder, sources, student="ada"):
    """`rnncourse check` on a student's machine; answers put in, by grade_id."""
    nb = json.loads((folder / "neurons.ipynb").read_text())
    for cell in nb["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in sources:
            cell["source"] = sources[name]
    (folder / "neurons.ipynb").write_text(json.dumps(nb))
    done = subprocess.run(
        [*CLI, "check", "neurons/neurons.ipynb", "--json"],
        cwd=folder.parent,
        env={k: v for k, v in os.environ.items() if k != "RNNCOURSE_GRADING"},
        capture_output=True,
        text=True,
    )
    found = json.loads(done.stdout)
    assert found["assignment"] == "neurons" and found["trouble"] == [], found
    return {item["cell"]: item for item in found["items"]}


def test_the_checks_work_with_what_students_get(course, students_folder):
    assignment = assignments.load("neurons", course.own)
    solved = for_student(assignment, notebooks.read(course.notebook("source", assignment)), "ada")
    sources = {notebooks.grade_id(c): c.source for c in solved.cells}
    answers = {name: sources[name] for name in (CELL, "own", "gradients", "forward")}
    answers["forward"] = answers["forward"].replace(" + b", "")
    answers["gradients"] = answers["gradients"].replace("y[t] - r[t]", "r[t] - y[t]")
    found = checked(students_folder, answers)
    assert {cell: item["state"] for cell, item in found.items()} == {
        "forward-check": "not right",
        "gradients-check": "not right",
        "own-check": "right",
    }
    assert "y" in found["forward-check"]["said"] and "dy[t]" in found["gradients-check"]["said"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, f"comes with a file, {EXERCISES}"),
        ("{", f"{EXERCISES} cannot be read"),
        ('{"assignment": "other"}', "does not hold the exercises of neurons"),
        ('{"assignment": "neurons", "format": 99}', "is of format 99"),
    ],
)
def test_a_missing_or_damaged_file_is_named(tmp_path, monkeypatch, text, said):
    from rnncourse.checks.check import examine

    monkeypatch.chdir(tmp_path)
    if text is not None:
        Path(EXERCISES).write_text(text)
    assert said in examine("neurons.forward", len).text()


@pytest.mark.parametrize("name", ["", "Big", "2x", "a-b", "../x", "class", "bptt", "starter"])
def test_a_name_that_cannot_be_used_is_refused(tmp_path, name):
    with pytest.raises(AuthoringError, match="name: "):
        new(name, tmp_path / "assignments")
    assert not (tmp_path / "assignments").exists()


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(AuthoringError, match="exists already"):
        new("mine", tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]
    assert not list((tmp_path / "mine").iterdir())


def test_nothing_is_left_of_an_assignment_that_could_not_be_written(tmp_path, monkeypatch):
    def full(self, *_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        new("mine", tmp_path)
    assert list(tmp_path.iterdir()) == []


def broken(folder, name, file, old, text):
    made = new(name, folder)
    source = (made / file).read_text()
    assert old in source
    (made / file).write_text(source.replace(old, text, 1))
    return made


@pytest.mark.parametrize(
    ("file", "old", "text", "said"),
    [
        ("forward.py", "tolerance=1e-6", "tolerance=", "forward.py, line 38: SyntaxError"),
        ("own.py", "FAMILY = Family(", "FAMILY = Famly(", "own.py, line 28: NameError"),
        ("__init__.py", "ASSIGNMENT = ", "OTHER = ", "defines no ASSIGNMENT"),
        ("__init__.py", 'name="mine"', 'name="theirs"', "'theirs' and 'mine'; both must be"),
    ],
)
def test_a_package_that_cannot_be_used_says_where(tmp_path, file, old, text, said):
    made = broken(tmp_path, "mine", file, old, text)
    with pytest.raises(AuthoringError) as caught:
        own.load(made)
    assert said in str(caught.value)


def test_a_changed_package_is_read_anew(tmp_path):
    made = new("mine", tmp_path)
    before = own.load(made)
    assert own.load(made) is before
    path = made / "forward.py"
    path.write_text(path.read_text().replace('"loss": 1}', '"loss": 4}'))
    assert own.load(made).max_points == before.max_points + 3


def test_the_starter_holds_its_name_only_where_it_is_replaced(tmp_path):
    made = new("neurons", tmp_path)
    assert {p.name for p in made.iterdir()} == {
        p.name.replace("starter", "neurons") for p in STARTER.iterdir() if p.is_file()
    }
    assert not [p for p in made.iterdir() if "starter" in p.read_text()]
