"""One submission takes no more time, and no more of the processor, than it is given."""

import time
from types import SimpleNamespace
from typing import Any

import pytest

from autograder.assignment import Limits
from autograder.judge.execution import Execution, Step
from autograder.sandbox import CellResult, Sandbox, SessionEnded
from autograder.sandbox.errors import Ending


class Box:
    """Cells that are quick at first and slow when they are run once more, and one that dies."""

    limits = Limits(submission_seconds=100.0)

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.starts = 0

    def session(self) -> Any:
        self.starts += 1
        return SimpleNamespace(run=self.run, close=lambda: None)

    def run(self, code: str, *, cell: str, count: int, timeout: float) -> CellResult:
        self.ran.append(code)
        if code == "die":
            raise SessionEnded(Ending.DIED)
        return CellResult((), True, 0, (), 0.0)


def test_after_the_last_second_nothing_is_run_once_more(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    box = Box()
    steps = [Step(n, f"In [{n}]", "good", n) for n in range(50)] + [Step(50, "bad", "die", 51)]
    execution = Execution(box, steps)  # type: ignore[arg-type]
    real = box.run

    def slow(code: str, **more: Any) -> CellResult:
        now[0] += 0.9 if box.starts > 1 else 1.5
        return real(code, **more)

    monkeypatch.setattr(box, "run", slow)
    execution.run_cells(deadline=76.0)
    assert now[0] < 101 and len(box.ran) < 90
    assert len(execution.results) == 50 and set(execution.failures) == {50}


@pytest.mark.sandbox
def test_a_submission_of_many_processes_stays_one_group():
    """Linux shares the processor by session, so a session for each process took it from others."""
    code = (
        "import os\nbefore = os.getsid(0)\nread, write = os.pipe()\n"
        "if os.fork() == 0:\n    os.setsid()\n    os.write(write, str(os.getsid(0)).encode())\n"
        "    os._exit(0)\nprint(int(os.read(read, 20)) == before)\n"
        "import subprocess\n_ = subprocess.run(['true'], start_new_session=True, check=True)"
    )
    with Sandbox() as box, box.session() as session:
        result = session.run(code, cell="c", count=1, timeout=20)
        assert [o.text for o in result.outputs] == ["True\n"]


@pytest.mark.sandbox
def test_a_submission_of_many_processes_steps_back():
    code = (
        "import os, time\nfor n in range(40):\n    if os.fork() == 0:\n        time.sleep(9)\n"
        "end = time.monotonic() + 8\n"
        "while os.nice(0) < 19 and time.monotonic() < end: time.sleep(0.05)\nprint(os.nice(0))"
    )
    with Sandbox() as box, box.session() as session:
        result = session.run(code, cell="c", count=1, timeout=20)
        assert [o.text for o in result.outputs] == ["19\n"]
