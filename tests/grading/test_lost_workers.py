"""Workers that really die, hang and starve: one submission's try is lost, and nothing else."""

import os
import signal
import time
from pathlib import Path

import pytest

from autograder.gradebook import grade as module
from autograder.grading import pool, program
from autograder.sandbox import SandboxError

JUDGE = "stub_judges:judge"
WORDS = {
    "dies": "KILL THE WORKER",
    "hangs": "HANG",
    "deaf": "HOLD ON",
    "starves": "FILL THE MEMORY",
    "leaves": "LEAVE",
}


@pytest.fixture
def grade(course, assignment, tmp_path, monkeypatch):
    monkeypatch.setenv("STUB_LOG", str(tmp_path / "judged"))
    monkeypatch.setattr(pool.Pool, "_seconds", 2.5)

    def run(**options):
        options = {"judge": JUDGE, "sandbox": None, "workers": 4} | options
        return {v.student: v for v in module.grade(course, assignment, **options)}

    return run


@pytest.fixture
def judged(tmp_path):
    """How often each student has been judged."""
    return lambda: (tmp_path / "judged").read_text().split()


def test_a_worker_lost_once_costs_nothing_and_twice_is_reported(grade, judged, hand_in):
    for name, words in WORDS.items():
        hand_in(name, why=words)
        hand_in(f"{name}-once", double="half", why=f"{words} ONCE")
    for student in ("ada", "ben", "zoe"):
        hand_in(student)
    done = grade()
    assert [done[s].points for s in ("ada", "ben", "zoe")] == [5, 5, 5]
    assert {s: done[f"{s}-once"].points for s in WORDS} == dict.fromkeys(WORDS, 1)
    assert not any(done[f"{s}-once"].problem or "retry" in done[f"{s}-once"].extra for s in WORDS)
    for student in WORDS:
        assert done[student].points == 0 and "grader failed" in done[student].problem
        (incident,) = done[student].incidents
        assert incident.kind == "worker-lost" and not incident.cheat
        assert done[student].extra["retry"] == "yes"
    said = {s: done[s].incidents[0].message for s in WORDS}
    assert "killed" in said["dies"] and "memory" in said["starves"] and "(3)" in said["leaves"]
    assert "no answer in" in said["hangs"] and "no answer in" in said["deaf"]
    counts = {s: judged().count(s) for s in done}
    twice = {*WORDS, *(f"{s}-once" for s in WORDS)}
    assert counts == {s: 2 if s in twice else 1 for s in done}


def test_the_next_run_tries_again_what_was_lost_and_that_alone(grade, judged, hand_in):
    hand_in("ada")
    path = hand_in("ben", why="LEAVE")
    grade()
    path.write_text(path.read_text().replace("LEAVE", "LEAVE ONCE"))
    again = grade()
    assert "resumed" not in again["ben"].extra
    assert "resumed" in again["ada"].extra and judged().count("ada") == 1


def test_nothing_is_left_of_a_run(grade, hand_in, tmp_path):
    hand_in("ada")
    during = []
    grade(progress=lambda *_: during.append(_children(tmp_path)))
    assert during[0], "no worker was seen"
    end = time.monotonic() + 5
    while _children(tmp_path) and time.monotonic() < end:
        time.sleep(0.01)
    assert not _children(tmp_path)


def test_nothing_is_started_where_nothing_is_to_be_judged(grade, hand_in, monkeypatch):
    hand_in("ada")
    grade()

    def refuse(*_):
        raise AssertionError("a worker was started")

    monkeypatch.setattr(pool.Pool, "_start", refuse)
    assert "resumed" in grade()["ada"].extra


def test_a_program_that_cannot_start_is_said_to(grade, hand_in):
    hand_in("ada")
    with pytest.raises(SandboxError, match="No module named 'nowhere'"):
        grade(judge="nowhere:judge")


def test_a_fork_server_that_dies_is_replaced(grade, hand_in, monkeypatch):
    for student in ("ada", "ben", "cyd", "dan"):
        hand_in(student)
    killed = []
    real = program.Program.fork

    def fork(self):
        if not killed:
            killed.append(self._process.pid)
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()
        return real(self)

    monkeypatch.setattr(program.Program, "fork", fork)
    assert {v.points for v in grade().values()} == {5} and killed


def _children(tmp_path) -> set[int]:
    """Processes of this test's run, known by what they were given; other tests run beside it."""
    ours = f"STUB_LOG={tmp_path / 'judged'}".encode()
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            given = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        if ours in given.split(b"\0"):
            found.add(int(pid))
    return found
