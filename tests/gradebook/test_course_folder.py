import sqlite3
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.gradebook import course as courses
from autograder.gradebook import database
from autograder.gradebook.course import CourseError
from autograder.gradebook.database import DatabaseError


def test_a_new_course_is_a_whole_gradebook_that_nbgrader_opens(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))  # no alembic to be found
    made = courses.create(tmp_path / "course", "rnn", ["tiny"])
    with Gradebook(made.db_url, "rnn") as gradebook:
        assert gradebook.assignments == []
    with sqlite3.connect(made.root / "gradebook.db") as db:
        assert db.execute("SELECT version_num FROM alembic_version").fetchall() == [
            (database.schema_version(),)
        ]
        assert db.execute("SELECT id FROM course").fetchall() == [("rnn",)]
    db.close()
    assert courses.open(made.root) == made


def test_a_database_that_nbgrader_left_half_made_is_finished(tmp_path, monkeypatch):
    made = courses.create(tmp_path / "course", "rnn", ["tiny"])
    (made.root / "gradebook.db").unlink()
    with monkeypatch.context() as m:
        m.setenv("PATH", str(tmp_path))
        with pytest.raises(FileNotFoundError):
            Gradebook(made.db_url, "rnn")
    courses.open(made.root)
    with sqlite3.connect(made.root / "gradebook.db") as db:
        assert db.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
    db.close()


def test_a_cut_short_init_can_be_repeated(tmp_path):
    made = courses.create(tmp_path / "course", "rnn", ["tiny"])
    (made.root / "nbgrader_config.py").unlink()
    with pytest.raises(CourseError, match="unfinished"):
        courses.open(made.root)
    with pytest.raises(CourseError, match="another course"):
        courses.create(made.root, "other", ["tiny"])
    assert courses.create(made.root, "rnn", ["tiny"]) == made


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda root: (root / "course.json").write_text("{"), "cannot be read"),
        (lambda root: (root / "course.json").write_text('{"course_id": 1}'), "must give"),
        (lambda root: (root / "course.json").unlink(), "not a course"),
    ],
)
def test_a_spoilt_folder_is_named(tmp_path, spoil, says):
    made = courses.create(tmp_path / "course", "rnn", ["tiny"])
    spoil(made.root)
    with pytest.raises(CourseError, match=says):
        courses.open(made.root)


def test_what_is_no_new_folder_is_left_alone(tmp_path: Path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "text.tex").write_text("x")
    with pytest.raises(CourseError, match="not empty"):
        courses.create(tmp_path / "thesis", "rnn", ["tiny"])
    made = courses.create(tmp_path / "course", "rnn", ["tiny"])
    with pytest.raises(CourseError, match="a course already"):
        courses.create(made.root, "rnn", ["tiny"])
    with pytest.raises(CourseError, match="no folder"):
        courses.open(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["", "..", "a/b", "-x", "a b", "x\n", "ü+"])
def test_names_that_lead_elsewhere_are_refused(tmp_path, name):
    with pytest.raises(CourseError, match="no usable name"):
        courses.create(tmp_path / "course", name, [])
    with pytest.raises(CourseError, match="no usable name"):
        courses.create(tmp_path / "course", "rnn", [name])


def test_a_database_of_another_kind_is_refused(tmp_path):
    with sqlite3.connect(tmp_path / "other.db") as db:
        db.execute("CREATE TABLE shop (id INTEGER)")
    db.close()
    with pytest.raises(DatabaseError, match="not nbgrader's"):
        courses.create(tmp_path / "course", "rnn", [], db_url=f"sqlite:///{tmp_path}/other.db")


def test_another_layout_is_refused(tmp_path):
    made = courses.create(tmp_path / "course", "rnn", [])
    with sqlite3.connect(made.root / "gradebook.db") as db:
        db.execute("UPDATE alembic_version SET version_num = 'abc'")
    db.close()
    with pytest.raises(DatabaseError, match="nbgrader db upgrade"):
        courses.open(made.root)


def test_a_bad_address_is_refused_without_its_password(tmp_path):
    with pytest.raises(DatabaseError) as error:
        courses.create(tmp_path / "a", "rnn", [], db_url="nosuch+driver://u:secret@host/db")
    assert "secret" not in str(error.value)
    with pytest.raises(DatabaseError):
        courses.create(tmp_path / "b", "rnn", [], db_url="not an address")
    (tmp_path / "text.db").write_text("this is no database at all, but a long text about one")
    with pytest.raises(DatabaseError, match="not a database"):
        courses.create(tmp_path / "c", "rnn", [], db_url=f"sqlite:///{tmp_path}/text.db")


def test_the_address_may_name_environment_variables(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADES_DIR", str(tmp_path))
    made = courses.create(tmp_path / "course", "rnn", [], db_url="sqlite:///$GRADES_DIR/grades.db")
    assert (tmp_path / "grades.db").exists()
    assert "GRADES_DIR" in (made.root / "course.json").read_text()
    assert made.db_url == f"sqlite:///{tmp_path}/grades.db"
