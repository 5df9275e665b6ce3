"""The gradebook in PostgreSQL: a real server, made for this test and thrown away after it."""

from contextlib import nullcontext

import sqlalchemy
from nbgrader.api import Gradebook

from autograder.gradebook import course as courses
from autograder.gradebook import database
from autograder.gradebook import grade as module
from autograder.gradebook.release import release


def test_a_course_in_postgresql(tmp_path, assignment, solutions, stand_ins, postgresql):
    course = courses.create(tmp_path / "course", "rnn", ["tiny"], db_url=postgresql)
    release(course, assignment, solutions=solutions)
    stand_ins.hand_in(course, "ada", **stand_ins.RIGHT)
    stand_ins.hand_in(course, "ben", double="half")
    stand_ins.hand_in(course, "cyd", b"{")
    done = module.grade(course, assignment, sandbox=nullcontext(), judge=stand_ins.judge)
    assert [v.points for v in done] == [5, 1, 0]
    again = module.grade(course, assignment, sandbox=nullcontext(), judge=stand_ins.judge)
    assert all("resumed" in v.extra for v in again)
    with Gradebook(postgresql, "rnn") as gradebook:
        assert gradebook.find_submission("tiny", "ada").score == 5
    assert not (course.root / "gradebook.db").exists()
    reopened = courses.open(course.root)
    assert reopened == course
    with database.engine(postgresql) as engine, engine.begin() as connection:
        connection.execute(sqlalchemy.text("DROP TABLE alembic_version"))
    courses.open(course.root)  # half made, and mended
    with database.engine(postgresql) as engine, engine.connect() as connection:
        version = connection.execute(sqlalchemy.text("SELECT version_num FROM alembic_version"))
        assert version.scalar() == database.schema_version()
