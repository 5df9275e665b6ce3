"""Runs of a tiny class for tests that kill them: how one begins, ends, and what it has given."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from nbgrader.api import Gradebook

from autograder.gradebook import course as courses
from autograder.gradebook import grade as module
from autograder.gradebook import verdicts

HERE = Path(__file__).parent
CLASS = [f"student-{n:02d}" for n in range(12)]
SERVER = b"autograder.grading.forkserver"
PROGRAM = """
import sys
sys.path[:0] = {path!r}
import tiny_for_children
from autograder.gradebook import course, grade
grade.grade(course.open({root!r}), tiny_for_children.tiny(), judge="stub_judges:judge",
            sandbox=None, workers=2)
"""
TINY = f"""
import importlib.util
spec = importlib.util.spec_from_file_location("t", {str(HERE.parent / "gradebook/conftest.py")!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
tiny = module.tiny
"""


def begin(course, tmp_path):
    """A run in a process of its own."""
    return started(tmp_path, PROGRAM.format(path=path_of(tmp_path), root=str(course.root)))


def started(tmp_path, program, *arguments):
    """A program that can import the tiny assignment and the stubs."""
    (tmp_path / "tiny_for_children.py").write_text(TINY)
    command = [sys.executable, "-W", "ignore", "-c", program, *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=HERE.parents[1], stdout=pipe, stderr=pipe, text=True)


def path_of(tmp_path):
    return [str(tmp_path), str(HERE), str(HERE.parent / "gradebook")]


def stepped(course, tmp_path, act, steps):
    """Runs in which something happens at certain steps; gives what ``stepped_run`` says of each."""
    path = path_of(tmp_path)
    program = f"import sys; sys.path[:0] = {path!r}; import stepped_run; stepped_run.main()"
    run = started(tmp_path, program, str(course.root), act, str(tmp_path), json.dumps(steps))
    said, errors = run.communicate(timeout=100)
    assert run.returncode == 0, errors
    return [json.loads(line) for line in said.splitlines()]


def finish(course, assignment):
    """A run to the end, in this process."""
    return module.grade(course, assignment, judge="stub_judges:judge", sandbox=None, workers=2)


def finish_in_threads(course, assignment):
    """The same without processes, which take most of the time where many runs are to be ended."""
    from stub_judges import judge

    return module.grade(course, assignment, judge=judge, sandbox=None, workers=2)


def marks(course, name="tiny"):
    """All that the gradebook and the verdicts say, but for when and by which run."""
    found = {}
    with Gradebook(course.db_url, course.course_id) as gradebook:
        for submission in gradebook.assignment_submissions(name):
            (nb,) = submission.notebooks
            assert submission.student_id not in found, "a student is there twice"
            found[submission.student_id] = [
                *sorted((g.name, g.auto_score, g.needs_manual_grade) for g in nb.grades),
                *sorted((c.name, c.auto_comment) for c in nb.comments),
            ]
    for student in found:
        verdict = verdicts.read(course.root / f"autograded/{student}/{name}/{name}.verdict.json")
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


def recorded(course, name="tiny"):
    return {p.parts[-3] for p in course.root.glob(f"autograded/*/{name}/{name}.verdict.json")}


def judging(coordinator):
    """Process ids of the workers of a run: children of its fork server."""
    parents, servers = {}, set()
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if fields[0] not in "ZX" and SERVER in line:
            parents[pid] = int(fields[1])
            if parents[pid] == coordinator:
                servers.add(pid)
    return sorted(p for p, parent in parents.items() if parent in servers)
