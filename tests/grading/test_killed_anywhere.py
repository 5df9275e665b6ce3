"""Killed at random points, of the coordinator, a worker or the power: nothing is lost or twice."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter

import pytest

from autograder.assignments import load
from autograder.assignments.notebooks import for_student
from autograder.gradebook import course as courses
from autograder.gradebook import grade as module
from autograder.gradebook import history, notebooks
from autograder.gradebook.release import release

SIGKILL = -signal.SIGKILL


def whole(course):
    with sqlite3.connect(course.root / "gradebook.db") as database:
        return database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_coordinator_killed_at_random_steps(runs, ready, assignment, undisturbed, tmp_path):
    """From the first file to the last: SQL statements, commits, files made and renamed."""
    rng = random.Random(22)
    steps = [("any", rng.randint(1, 90)) for _ in range(6)]
    # after a file is written, before it is in its place: the gradebook knows, the folder does not
    steps += [("os.rename", rng.randint(1, 4)) for _ in range(4)]
    rng.shuffle(steps)
    found = runs.stepped(ready, tmp_path, "kill", steps)
    assert sum(run["ended"] == SIGKILL for run in found) >= 6
    assert len({len(run["before"]) for run in found}) >= 3, "no run had anything to go on with"
    again = runs.finish_in_threads(ready, assignment)
    assert runs.marks(ready) == undisturbed and whole(ready)
    assert {v.student for v in again} == set(runs.CLASS)
    for run in found:
        assert not {*run["before"]} & {*run["judged"]}, "what was written is judged again"
        assert max(Counter(run["judged"]).values(), default=0) <= 1
    for student in runs.CLASS:
        lines = [x for x in history.read(ready, "tiny", student) if x["event"] == "graded"]
        assert lines and lines[0]["first"], f"the first marks of {student} are not in the history"
        assert len({str(x["after"]) for x in lines}) == 1


def test_power_lost_at_random_steps(runs, ready, assignment, undisturbed, tmp_path):
    """Copies in mid-transaction, and between two files."""
    steps = [("any", at) for at in random.Random(23).sample(range(1, 330), 5)]
    (run,) = runs.stepped(ready, tmp_path, "copy", steps)
    assert run["ended"] == 0 and runs.marks(ready) == undisturbed
    copies = sorted(tmp_path.glob("copy-*"))
    assert len(copies) == len(steps)
    assert any(copy.glob("gradebook.db-*") for copy in copies), "none was in a transaction"
    for copy in copies:
        course = courses.open(copy)
        before = runs.recorded(course)
        again = runs.finish_in_threads(course, assignment)
        assert runs.marks(course) == undisturbed and whole(course), copy.name
        assert {v.student for v in again if "resumed" in v.extra} == before


def test_power_lost_at_random_moments(runs, ready, assignment, undisturbed, tmp_path):
    """Copies between any two instructions of a run that stands still for them."""
    rng = random.Random(24)
    run = runs.begin(ready, tmp_path)
    copies = []
    try:
        for target in (2, 5, 9):
            runs.wait_for(lambda target=target: len(runs.judged(tmp_path)) >= target, run)
            time.sleep(rng.random() * 0.03)
            os.kill(run.pid, signal.SIGSTOP)
            runs.wait_for(lambda: runs.state(run.pid) == "T", run)
            copies.append(runs.copied(ready, tmp_path / f"copy-{target}"))
            os.kill(run.pid, signal.SIGCONT)
        assert run.wait(60) == 0, run.stderr.read()
    finally:
        run.kill()
        run.communicate()
    assert runs.marks(ready) == undisturbed
    assert len(runs.recorded(copies[0])) < len(runs.CLASS)
    for copy in copies:
        runs.finish_in_threads(copy, assignment)
        assert runs.marks(copy) == undisturbed and whole(copy), copy.root.name


def test_workers_killed_at_random_moments(
    runs, ready, assignment, undisturbed, tmp_path, monkeypatch
):
    monkeypatch.setenv("STUB_SECONDS", "0.05")
    rng = random.Random(25)
    moments, killed = {1, 4, 7, 10}, []

    def disturb(done, total, student):
        if done in moments:
            time.sleep(rng.random() * 0.05)
            killed.append(rng.choice(runs.judging(os.getpid())))
            os.kill(killed[-1], signal.SIGKILL)

    done = module.grade(
        ready, assignment, judge="stub_judges:judge", sandbox=None, workers=2, progress=disturb
    )
    assert len(set(killed)) == len(moments)
    assert [v.student for v in done] == runs.CLASS
    times = Counter(runs.judged(tmp_path))
    assert set(times) == set(runs.CLASS) and times.total() <= len(runs.CLASS) + len(killed)
    lost = {v.student for v in done if "retry" in v.extra}  # two kills on one, by chance
    again = runs.finish_in_threads(ready, assignment)
    assert {v.student for v in again if "resumed" not in v.extra} == lost
    assert runs.marks(ready) == undisturbed


@pytest.mark.sandbox
def test_the_real_judge_loses_a_worker_then_its_coordinator(runs, tmp_path):
    course = courses.create(tmp_path / "course", "rnn", ["bptt"])
    released = release(course, "bptt")
    source = notebooks.read(released.source)
    for number, level in enumerate(["solved", "part", "solved"]):
        folder = course.root / f"submitted/student-{number}/bptt"
        folder.mkdir(parents=True)
        nb = for_student(load("bptt"), source, level)
        (folder / "bptt.ipynb").write_text(notebooks.dumps(nb))
    (course.root / "grading.secret").write_text("ef" * 32)
    other = courses.open(shutil.copytree(course.root, tmp_path / "undisturbed"))
    module.grade(other, "bptt", workers=2)
    command = [sys.executable, "-m", "autograder", "grade", "bptt", "--workers", "2"]
    run = subprocess.Popen(
        [*command, "-c", str(course.root)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        runs.wait_for(lambda: runs.judging(run.pid), run)
        os.kill(runs.judging(run.pid)[0], signal.SIGKILL)
        runs.wait_for(lambda: runs.recorded(course, "bptt"), run)
        workers = runs.judging(run.pid)
    finally:
        run.kill()
        run.communicate()
    for worker in workers:
        runs.gone(worker)
    before = runs.recorded(course, "bptt")
    assert before and len(before) < 3
    again = module.grade(course, "bptt", workers=2)
    assert {v.student for v in again if "resumed" in v.extra} == before
    assert runs.marks(course, "bptt") == runs.marks(other, "bptt")
    assert len({v.points for v in again}) > 1 and all(v.points for v in again)
