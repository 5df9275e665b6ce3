"""What is asked of the database: few queries for a submission, one pool for a whole run."""

import pytest
from sqlalchemy import event, text

from autograder.gradebook import database, notebooks
from autograder.gradebook.database import DatabaseError
from autograder.gradebook.record import record
from autograder.gradebook.settle import failed


def test_a_submission_takes_few_queries_however_many_cells_it_has(course, assignment):
    nb = notebooks.read(course.notebook("release", assignment))
    asked = []
    with database.kept_open(course.db_url):
        with database.engine(course.db_url) as engine:
            event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        for student in ("ada", "bob"):
            asked.clear()
            record(course, assignment, failed(assignment, student, 1, ValueError("x")), nb)
    of_cells = [query for query in asked if "base_cell" in query and "SELECT" in query]
    assert len(of_cells) < 12
    assert sum("UPDATE grade" in query for query in asked) <= 2
    assert len(asked) < 25


def test_transactions_inside_share_a_pool_and_outside_have_their_own(tmp_path):
    url = f"sqlite:///{tmp_path / 'some.db'}"
    with database.kept_open(url):
        with database.engine(url) as first, database.engine(url) as second:
            assert first is second
        with database.kept_open(url), database.engine(url) as inner:
            assert inner is first
        with database.engine(url) as still:
            assert still is first
    with database.engine(url) as later:
        assert later is not first


def test_a_kept_pool_tells_its_errors_and_goes_on(tmp_path):
    url = f"sqlite:///{tmp_path / 'some.db'}"
    with database.kept_open(url):
        with pytest.raises(DatabaseError, match="no such table"), database.transaction(url) as s:
            s.execute(text("SELECT * FROM no_table"))
        with database.transaction(url) as session:
            assert session.scalar(text("SELECT 1")) == 1
