"""The first assignment in a course of its own, and notebooks made from its release."""

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.assignments import load
from autograder.assignments.notebooks import for_student as made_for
from autograder.gradebook import course as courses
from autograder.gradebook import notebooks
from autograder.gradebook.course import Course
from autograder.gradebook.release import SOLUTIONS, release

Cell = dict[str, Any]


class Arena:
    """A course, its solved and its released notebook as plain data, and what is handed in."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(SOLUTIONS / "bptt", folder / "solutions/bptt")
        self.course: Course = courses.create(folder / "course", "redteam", ["bptt"])
        made = release(self.course, "bptt", solutions=folder / "solutions")
        self._source = notebooks.read(made.source)
        self._solved = json.loads(made.source.read_text())
        self._blank = json.loads(made.notebook.read_text())

    def solved(self, **answers: str) -> Any:
        return self._with(self._solved, answers)

    def blank(self, **answers: str) -> Any:
        return self._with(self._blank, answers)

    @staticmethod
    def _with(nb: Any, answers: dict[str, str]) -> Any:
        nb = copy.deepcopy(nb)
        for cell in nb["cells"]:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id")
            if name in answers:
                cell["source"] = answers.pop(name)
        assert not answers
        return nb

    @staticmethod
    def code(source: str) -> Cell:
        return {
            "cell_type": "code",
            "metadata": {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }

    @staticmethod
    def markdown(source: str, **more: Any) -> Cell:
        return {"cell_type": "markdown", "metadata": {}, "source": source, **more}

    def hand_in(self, student: str, nb: Any) -> None:
        folder = self.course.folder("submitted", "bptt", student)
        folder.mkdir(parents=True, exist_ok=True)
        text = nb if isinstance(nb, str) else json.dumps(self._own_network(nb, student))
        (folder / "bptt.ipynb").write_text(text, "utf-8")

    def _own_network(self, nb: Any, student: str) -> Any:
        """The solved personal items answer the network of the student who hands them in."""
        own = made_for(load("bptt"), self._source, student)
        solved = {c["id"]: c["source"] for c in self._solved["cells"]}
        changed = {
            theirs.id: theirs.source
            for ours, theirs in zip(self._source.cells, own.cells, strict=True)
            if ours.source != theirs.source
        }
        if isinstance(nb, dict) and isinstance(nb.get("cells"), list):
            for cell in nb["cells"]:
                name = cell.get("id") if isinstance(cell, dict) else None
                if name in changed and cell.get("source") == solved[name]:
                    cell["source"] = changed[name]
        return nb

    def graded(self, student: str) -> Any:
        path = self.course.folder("autograded", "bptt", student) / "bptt.ipynb"
        return notebooks.read(path)


@pytest.fixture(scope="session")
def make_arena(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Arena]:
    return lambda name: Arena(tmp_path_factory.mktemp(name))
