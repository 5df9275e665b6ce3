"""The gradebook in PostgreSQL: a real server, made for this test and thrown away after it."""

import os
import shutil
import subprocess
import tempfile
from contextlib import nullcontext
from pathlib import Path

import pytest
import sqlalchemy
from nbgrader.api import Gradebook

from autograder.gradebook import course as courses
from autograder.gradebook import database
from autograder.gradebook import grade as module
from autograder.gradebook.release import release

FOUND = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [
    Path(path) for path in [shutil.which("initdb")] if path
]
pytestmark = pytest.mark.skipif(not FOUND, reason="no PostgreSQL server here: make system")


@pytest.fixture
def address():
    """A server on a socket in a folder of its own, so that no port is taken."""
    # the socket's path has a limit of 107 characters, and root must not own the server
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = tempfile.mkdtemp(prefix="pg-", dir="/tmp")
    if as_postgres:
        shutil.chown(folder, "postgres")
    control = [*as_postgres, str(FOUND[-1].with_name("pg_ctl")), "-D", f"{folder}/data", "-s", "-w"]
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run([*control, "initdb", "-o", "-U grader -A trust"], **quiet)
    subprocess.run([*control, "start", "-o", options, "-l", f"{folder}/log"], **quiet)
    try:
        yield f"postgresql+psycopg2://grader@/postgres?host={folder}"
    finally:
        subprocess.run([*control, "stop", "-m", "immediate"], **quiet)
        shutil.rmtree(folder)


def test_a_course_in_postgresql(tmp_path, assignment, solutions, stand_ins, address):
    course = courses.create(tmp_path / "course", "rnn", ["tiny"], db_url=address)
    release(course, assignment, solutions=solutions)
    stand_ins.hand_in(course, "ada", **stand_ins.RIGHT)
    stand_ins.hand_in(course, "ben", double="half")
    stand_ins.hand_in(course, "cyd", b"{")
    done = module.grade(course, assignment, sandbox=nullcontext(), judge=stand_ins.judge)
    assert [v.points for v in done] == [5, 1, 0]
    again = module.grade(course, assignment, sandbox=nullcontext(), judge=stand_ins.judge)
    assert all("resumed" in v.extra for v in again)
    with Gradebook(address, "rnn") as gradebook:
        assert gradebook.find_submission("tiny", "ada").score == 5
    assert not (course.root / "gradebook.db").exists()
    reopened = courses.open(course.root)
    assert reopened == course
    with database.engine(address) as engine, engine.begin() as connection:
        connection.execute(sqlalchemy.text("DROP TABLE alembic_version"))
    courses.open(course.root)  # half made, and mended
    with database.engine(address) as engine, engine.connect() as connection:
        version = connection.execute(sqlalchemy.text("SELECT version_num FROM alembic_version"))
        assert version.scalar() == database.schema_version()
