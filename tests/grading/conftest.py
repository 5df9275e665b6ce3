"""Judges that a worker can load by name, and the tiny assignment of the gradebook's tests."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

GRADEBOOK = Path(__file__).parents[1] / "gradebook"


def _load(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tiny_course = _load(GRADEBOOK / "conftest.py", "tiny_course")
stand_ins = _load(GRADEBOOK / "stand_ins.py", "grading_stand_ins")
helpers = _load(Path(__file__).with_name("runs.py"), "grading_runs")
assignment = tiny_course.assignment
solutions = tiny_course.solutions
course = tiny_course.course


@pytest.fixture
def hand_in(course):
    """Hands in for a student, the right answers where none are given."""

    def put(student, nb=None, **answers):
        return stand_ins.hand_in(course, student, nb, **(answers or stand_ins.RIGHT))

    return put


@pytest.fixture(autouse=True)
def judges(monkeypatch):
    """Workers find the judges beside this file."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    monkeypatch.syspath_prepend(str(GRADEBOOK))


@pytest.fixture
def runs():
    """Runs of the tiny class, and what they gave."""
    return helpers


@pytest.fixture
def ready(course, hand_in, tmp_path, monkeypatch):
    """A class that is handed in, some of it half right, and the file that judges write to."""
    monkeypatch.setenv("STUB_LOG", str(tmp_path / "judged"))
    monkeypatch.setenv("STUB_SECONDS", "0.02")
    for number, student in enumerate(helpers.CLASS):
        hand_in(student, **({"double": "half"} if number % 3 else {}))
    return course


@pytest.fixture
def undisturbed(ready, assignment, tmp_path):
    """The marks of a run that nobody kills, with the same secret as the others."""
    other = helpers.copied(ready, tmp_path / "undisturbed")
    (other.root / "grading.secret").write_text("ab" * 32)
    (ready.root / "grading.secret").write_text("ab" * 32)
    helpers.finish_in_threads(other, assignment)
    (tmp_path / "judged").unlink()
    return helpers.marks(other)
