"""A Dask cluster of real processes and a real PostgreSQL give the marks of one machine."""

import os
import shutil
import subprocess
import sys
import time
from collections import Counter

import pytest
from nbgrader.api import Gradebook

from autograder.gradebook import course as courses
from autograder.gradebook import grade as module
from autograder.grading import cluster, fingerprint, remote
from autograder.grading.cluster import ClusterError
from autograder.grading.remote import VersionMismatch
from autograder.grading.task import Setup, Task

JUDGE = "stub_judges:judge"


def marks(course):
    found = {}
    with Gradebook(course.db_url, "rnn") as gradebook:
        for submission in gradebook.assignment_submissions("tiny"):
            (nb,) = submission.notebooks
            found[submission.student_id] = [
                *sorted((g.name, g.auto_score, g.needs_manual_grade) for g in nb.grades),
                *sorted((c.name, c.auto_comment) for c in nb.comments),
            ]
    return found


def test_a_worker_of_another_version_refuses(assignment, course):
    release = course.notebook("release", assignment).read_text()
    setup = Setup(assignment, release, JUDGE, None, fingerprint="of another commit")
    with pytest.raises(VersionMismatch, match="rnncourse"):
        remote.grade(setup, Task("ada", 1))
    assert remote.about(setup)["fingerprint"] == fingerprint.of_all(assignment)


@pytest.fixture
def dask(tmp_path, monkeypatch):
    """Starts a scheduler, and workers of it, as the documentation says; gives the address."""
    monkeypatch.setenv("STUB_LOG", str(tmp_path / "judged"))
    started = []

    def start(*arguments, ready):
        said = tmp_path / f"log-{len(started)}"
        command = [sys.executable, "-W", "ignore", "-m", "dask", *arguments, "--no-dashboard"]
        with said.open("w") as log:
            run = subprocess.Popen(command, cwd=tmp_path, env=environment(), stdout=log, stderr=log)
        started.append(run)
        end = time.monotonic() + 60
        while ready not in (text := said.read_text()):
            assert run.poll() is None and time.monotonic() < end, text
            time.sleep(0.05)
        return text

    def cluster_of(workers):
        said = start("scheduler", "--host", "127.0.0.1", "--port", "0", ready="Scheduler at:")
        address = next(w for w in said.split() if w.startswith("tcp://127.0.0.1"))
        for _ in range(workers):
            start("worker", address, "--nthreads", "1", "--no-nanny", ready="Registered to:")
        return address, started

    yield cluster_of
    for run in reversed(started):
        run.kill()
    for run in started:
        run.wait()


def environment():
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    return {**os.environ, "PYTHONPATH": path}


@pytest.mark.filterwarnings("ignore")
def test_two_workers_and_postgresql_give_the_marks_of_this_machine(
    course, assignment, solutions, hand_in, tmp_path, dask, postgresql
):
    from autograder.gradebook.release import release

    other = courses.create(tmp_path / "other", "rnn", ["tiny"], db_url=postgresql)
    release(other, assignment, solutions=solutions)
    for place in (course, other):
        (place.root / "grading.secret").write_text("cd" * 32)
    for number in range(8):
        hand_in(f"student-{number}", **({"double": "half"} if number % 2 else {}))
    hand_in("broken", b"{")
    hand_in("fatal", why="KILL THE WORKER")
    hand_in("unlucky", double="half", why="LEAVE ONCE")
    shutil.copytree(course.root / "submitted", other.root / "submitted", dirs_exist_ok=True)
    address, _ = dask(2)
    far = module.grade(other, assignment, judge=JUDGE, sandbox=None, scheduler=address)
    assert {v.student: v.points for v in far}["student-0"] == 5
    again = module.grade(other, assignment, judge=JUDGE, sandbox=None, scheduler=address)
    assert [v.student for v in again if "resumed" not in v.extra] == ["fatal"]
    (tmp_path / "judged").unlink()
    near = module.grade(course, assignment, judge=JUDGE, sandbox=None, workers=2)
    assert marks(course) == marks(other)
    assert [v.seed for v in near] == [v.seed for v in far]
    assert not (other.root / "gradebook.db").exists()


@pytest.mark.filterwarnings("ignore")
def test_a_machine_that_is_lost_costs_nothing(course, assignment, hand_in, dask, monkeypatch):
    monkeypatch.setenv("STUB_SECONDS", "0.1")
    for number in range(8):
        hand_in(f"student-{number}")
    address, started = dask(2)

    def lose(done, total, student):
        if done == 2:
            started[-1].kill()

    done = module.grade(
        course, assignment, judge=JUDGE, sandbox=None, scheduler=address, progress=lose
    )
    assert [v.points for v in done] == [5] * 8 and started[-1].wait() == -9


@pytest.mark.filterwarnings("ignore")
def test_a_lost_scheduler_ends_the_run_and_the_same_command_goes_on(
    course, assignment, hand_in, dask, monkeypatch, tmp_path
):
    monkeypatch.setenv("STUB_SECONDS", "0.1")
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 3.0)
    monkeypatch.setattr(cluster, "LOOK_SECONDS", 0.5)
    students = {f"student-{number}" for number in range(8)}
    for student in students:
        hand_in(student)
    address, started = dask(2)
    seen = []

    def lose(done, total, student):
        seen.append(student)
        if done == 2:
            started[0].kill()

    def grade(address, progress=None):
        done = module.grade(
            course, assignment, judge=JUDGE, sandbox=None, scheduler=address, progress=progress
        )
        return {v.student: v for v in done}

    with pytest.raises(ClusterError, match="is graded is kept, and the same command goes on"):
        grade(address, lose)
    assert len(seen) < len(students)
    again = grade(dask(1)[0])
    assert {s for s, v in again.items() if "resumed" in v.extra} == set(seen)
    assert {s: v.points for s, v in again.items()} == dict.fromkeys(students, 5)
    counts = Counter((tmp_path / "judged").read_text().split())
    assert all(counts[s] == 1 for s in seen) and max(counts.values()) <= 2


@pytest.mark.filterwarnings("ignore")
def test_what_is_said_where_a_cluster_cannot_be_used(
    course, assignment, hand_in, dask, monkeypatch
):
    hand_in("ada")
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)

    def grade(address):
        module.grade(course, assignment, judge=JUDGE, sandbox=None, scheduler=address)

    with pytest.raises(ClusterError, match=r"no Dask scheduler answers at tcp://127.0.0.1:9 "):
        grade("tcp://127.0.0.1:9")
    with pytest.raises(ClusterError, match="nowhere"):
        grade("nowhere")
    address, _ = dask(0)
    with pytest.raises(ClusterError, match="has no worker; start some with `dask worker tcp"):
        grade(address)
    with pytest.raises(ValueError, match="by name"):
        module.grade(course, assignment, judge=lambda: None, scheduler=address)


@pytest.mark.filterwarnings("ignore")
def test_another_version_on_a_worker_stops_the_run(course, assignment, hand_in, dask, monkeypatch):
    hand_in("ada")
    address, _ = dask(1)
    monkeypatch.setattr(fingerprint, "of_all", lambda assignment: "of another commit")
    with pytest.raises(ClusterError, match="another version of the grader or of the assignment"):
        module.grade(course, assignment, judge=JUDGE, sandbox=None, scheduler=address)
    assert not list(course.root.glob("autograded/*"))
