import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.gradebook import course as courses
from autograder.gradebook.release import release


@pytest.fixture
def run() -> Callable[..., Any]:
    """Runs ``autograder`` with these arguments in this process."""

    def invoke(*arguments: object) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nbgrader's own
            return CliRunner().invoke(app, [str(a) for a in arguments])

    return invoke


@pytest.fixture(scope="session")
def _released_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("course") / "c"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's own
        release(courses.create(root, "c", ["bptt"]), "bptt")
    return root


@pytest.fixture
def course(_released_once: Path, tmp_path: Path) -> courses.Course:
    """A course of its own with the assignment released."""
    shutil.copytree(_released_once, tmp_path / "c")
    return courses.open(tmp_path / "c")
