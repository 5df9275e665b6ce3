"""A tiny assignment of the tests' own, and a judge that needs no sandbox."""

import importlib.util
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from autograder.assignment import Assignment, CodeItem, WrittenItem
from autograder.gradebook import course as courses
from autograder.gradebook.course import Course
from autograder.gradebook.release import release

# ruff: noqa: E501
TEXT = """---
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# A tiny assignment

Text of the instructor.

```{code-cell} ipython3
---
nbgrader: {schema_version: 3, grade_id: setup, solution: false, grade: false, locked: true, task: false}
---
from rnncourse.checks import check
```

```{code-cell} ipython3
import math
```

```{code-cell} ipython3
---
nbgrader: {schema_version: 3, grade_id: double, solution: true, grade: false, locked: false, task: false}
---
def double(x):
    \"\"\"Twice x.\"\"\"
    ### BEGIN SOLUTION
    twice_the_value = 2 * x
    return twice_the_value
    ### END SOLUTION
```

```{code-cell} ipython3
---
nbgrader: {schema_version: 3, grade_id: double-check, solution: false, grade: true, locked: true, points: 3, task: false}
---
check("tiny.double", double)
```

```{code-cell} ipython3
---
nbgrader: {schema_version: 3, grade_id: steps, solution: true, grade: false, locked: false, task: false}
---
%%derivation tiny.steps
### BEGIN SOLUTION
da[t] = V.T @ do[t]
### END SOLUTION
```

```{code-cell} ipython3
---
nbgrader: {schema_version: 3, grade_id: steps-check, solution: false, grade: true, locked: true, points: 2, task: false}
---
check("tiny.steps", steps)
```

+++ {"nbgrader": {"schema_version": 3, "grade_id": "why", "solution": true, "grade": true, "locked": false, "points": 5, "task": false}}

### BEGIN SOLUTION
Because the derivative of a sum is the sum of the derivatives.
### END SOLUTION

+++

The end.
"""

EXERCISE: Any = SimpleNamespace(name="tiny")


def tiny() -> Assignment:
    return Assignment(
        "tiny",
        "A tiny assignment",
        "tiny",
        (
            CodeItem("double-check", "double", "Double", EXERCISE, {"value": 2, "shape": 1}, ()),
            CodeItem("steps-check", "steps", "Steps", EXERCISE, {"da": 2}, ()),
            WrittenItem("why", "Why", 5, ((5, "names linearity"),)),
        ),
    )


@pytest.fixture
def assignment() -> Assignment:
    return tiny()


@pytest.fixture
def solutions(tmp_path: Path) -> Path:
    folder = tmp_path / "solutions" / "tiny"
    folder.mkdir(parents=True)
    (folder / "tiny.md").write_text(TEXT, "utf-8")
    return tmp_path / "solutions"


@pytest.fixture
def course(tmp_path: Path, assignment: Assignment, solutions: Path) -> Course:
    made = courses.create(tmp_path / "course", "rnn", ["tiny"])
    release(made, assignment, solutions=solutions)
    return made


def beside(name: str) -> Any:
    """A module beside this file: import mode "importlib" does not put its folder on the path."""
    spec = importlib.util.spec_from_file_location(
        f"gradebook_{name}", Path(__file__).with_name(f"{name}.py")
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def stand_ins() -> Any:
    """Submissions, and a judge that needs no sandbox."""
    return beside("stand_ins")


@pytest.fixture
def platforms() -> Any:
    """Zips and lists as learning platforms write them."""
    return beside("platforms")
