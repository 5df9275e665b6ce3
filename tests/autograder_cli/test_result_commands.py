import csv
import io
import json
import shutil

import pytest

from autograder.assignments import load
from autograder.gradebook import notebooks
from autograder.gradebook.record import record
from autograder.verdict import Outcome, SubmissionVerdict, Verdict


@pytest.fixture
def graded(course):
    """ada is graded; ben has handed in and is not."""
    bptt = load("bptt")
    released = course.notebook("release", bptt)
    for student in ("ada", "ben"):
        course.folder("submitted", "bptt", student).mkdir(parents=True)
        shutil.copy(released, course.folder("submitted", "bptt", student))
    verdicts = tuple(Verdict(i.cell, i.title, Outcome.WRONG, 1, i.max_points) for i in bptt.items)
    record(course, bptt, SubmissionVerdict("ada", "bptt", 7, verdicts), notebooks.read(released))
    return course


def test_feedback_writes_pages_and_tells_who_is_left_out(run, graded):
    result = run("feedback", "bptt", "-c", graded.root, "--json")
    assert result.exit_code == 1
    (page,) = json.loads(result.stdout)
    assert page["student"] == "ada"
    assert page["page"].endswith("feedback/ada/bptt/bptt.html")
    assert "not graded yet, and left out: ben" in result.stderr
    assert run("feedback", "bptt", "-c", graded.root, "-s", "ada").exit_code == 0


def test_report_goes_where_it_is_wanted(run, graded, tmp_path):
    to = tmp_path / "deep" / "class.html"
    result = run("report", "bptt", "-c", graded.root, "--to", to)
    assert str(to) in result.stdout
    assert "Class report" in to.read_text("utf-8")


def test_report_as_json_and_as_a_table(run, graded, tmp_path):
    data = json.loads(run("report", "bptt", "-c", graded.root, "--format", "json").stdout)
    assert [s["student"] for s in data["students"]] == ["ada"]
    run("report", "bptt", "-c", graded.root, "--table", "items", "--to", tmp_path / "items.csv")
    assert (tmp_path / "items.csv").read_bytes().startswith(b"cell,title,max_points,")


def test_similar_says_what_it_compared(run, graded):
    result = run("similar", "bptt", "-c", graded.root, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["compared"] == 1


def test_export_to_stdout_is_csv_or_json_alone(run, graded):
    table = list(csv.reader(io.StringIO(run("export", "-c", graded.root).stdout)))
    assert table[0][:2] == ["assignment", "student_id"]
    assert [row[1] for row in table[1:]] == ["ada"]
    tree = json.loads(run("export", "bptt", "-c", graded.root, "--format", "json").stdout)
    assert tree[0]["points"] == len(load("bptt").items)  # one each


def test_export_follows_the_files_ending(run, graded, tmp_path):
    assert run("export", "-c", graded.root, "--to", tmp_path / "g.json").exit_code == 0
    assert json.loads((tmp_path / "g.json").read_text("utf-8"))[0]["student"] == "ada"
    run("export", "-c", graded.root, "--to", tmp_path / "g.csv")
    assert (tmp_path / "g.csv").read_bytes().startswith(b"assignment,student_id,")


def test_export_of_what_is_not_there(run, graded):
    result = run("export", "nope", "-c", graded.root)
    assert result.exit_code == 2
    assert "'nope' is not in the gradebook" in result.stderr
