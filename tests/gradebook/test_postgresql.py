"""The gradebook in PostgreSQL, where AUTOGRADER_TEST_POSTGRESQL gives an empty one's address."""

import os
from contextlib import nullcontext

import pytest
import sqlalchemy
from nbgrader.api import Base, Gradebook

from autograder.gradebook import course as courses
from autograder.gradebook import database
from autograder.gradebook import grade as module
from autograder.gradebook.release import release

ADDRESS = os.environ.get("AUTOGRADER_TEST_POSTGRESQL", "")
pytestmark = pytest.mark.skipif(not ADDRESS, reason="AUTOGRADER_TEST_POSTGRESQL names no database")


@pytest.fixture
def emptied():
    yield
    engine = sqlalchemy.create_engine(ADDRESS)
    Base.metadata.drop_all(engine)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("DROP TABLE IF EXISTS alembic_version"))
        for kind in ("grade_cell_type", "source_cell_type"):
            connection.execute(sqlalchemy.text(f"DROP TYPE IF EXISTS {kind}"))
    engine.dispose()


def test_a_course_in_postgresql(tmp_path, assignment, solutions, stand_ins, emptied):
    course = courses.create(tmp_path / "course", "rnn", ["tiny"], db_url=ADDRESS)
    release(course, assignment, solutions=solutions)
    stand_ins.hand_in(course, "ada", **stand_ins.RIGHT)
    stand_ins.hand_in(course, "ben", double="half")
    stand_ins.hand_in(course, "cyd", b"{")
    done = module.grade(course, assignment, sandbox=nullcontext(), judge=stand_ins.judge)
    assert [v.points for v in done] == [5, 1, 0]
    again = module.grade(course, assignment, sandbox=nullcontext(), judge=stand_ins.judge)
    assert all("resumed" in v.extra for v in again)
    with Gradebook(ADDRESS, "rnn") as gradebook:
        assert gradebook.find_submission("tiny", "ada").score == 5
    assert not (course.root / "gradebook.db").exists()
    reopened = courses.open(course.root)
    assert reopened == course
    with database.engine(ADDRESS) as engine, engine.begin() as connection:
        connection.execute(sqlalchemy.text("DROP TABLE alembic_version"))
    courses.open(course.root)  # half made, and mended
    with database.engine(ADDRESS) as engine, engine.connect() as connection:
        version = connection.execute(sqlalchemy.text("SELECT version_num FROM alembic_version"))
        assert version.scalar() == database.schema_version()
