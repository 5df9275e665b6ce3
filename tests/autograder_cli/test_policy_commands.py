import csv
import io
import json
import zipfile

import pytest

from autograder.cli import roster
from autograder.gradebook import attempts, lateness
from autograder.verdict import Outcome, SubmissionVerdict, Verdict


@pytest.fixture
def people(course):
    roster.enter(course, [{"id": who} for who in ("ada", "ben")])
    return course


def test_a_policy_is_set_and_said(run, people):
    done = run("policy", "--zone", "Europe/Vienna", "-c", people.root)
    assert done.exit_code == 0
    done = run(
        "policy", "bptt", "--due", "2026-12-01 23:59", "--grace", 15, "--percent-per-day", 10,
        "--days", 5, "--counts", "best", "-c", people.root, "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    (said,) = json.loads(done.stdout)
    assert said["due"] == "2026-12-01T22:59:00+00:00" and said["rule"]["counts"] == "best"
    assert "due Tue 1 Dec 2026, 23:59 (Europe/Vienna)" in done.stderr
    again = run("policy", "bptt", "-c", people.root)
    assert "each day begun costs 10 % of the points earned" in again.output
    done = run("policy", "bptt", "--due", "none", "--days", "-1", "-c", people.root)
    assert "no due date" in done.output and "nothing is earned" not in done.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--due", "2026-12-01"], "--due needs an assignment"),
        (["nothing"], "no assignment of"),
        (["bptt", "--due", "soon"], "no time such as"),
        (["bptt", "--zone", "Mars"], "no time zone"),
        (["bptt", "--percent-per-day", "101"], "from 0 to 100"),
        (["bptt", "--counts", "first"], "last or best"),
        (["bptt", "--plugin", "no.Such"], "is no nbgrader"),
    ],
)
def test_a_policy_that_cannot_be_changes_nothing(run, people, arguments, words):
    done = run("policy", *arguments, "-c", people.root)
    assert done.exit_code == 2 and words in done.stderr
    assert not (people.root / "policies.json").exists()
    assert lateness.due_date(people, "bptt") is None


def test_an_extension_and_an_excuse(run, people):
    until = ["--until", "2026-12-05", "--student", "ada", "-c", people.root]
    done = run("extend", "bptt", *until)
    assert done.exit_code == 2 and "nothing to extend" in done.stderr
    run("policy", "bptt", "--due", "2026-12-01", "-c", people.root)
    done = run("extend", "bptt", *until, "--why", "ill")
    assert done.exit_code == 0 and "Sat 5 Dec 2026, 23:59 (UTC)" in done.output
    assert run("excuse", "bptt", "-s", "ben", "-c", people.root).exit_code == 0
    for command in (["extend", "--until", "2026-12-05"], ["excuse"]):
        done = run(command[0], "bptt", *command[1:], "-s", "bne", "-c", people.root)
        assert done.exit_code == 2 and "'bne' is neither" in done.stderr
    done = run("extend", "bptt", "--until", "2026-11-01", "-s", "ada", "-c", people.root)
    assert done.exit_code == 2 and "before it is due" in done.stderr
    said = run("history", "bptt", "--student", "ada", "-c", people.root).output
    assert "extension until Sat 5 Dec 2026, 23:59 (UTC) (ill)" in said and "ben" not in said
    assert "due none → Tue 1 Dec 2026, 23:59 (UTC)" in said
    run("extend", "bptt", "--until", "none", "-s", "ada", "-c", people.root)
    run("excuse", "bptt", "-s", "ben", "--undo", "-c", people.root)
    (rule,) = json.loads(run("policy", "bptt", "--json", "-c", people.root).stdout)
    assert rule["extensions"] == {} and rule["excused"] == []


WORKSHEET = """\
Identifier,Full name,ID number,Status,Grade,Maximum grade,Grade can be changed,\
Last modified (submission),Last modified (grade),Feedback comments
Participant 7,Ada Lovelace,ada,Submitted for grading,,40.00,Yes,\
"Wednesday, 2 December 2026, 1:05 AM",-,
Participant 8,Ben M,ben,No submission,,40.00,Yes,-,-,
"""


@pytest.fixture
def moodle(people, tmp_path):
    """A worksheet and a zip with Ada's blank notebook."""
    sheet, hand_ins = tmp_path / "worksheet.csv", tmp_path / "moodle.zip"
    sheet.write_text(WORKSHEET)
    released = people.root / "release/bptt/bptt.ipynb"
    with zipfile.ZipFile(hand_ins, "w") as archive:
        archive.write(released, "Ada Lovelace_7_assignsubmission_file/bptt.ipynb")
    return sheet, hand_ins


def test_there_and_back_with_moodle(run, people, moodle, tmp_path):
    sheet, hand_ins = moodle
    at = ["-c", people.root]
    run("policy", "bptt", "--due", "2026-12-01 23:59", "--percent-per-day", 10, *at)
    done = run("collect", "bptt", "--from", hand_ins, "--lms-csv", sheet, *at)
    assert done.exit_code == 0, done.output + done.stderr
    record_by_hand(people)
    done = run("export", "bptt", "--lms-csv", sheet, "--to", tmp_path / "up.csv", *at)
    assert done.exit_code == 1 and "Ben M (8): nothing handed in" in done.stderr
    rows = list(csv.DictReader(io.StringIO((tmp_path / "up.csv").read_text())))
    assert [row["Grade"] for row in rows] == ["18.00", ""]  # 20, less one day
    assert rows[0]["Feedback comments"] == "18 of 40 points, 2 taken off for being late."
    book = tmp_path / "gradebook.csv"
    book.write_text("First name,Last name,Email address\nAda,Lovelace,ada@example.org\n")
    done = run("feedback", "bptt", "--lms-csv", book, "--zip", tmp_path / "f.zip", *at)
    assert done.exit_code == 2 and "worksheet" in done.stderr
    assert not list(people.root.glob("feedback/*"))  # refused before a page was written
    done = run("feedback", "bptt", "--lms-csv", sheet, "--zip", tmp_path / "f.zip", *at)
    assert done.exit_code == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "f.zip") as archive:
        (name,) = archive.namelist()
        assert name == "Ada Lovelace_7_assignsubmission_file/bptt-feedback.html"
        assert "1 h 6 min late" in archive.read(name).decode()
    assert run("feedback", "bptt", "--zip", tmp_path / "f.zip", *at).exit_code == 2
    assert run("export", "--lms-csv", sheet, "--to", tmp_path / "x.csv", *at).exit_code == 2
    done = run("handed-in", "bptt", "--student", "ada", "--at", "2026-12-03 12:00", *at)
    assert done.exit_code == 0 and "penalties changed: 1" in done.output
    told = run("history", "bptt", "--student", "ada", *at).output
    assert "attempt 1" in told and "16 points" in told


def record_by_hand(course):
    """Half of the points for everything, as a judge would say."""
    from autograder.assignments import load
    from autograder.gradebook import clock, notebooks
    from autograder.gradebook.record import record

    assignment = load("bptt")
    items = tuple(
        Verdict(i.cell, i.title, Outcome.PARTLY, i.max_points / 2, i.max_points)
        for i in assignment.items
    )
    verdict = SubmissionVerdict("ada", "bptt", 1, items)
    attempt = attempts.current(course, assignment, "ada")
    nb = notebooks.read(attempt.notebook)
    when = clock.naive(attempt.arrived.when)
    record(course, assignment, verdict, nb, submitted_at=when)


def test_a_class_list_of_a_platform(run, course, moodle):
    sheet, _ = moodle
    done = run("roster", sheet, "-c", course.root)
    assert done.exit_code == 2 and "--id-column" in done.stderr
    done = run("roster", sheet, "--id-column", "ID number", "-c", course.root)
    assert done.exit_code == 0 and "2 students" in done.output


def test_init_takes_it_too(run, moodle, tmp_path):
    done = run("init", tmp_path / "n", "--students", moodle[0], "--id-column", "ID number")
    assert done.exit_code == 0 and "with 2 students" in done.output
