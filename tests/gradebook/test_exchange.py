"""nbgrader's exchange, run for real: released, fetched, handed in, collected, graded."""

import json
import os
import subprocess
import sys
from contextlib import nullcontext

import pytest

from autograder.gradebook import attempts, counting
from autograder.gradebook.collect import collect
from autograder.reports.export import grades
from autograder.reports.gather import gather, write_feedback

# one process for all commands: nbgrader takes longer to load than to do any of them
PROGRAM = """
import json, os, shutil, sys
from jupyter_core.application import NoStart
from nbgrader.apps import NbGraderApp
for folder, command in json.load(sys.stdin):
    os.chdir(folder)
    if command[0] == "copy":
        shutil.copy(*command[1:])
        continue
    app = NbGraderApp.instance()
    try:
        app.initialize([*command, *sys.argv[1:]])
        app.start()
    except NoStart:  # how it ends when the command of its own is done
        pass
    except SystemExit as end:
        assert not end.code, (command, end)
    for made in (app.subapp, app):
        type(made).clear_instance()
"""


@pytest.fixture
def exchange(tmp_path):
    """Runs commands of nbgrader with an exchange of its own, each in its folder."""
    root = tmp_path / "exchange"
    root.mkdir()
    root.chmod(0o777)

    def run(*steps):
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONWARNINGS"}
        environment["JUPYTER_DATA_DIR"] = str(tmp_path / "data")
        options = [f"--Exchange.root={root}", f"--Exchange.cache={tmp_path / 'cache'}"]
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, "--course=rnn", *options],
            input=json.dumps([[str(folder), list(map(str, command))] for folder, command in steps]),
            env=environment, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stderr

    run.root = root
    return run


def test_from_release_to_marks(course, assignment, exchange, stand_ins, tmp_path):
    student = tmp_path / "student"
    student.mkdir()
    first, second = tmp_path / "first.ipynb", tmp_path / "second.ipynb"
    first.write_text(json.dumps(stand_ins.answer(course, **stand_ins.RIGHT)))
    second.write_text(json.dumps(stand_ins.answer(course, double="half")))
    said = exchange(
        (course.root, ["release_assignment", "tiny"]),
        (student, ["fetch_assignment", "tiny"]),
        (student, ["copy", "tiny/tiny.ipynb", tmp_path / "fetched.ipynb"]),
        (student, ["copy", first, "tiny/tiny.ipynb"]),
        (student, ["submit", "tiny"]),
        (course.root, ["collect", "tiny"]),
        (student, ["copy", second, "tiny/tiny.ipynb"]),
        (student, ["submit", "tiny"]),
    )
    released = (course.root / "release/tiny/tiny.ipynb").read_bytes()
    assert (tmp_path / "fetched.ipynb").read_bytes() == released
    assert "Collecting submission" in said
    (who,) = course.students("tiny")
    run = {"sandbox": nullcontext(), "judge": stand_ins.judge}
    counting.grade(course, assignment, **run)
    (row,) = [r for r in grades(course, ["tiny"]) if r.student == who]
    assert row.points == 5 and row.submitted
    (attempt,) = attempts.kept(course, assignment, who)
    assert attempt.arrived.clock is attempts.Clock.PLATFORM
    secret = course.root / "submitted" / who / "tiny/submission_secret.txt"
    first_secret = secret.read_text()
    assert attempt.arrived.secret == first_secret != ""

    # of two hand-ins nbgrader collects the last; ours are both kept
    inbound = exchange.root / "rnn/inbound"
    assert len(list(inbound.iterdir())) == 2
    done = collect(course, assignment, inbound)
    assert [t.student for t in done.taken] == [who] and not done.refused
    assert len(attempts.kept(course, assignment, who)) == 2
    # under which nbgrader gives back the feedback on this hand-in, and no other
    assert secret.read_text() == attempts.kept(course, assignment, who)[1].arrived.secret
    assert secret.read_text() != first_secret
    counting.grade(course, assignment, **run)
    (row,) = [r for r in grades(course, ["tiny"]) if r.student == who]
    assert row.points == 1

    # feedback goes back to whom it belongs; who handed in elsewhere is named, and stops nobody
    stand_ins.hand_in(course, "aaron", **stand_ins.RIGHT)
    stand_ins.hand_in(course, "zoe", **stand_ins.RIGHT)
    counting.grade(course, assignment, **run)
    write_feedback(course, assignment, gather(course, assignment).results, lambda *_: None)
    said = exchange(
        (course.root, ["release_feedback", "tiny"]), (student, ["fetch_feedback", "tiny"])
    )
    assert "the hand-in of 'aaron' did not come" in said and "hand-in of 'zoe' did not" in said
    assert f"the hand-in of '{who}'" not in said
    (page,) = (student / "tiny/feedback").glob("*/tiny.html")
    assert page.read_bytes() == (course.root / "feedback" / who / "tiny/tiny.html").read_bytes()

    # a folder that names another student is theirs only if they own it
    forged = inbound / "alice+tiny+2026-11-30 22:00:00.000000 UTC+1a2b"
    forged.mkdir()
    (forged / "tiny.ipynb").write_text("{}")
    done = collect(course, assignment, inbound)
    assert [t.student for t in done.taken] == [who]
    assert "'alice'" in done.refused[0].why and not (course.root / "submitted/alice").exists()
