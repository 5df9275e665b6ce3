"""Runs that are killed at any moment: the next one ends with the marks of an undisturbed one."""

import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.gradebook import course as courses
from autograder.gradebook import grade as module
from autograder.gradebook import verdicts

HERE = Path(__file__).parent
WORKERS = 2
CLASS = [f"student-{n:02d}" for n in range(12)]
PROGRAM = """
import sys
sys.path[:0] = {path!r}
import tiny_for_children
from autograder.gradebook import course, grade
grade.grade(course.open({root!r}), tiny_for_children.tiny(), judge="stub_judges:judge",
            sandbox=None, workers=2)
"""


@pytest.fixture
def ready(course, hand_in, tmp_path, monkeypatch):
    """A class that is handed in, some of it half right, and the file that judges write to."""
    monkeypatch.setenv("STUB_LOG", str(tmp_path / "judged"))
    monkeypatch.setenv("STUB_SECONDS", "0.02")
    for number, student in enumerate(CLASS):
        hand_in(student, **({"double": "half"} if number % 3 else {}))
    (tmp_path / "tiny_for_children.py").write_text(
        "import importlib.util\n"
        f"path = {str(HERE.parent / 'gradebook/conftest.py')!r}\n"
        "spec = importlib.util.spec_from_file_location('t', path)\n"
        "module = importlib.util.module_from_spec(spec)\nspec.loader.exec_module(module)\n"
        "tiny = module.tiny\n"
    )
    return course


def begin(course, tmp_path):
    """A run in a process of its own."""
    path = [str(tmp_path), str(HERE), str(HERE.parent / "gradebook")]
    program = PROGRAM.format(path=path, root=str(course.root))
    return subprocess.Popen(
        [sys.executable, "-c", program], cwd=HERE.parents[1], stderr=subprocess.PIPE, text=True
    )


def finish(course, assignment):
    """A run to the end, in this process."""
    return module.grade(course, assignment, judge="stub_judges:judge", sandbox=None, workers=2)


def marks(course):
    """All that the gradebook and the verdicts say, but for when and by which run."""
    found = {}
    with Gradebook(course.db_url, "rnn") as gradebook:
        for submission in gradebook.assignment_submissions("tiny"):
            (nb,) = submission.notebooks
            assert submission.student_id not in found, "a student is there twice"
            found[submission.student_id] = [
                *sorted((g.name, g.auto_score, g.needs_manual_grade) for g in nb.grades),
                *sorted((c.name, c.auto_comment) for c in nb.comments),
            ]
    for student in found:
        verdict = verdicts.read(course.root / f"autograded/{student}/tiny/tiny.verdict.json")
        assert verdict is not None
        found[student] += [verdict.seed, verdict.verdicts, verdict.basis]
    return found


def copied(course, to):
    shutil.copytree(course.root, to)
    return courses.open(to)


def judged(tmp_path):
    log = tmp_path / "judged"
    return log.read_text().split() if log.exists() else []


def wait_for(condition, run, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition() and run.poll() is None and time.monotonic() < end:
        time.sleep(0.002)


def gone(pid, seconds=20.0):
    end = time.monotonic() + seconds
    while state(pid) not in "ZX":
        assert time.monotonic() < end, "a worker outlives its run"
        time.sleep(0.01)


def state(pid):
    """The process's letter in /proc; "X" where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def recorded(course):
    return {p.parts[-3] for p in course.root.glob("autograded/*/tiny/tiny.verdict.json")}


@pytest.fixture
def undisturbed(ready, assignment, tmp_path):
    """The marks of a run that nobody kills, with the same secret as the others."""
    other = copied(ready, tmp_path / "undisturbed")
    (other.root / "grading.secret").write_text("ab" * 32)
    (ready.root / "grading.secret").write_text("ab" * 32)
    finish(other, assignment)
    (tmp_path / "judged").unlink()
    return marks(other)


def test_coordinator_killed_at_random_points(ready, assignment, undisturbed, tmp_path):
    rng = random.Random(20)
    allowed = Counter(dict.fromkeys(CLASS, 1))
    for kill in range(3):
        run = begin(ready, tmp_path)
        start = len(judged(tmp_path))
        target = start + rng.randint(1, 4)
        wait_for(lambda target=target: len(judged(tmp_path)) >= target, run)
        time.sleep(rng.random() * 0.05)
        workers = judging(run.pid)
        run.kill()
        run.communicate()
        for worker in workers:  # its judges see that nobody is left to answer
            gone(worker)
        done = recorded(ready)
        for student in set(judged(tmp_path)) - done:
            allowed[student] = 1 + Counter(judged(tmp_path))[student]
        assert len(done) <= len(CLASS), kill
    again = finish(ready, assignment)
    assert marks(ready) == undisturbed
    times = Counter(judged(tmp_path))
    assert set(times) == set(CLASS)
    assert all(times[s] <= allowed[s] for s in CLASS)  # what was written is never judged again
    assert sum("resumed" in v.extra for v in again) == len(done)
    assert all("resumed" in v.extra for v in finish(ready, assignment))


@pytest.mark.parametrize("step", ["transaction", "write_text"])
def test_stopped_between_two_steps_of_writing(
    ready, assignment, undisturbed, tmp_path, monkeypatch, step
):
    """Between gradebook and notebook, and between notebook and verdict."""
    from autograder.gradebook import record

    real_text, real_verdict = record.files.write_text, record.verdicts.write
    count = Counter()

    def stop(name, real):
        def call(*arguments, **options):
            count[name] += 1
            if count[name] == 5:
                raise KeyboardInterrupt
            return real(*arguments, **options)

        return call

    with monkeypatch.context() as patched:
        if step == "write_text":
            patched.setattr(record.files, "write_text", stop(step, real_text))
        elif step == "verdicts.write":
            patched.setattr(record.verdicts, "write", stop(step, real_verdict))
        else:
            patched.setattr(record, "_enter", stop(step, record._enter))
        with pytest.raises(KeyboardInterrupt):
            finish(ready, assignment)
    before = recorded(ready)
    again = finish(ready, assignment)
    assert marks(ready) == undisturbed
    assert {v.student for v in again if "resumed" in v.extra} == before


def judging(coordinator):
    """Process ids of the workers of a run: children of its fork server."""
    parents = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] not in "ZX":
            parents[int(pid)] = int(fields[1])
    servers = {p for p, parent in parents.items() if parent == coordinator}
    return sorted(p for p, parent in parents.items() if parent in servers)
