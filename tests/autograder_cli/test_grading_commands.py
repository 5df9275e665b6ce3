import json
import shutil
from types import SimpleNamespace

import pytest

from autograder.gradebook import grade as grading
from autograder.reports.export import grades
from autograder.verdict import Incident, Outcome, SubmissionVerdict, Verdict


def verdict(student, outcome=Outcome.WRONG, **more):
    item = Verdict("backward-check", "Backward", outcome, 3, 9)
    return SubmissionVerdict(student, "bptt", 7, (item,), **more)


@pytest.fixture
def graded(monkeypatch):
    """Puts these verdicts in the place of a run; what the run was asked for comes back."""
    asked = SimpleNamespace()

    def put(*verdicts):
        def run(course, assignment, students, *, progress, **options):
            asked.students, asked.options = students, options
            for done, one in enumerate(verdicts, start=1):
                progress(done, len(verdicts), one.student)
            return list(verdicts)

        monkeypatch.setattr(grading, "grade", run)
        return asked

    return put


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (verdict("ada"), 0),
        (verdict("ada", Outcome.CRASHED), 0),
        (verdict("ada", Outcome.MISSING), 0),
        (verdict("ada", Outcome.MANUAL), 0),
        (verdict("ada", Outcome.TIMEOUT), 1),
        (verdict("ada", Outcome.MEMORY), 1),
        (verdict("ada", Outcome.REFUSED), 1),
        (verdict("ada", problem="The file is empty."), 1),
        (verdict("ada", incidents=(Incident("restored-cell", "A cell was put back."),)), 1),
    ],
    ids=lambda value: str(value.verdicts[0].outcome) if hasattr(value, "verdicts") else str(value),
)
def test_the_exit_code_says_whether_a_person_must_look(run, course, graded, one, code):
    graded(verdict("ben"), one)
    assert run("grade", "bptt", "-c", course.root).exit_code == code


def test_what_needs_a_look_is_listed(run, course, graded):
    cheat = Incident("opened-gradebook", "tries to open the gradebook", cheat=True)
    graded(
        verdict("ada"), verdict("ben", incidents=(cheat,)), verdict("cy", problem="It is empty.")
    )
    output = run("grade", "bptt", "-c", course.root).stdout
    assert "bptt: 3 graded, median 3 of 9 points" in output
    assert "2 of 3 need your look" in output
    assert "ben (cheat): The notebook tries to open the gradebook." in output
    assert "cy: It is empty." in output


def test_json_is_all_of_stdout(run, course, graded):
    graded(verdict("ada", extra={"resumed": "yes"}))
    result = run("grade", "bptt", "-c", course.root, "--json")
    (tree,) = json.loads(result.stdout)
    assert (tree["student"], tree["points"], tree["seed"]) == ("ada", 3, 7)
    assert tree["verdicts"][0]["outcome"] == "wrong"
    assert "1 of them before" in result.stderr
    assert "grading 1/1  ada" in result.stderr


def test_options_reach_the_run(run, course, graded):
    asked = graded(verdict("ada"))
    options = ("-s", "ada", "-w", "3", "--seed", "11", "--force", "--scheduler", "tcp://far:8786")
    run("grade", "bptt", "-c", course.root, *options)
    assert asked.students == ["ada"]
    assert asked.options == {
        "workers": 3,
        "seed": 11,
        "force": True,
        "sandbox": "bubblewrap",
        "scheduler": "tcp://far:8786",
    }
    run("grade", "bptt", "-c", course.root)
    assert asked.students is None


def test_no_sandbox_is_loud(run, course, graded):
    asked = graded(verdict("ada"))
    result = run("grade", "bptt", "-c", course.root, "--sandbox", "none")
    assert "NO SANDBOX" in result.stderr
    assert asked.options["sandbox"] == "none"
    assert "NO SANDBOX" not in run("grade", "bptt", "-c", course.root).stderr


def test_nothing_to_grade_is_fine(run, course, graded):
    graded()
    result = run("grade", "bptt", "-c", course.root)
    assert result.exit_code == 0
    assert "Nothing was handed in" in result.stdout


@pytest.mark.sandbox
def test_from_hand_ins_to_grades(run, course, tmp_path):
    """The whole path by the commands alone: one blank, one broken, one that says what it did."""
    released = course.root / "release" / "bptt" / "bptt.ipynb"
    arrived = tmp_path / "hand-ins"
    arrived.mkdir()
    shutil.copy(released, arrived / "ada.ipynb")
    (arrived / "ben.ipynb").write_text('{"cells": [')
    at = ("-c", course.root)
    assert run("collect", "bptt", "--from", arrived, *at).exit_code == 0
    result = run("grade", "bptt", *at, "--workers", "1")
    assert result.exit_code == 1, result.output
    assert "ben: The file is not a notebook" in result.stdout
    assert run("feedback", "bptt", *at).exit_code == 0
    assert "could not be graded" in (course.root / "feedback/ben/bptt/bptt.html").read_text("utf-8")
    assert run("report", "bptt", *at).exit_code == 0
    assert run("export", *at, "--to", tmp_path / "grades.csv").exit_code == 0
    assert len((tmp_path / "grades.csv").read_bytes().splitlines()) == 3
    assert {row.student: row.points for row in grades(course)} == {"ada": 0.0, "ben": 0.0}
    again = run("grade", "bptt", *at, "-s", "ada", "--json")
    assert "resumed" in json.loads(again.stdout)[0]["extra"]
