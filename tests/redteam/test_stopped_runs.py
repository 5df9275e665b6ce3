"""What is left when a run is stopped or killed."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.assignments import load
from autograder.grading.boxes import Boxes
from autograder.sandbox import Sandbox, SandboxError


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that root's sandbox, which runs as nobody, can reach; pytest's own are private."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_a_worker_opens_no_sandbox_after_the_run():
    with Boxes(load("bptt"), "bubblewrap") as boxes:
        pass
    with pytest.raises(SandboxError, match="has ended"):
        boxes.call(lambda box: None)


@pytest.mark.sandbox
def test_a_closed_sandbox_does_not_start_its_server_anew():
    """Ctrl-C ends the server before the worker that sees it ended."""
    with Sandbox() as box:
        box._closed = True
        assert box._process is not None
        box._process.kill()
        box._process.wait()
        with pytest.raises(SandboxError, match="not open"):
            box.session()
    with box, box.session() as session:  # and it can be opened again
        assert session.run("1", cell="c", count=1, timeout=20).ok


@pytest.mark.sandbox
def test_the_folder_of_a_run_that_was_killed_is_taken_away_by_the_next(place, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    code = (
        f"import os, tempfile\ntempfile.tempdir = {str(place)!r}\n"
        "from autograder.sandbox import Sandbox\nbox = Sandbox().__enter__()\n"
        "os.kill(os.getpid(), 9)"
    )
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root).returncode == -9
    (left,) = place.glob("autograder-box-*")
    with Sandbox():
        (ours,) = place.glob("autograder-box-*")
        assert ours != left
    assert not list(place.glob("autograder-box-*"))
