"""Courses to be attacked: the first assignment's, and a small one in which attacks are quick."""

import copy
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.assignment import Assignment, CodeItem, HiddenCase, Limits, WrittenItem
from autograder.assignments import load
from autograder.assignments.notebooks import for_student as made_for
from autograder.gradebook import course as courses
from autograder.gradebook import notebooks
from autograder.gradebook.course import Course
from autograder.gradebook.grade import grade
from autograder.gradebook.release import SOLUTIONS, release
from autograder.verdict import SubmissionVerdict
from rnncourse.checks.exercise import CodeExercise, Output

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


# ---------------------------------------------------------------------------------- a small course

LEAKY = """\
def leaky(params, x):
    s = np.zeros((len(x) + 1, x.shape[1]))
    for t in range(len(x)):
        s[t + 1] = params["a"] * s[t] + x[t]
    return s[1:]
"""
TWICE = "def twice(x):\n    return 2 * x\n"
STUB = "def twice(x):\n    raise NotImplementedError()\n"
HONEST = 4.0  # what an attacker's own leaky() earns; twice(), for 2 more, is what is to be had
ALL = 6.0
CELL = """\
```{{code-cell}} ipython3
---
nbgrader: {{schema_version: 3, grade_id: {name}, solution: {answer}, grade: {grade}, locked: {locked}, task: false{points}}}
---
{source}
```

"""  # noqa: E501
WHY = """\
+++ {"nbgrader": {"schema_version": 3, "grade_id": "why", "solution": true, "grade": true, "locked": false, "points": 5, "task": false}}

### BEGIN SOLUTION
The mark scheme that only the instructor sees.
### END SOLUTION
"""  # noqa: E501


def _small() -> Assignment:
    def exercise(name: str, output: Output, draw: Any, solve: Any, inputs: Any) -> CodeExercise:
        return CodeExercise(
            f"ring.{name}", name, f"{name}(…)", (output,), draw, solve, inputs=inputs
        )

    def leaky(params: Any, x: Any) -> Any:
        space: dict[str, Any] = {"np": np}
        exec(LEAKY, space)
        return {"s": space["leaky"](params, x)}

    one = exercise(
        "leaky",
        Output("s", "s", ("t", "b")),
        lambda rng, T=5: {"params": {"a": rng.uniform(0.3, 0.9)}, "x": rng.normal(size=(T, 3))},
        leaky,
        {"x": ("t", "b")},
    )
    two = exercise(
        "twice",
        Output("y", "y", ("t",)),
        lambda rng: {"x": rng.normal(size=7)},
        lambda x: {"y": 2 * x},
        {"x": ("t",)},
    )
    cases = (HiddenCase("ordinary"), HiddenCase("again"))
    return Assignment(
        "ring",
        "A small assignment",
        "ring",
        (
            CodeItem("leaky-check", "leaky", "Leaky sums", one, {"s": 4.0}, cases),
            CodeItem("twice-check", "twice", "Twice", two, {"y": 2.0}, cases),
            WrittenItem("why", "Why", 5, ((5, "says why"),)),
        ),
        forbidden=("torch", "rnncourse.elman"),
        limits=Limits(
            cell_seconds=3.0,
            call_seconds=2.5,
            submission_seconds=12.0,
            memory_bytes=400 << 20,
            output_bytes=1 << 16,
            reply_bytes=1 << 20,
            file_bytes=8 << 20,
            processes=40,
        ),
    )


def _text() -> str:
    def cell(name: str, source: str, kind: str = "locked", points: str = "") -> str:
        return CELL.format(
            name=name,
            source=source,
            answer=str(kind == "answer").lower(),
            grade=str(kind == "check").lower(),
            locked=str(kind != "answer").lower(),
            points=points,
        )

    def answer(name: str, source: str) -> str:
        first, body = source.split("\n", 1)
        return cell(name, f"{first}\n    ### BEGIN SOLUTION\n{body}    ### END SOLUTION", "answer")

    kernel = "---\nkernelspec: {display_name: Python 3, language: python, name: python3}\n---\n\n"
    return (
        kernel
        + "# A small assignment\n\n"
        + cell("setup", "import numpy as np\nfrom rnncourse.checks import check")
        + answer("leaky", LEAKY)
        + cell("leaky-check", 'check("ring.leaky", leaky)', "check", ", points: 4")
        + answer("twice", TWICE)
        + cell("twice-check", 'check("ring.twice", twice)', "check", ", points: 2")
        + WHY
    )


class Ring:
    """A course of one small assignment; attackers hand in, and two honest students beside them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.places: dict[str, tuple[str, str]] = {}
        self.assignment = _small()
        solutions = folder / "solutions" / "ring"
        solutions.mkdir(parents=True)
        (solutions / "ring.md").write_text(_text(), "utf-8")
        self.course: Course = courses.create(folder / "course", "redteam", ["ring"])
        made = release(self.course, self.assignment, solutions=folder / "solutions")
        self._blank = json.loads(made.notebook.read_text())

    def notebook(
        self, *cells: str | Cell, leaky: str = LEAKY, twice: str = STUB, why: str = "Because."
    ) -> Any:
        """The released notebook with these answers, and own cells behind the set-up."""
        nb = copy.deepcopy(self._blank)
        answers = {"leaky": leaky, "twice": twice, "why": why}
        for cell in nb["cells"]:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id")
            cell["source"] = answers.get(name, cell["source"])
        nb["cells"][2:2] = [Arena.code(c) if isinstance(c, str) else c for c in cells]
        return nb

    def hand_in(self, student: str, nb: Any) -> Path:
        """Put a notebook, or raw bytes, where submissions lie."""
        folder = self.course.folder("submitted", "ring", student)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "ring.ipynb"
        path.write_bytes(nb if isinstance(nb, bytes) else json.dumps(nb).encode())
        return path

    def grade(
        self, students: Sequence[str] | None = None, **more: Any
    ) -> dict[str, SubmissionVerdict]:
        """Grade all, with an honest student before the attackers and one behind them."""
        for student in ("aaa", "zzz"):
            self.hand_in(student, self.notebook(twice=TWICE))
        found = grade(self.course, self.assignment, students, workers=3, **more)
        return {verdict.student: verdict for verdict in found}

    def graded(self, student: str) -> Any:
        return notebooks.read(self.course.notebook("autograded", self.assignment, student))

    def hand_in_together(self, cells: Mapping[str, str], alone: Collection[str] = ()) -> None:
        """Attacks that leave their process whole, some to a notebook, so that it is quick.

        Args:
            cells: by name.
            alone: names of those that get a notebook of their own.
        """
        together = [name for name in cells if name not in alone]
        groups = [together[i : i + 8] for i in range(0, len(together), 8)]
        for names in (*groups, *([name] for name in alone)):
            self.hand_in(names[0], self.notebook(*(cells[name] for name in names)))
            for number, name in enumerate(names, start=2):  # behind the set-up
                self.places[name] = names[0], f"(In [{number}])"

    def told(self, done: Mapping[str, SubmissionVerdict], name: str) -> set[str]:
        """Kinds of what the instructor is told of one attack that was handed in with others."""
        student, label = self.places[name]
        return {i.kind for i in done[student].incidents if i.message.endswith(label)}

    def printed(self, name: str, source: str) -> list[Any]:
        """The outputs of such an attack's cell."""
        cells = self.graded(self.places[name][0]).cells
        (outputs,) = [c.outputs for c in cells if c.cell_type == "code" and c.source == source]
        return list(outputs)

    @staticmethod
    def kinds(verdict: SubmissionVerdict) -> set[str]:
        """Kinds of what the instructor is told."""
        return {incident.kind for incident in verdict.incidents}

    @staticmethod
    def fair(done: dict[str, SubmissionVerdict]) -> None:
        """See that the honest students lost nothing."""
        for student in ("aaa", "zzz"):
            assert (done[student].points, done[student].incidents) == (ALL, ())


@pytest.fixture(scope="session")
def make_ring() -> Iterator[Callable[[], Ring]]:
    # the sandbox of a grader who is root runs as nobody: not in pytest's private folders
    with tempfile.TemporaryDirectory(prefix="ring-") as folder:
        made = iter(range(1000))
        yield lambda: Ring(Path(folder) / str(next(made)))


def running(marker: str) -> str:
    """Processes of this system whose command line holds ``marker``."""
    return subprocess.run(["pgrep", "-af", marker], capture_output=True, text=True).stdout


@pytest.fixture(scope="session")
def alive() -> Callable[[str], str]:
    return running
