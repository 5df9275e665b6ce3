import json
import shutil

import pytest

from autograder.cli import roster
from autograder.gradebook import course as courses
from autograder.reports.export import grades


def test_init_makes_a_course_and_says_what_comes_next(run, tmp_path):
    result = run("init", tmp_path / "new")
    assert result.exit_code == 0
    assert "autograder release bptt" in result.output
    assert courses.open(tmp_path / "new").course_id == "new"


def test_init_again_is_refused(run, course):
    result = run("init", course.root)
    assert result.exit_code == 2
    assert "is a course already" in result.stderr


def test_init_takes_a_class_list(run, tmp_path):
    file = tmp_path / "roster.csv"
    file.write_text('\ufeffID, Last_Name,email\nada,"L, A",a@x\n\nben,M,\n', "utf-8")
    result = run("init", tmp_path / "new", "--students", file)
    assert result.exit_code == 0
    assert "with 2 students" in result.output
    assert run("release", "bptt", "-c", tmp_path / "new").exit_code == 0
    rows = {row.student: row for row in grades(courses.open(tmp_path / "new"))}
    assert (rows["ada"].last_name, rows["ada"].email) == ("L, A", "a@x")
    assert rows["ben"].first_name == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"name\nada\n", "has no column 'id'; it has name"),
        (b"", "is empty"),
        (b"id\nada\nada\n", "line 3: the id 'ada' is there twice"),
        (b"id,email\n,x@y\n", "line 2: the id is missing"),
        (b"id\n../ada\n", "cannot name a folder"),
        (b"id\na/b\n", "cannot name a folder"),
        (b"id\n\xff\xfe\n", "is not UTF-8"),
    ],
)
def test_a_bad_class_list_makes_no_course(run, tmp_path, text, words):
    file = tmp_path / "roster.csv"
    file.write_bytes(text)
    result = run("init", tmp_path / "new", "--students", file)
    assert result.exit_code == 2
    assert words in result.stderr
    assert not (tmp_path / "new").exists()


def test_entering_a_class_twice_keeps_what_is_not_given(course):
    roster.enter(course, [{"id": "ada", "first_name": "Ada", "last_name": "L", "email": ""}])
    roster.enter(course, [{"id": "ada", "first_name": "", "last_name": "M", "email": "a@x"}])
    (row,) = grades(course)
    assert (row.first_name, row.last_name, row.email) == ("Ada", "M", "a@x")


def test_release_says_what_to_give_to_students(run, course):
    result = run("release", "bptt", "-c", course.root, "--json")
    assert result.exit_code == 0
    made = json.loads(result.stdout)
    assert (made["cells"], made["points"]) == (9, 40)
    assert made["notebook"] == str(course.root / "release" / "bptt" / "bptt.ipynb")
    assert "give students" in result.stderr


def test_collect_takes_and_refuses(run, course, tmp_path):
    released = course.root / "release" / "bptt" / "bptt.ipynb"
    arrived = tmp_path / "hand-ins"
    arrived.mkdir()
    shutil.copy(released, arrived / "ada.ipynb")
    (arrived / "ben.ipynb").symlink_to(released)
    (arrived / "notes.txt").write_text("x")
    result = run("collect", "bptt", "-c", course.root, "--from", arrived, "--json")
    assert result.exit_code == 1
    done = json.loads(result.stdout)
    assert [t["student"] for t in done["taken"]] == ["ada"]
    assert "link" in done["refused"][0]["why"]
    assert "1 submissions: 1 new" in result.stderr
    again = run("collect", "bptt", "-c", course.root, "--from", arrived / "ada.ipynb")
    assert again.exit_code == 0
    assert "1 unchanged" in again.output


def test_collect_needs_a_source_that_exists(run, course, tmp_path):
    assert run("collect", "bptt", "-c", course.root).exit_code == 2
    assert run("collect", "bptt", "-c", course.root, "--from", tmp_path / "no").exit_code == 2
