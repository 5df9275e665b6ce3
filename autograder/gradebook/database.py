"""The gradebook's database: made whole, or repaired, before nbgrader looks at it.

nbgrader makes its tables first and then asks a program called ``alembic`` for the version to write
beside them. Where that program is not on PATH the tables stay without a version, and every later
start takes the half-made database for a finished one. Here the version comes from alembic's own
Python interface, so nothing is looked up.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import sqlalchemy
from alembic.script import ScriptDirectory
from nbgrader import api, dbutil
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

_VERSION = "alembic_version"
_kept: dict[str, sqlalchemy.Engine] = {}  # by address


class DatabaseError(ValueError):
    """The gradebook's database cannot be used; the message says why and what to do."""


@cache
def schema_version() -> str:
    """The version of the database layout that the installed nbgrader writes."""
    return str(ScriptDirectory(dbutil.ALEMBIC_DIR).get_current_head())


@contextmanager
def engine(url: str) -> Iterator[sqlalchemy.Engine]:
    """A connection pool that is closed at the end, or the one that is kept open.

    Raises:
        DatabaseError: where the address is malformed, its driver is missing, or nothing answers.
    """
    kept = _kept.get(url)
    try:
        made = kept or sqlalchemy.create_engine(url, future=True)
    except (SQLAlchemyError, ImportError, ValueError) as error:
        raise DatabaseError(f"cannot use the gradebook at {hidden(url)}: {error}") from error
    try:
        yield made
    except SQLAlchemyError as error:
        said = str(error.__cause__ or error).strip().splitlines()[0]
        raise DatabaseError(f"the gradebook at {hidden(url)} failed: {said}") from error
    finally:
        if kept is None:
            made.dispose()


@contextmanager
def kept_open(url: str) -> Iterator[None]:
    """Keep one connection pool for all transactions inside, such as those of a run.

    Raises:
        DatabaseError: as for ``engine``.
    """
    with engine(url) as made:
        before = _kept.get(url)
        _kept[url] = made
        try:
            yield
        finally:
            if before is None:
                del _kept[url]


@contextmanager
def transaction(url: str) -> Iterator[Session]:
    """A session that is committed at the end, or rolled back whole where anything is raised."""
    with engine(url) as made, Session(made, future=True) as session, session.begin():
        yield session


def prepare(url: str, course_id: str) -> None:
    """Make the tables and the version where they are missing, and the course's row.

    Safe to call on a finished database, and on one whose making was cut short.

    Raises:
        DatabaseError: where the database is of another layout, or holds something else.
    """
    with engine(url) as made:
        present = set(sqlalchemy.inspect(made).get_table_names())
        wanted = set(api.Base.metadata.tables)
        foreign = present - wanted - {_VERSION}
        if foreign:
            raise DatabaseError(
                f"the database at {hidden(url)} holds tables that are not nbgrader's "
                f"({', '.join(sorted(foreign)[:3])}); give the gradebook a database of its own"
            )
        with made.begin() as connection:
            _check_version(connection, url, present, wanted)
            api.Base.metadata.create_all(bind=connection)
        with Session(made) as session, session.begin():
            if session.get(api.Course, course_id) is None:
                session.add(api.Course(id=course_id))


def _check_version(
    connection: sqlalchemy.Connection, url: str, present: set[str], wanted: set[str]
) -> None:
    found = None
    if _VERSION in present:
        found = connection.execute(text(f"SELECT version_num FROM {_VERSION}")).scalar()
    if found is not None and found != schema_version():
        raise DatabaseError(
            f"the gradebook at {hidden(url)} has layout {found} and the installed nbgrader writes "
            f"{schema_version()}; back it up, then run `nbgrader db upgrade`"
        )
    if found is None and present & wanted and _lacking_columns(connection, present & wanted):
        raise DatabaseError(
            f"the gradebook at {hidden(url)} was made by an older nbgrader; "
            "back it up, then run `nbgrader db upgrade`"
        )
    if _VERSION not in present:
        connection.execute(text(f"CREATE TABLE {_VERSION} (version_num VARCHAR(32) NOT NULL)"))
    if found is None:
        connection.execute(
            text(f"INSERT INTO {_VERSION} (version_num) VALUES (:v)"), {"v": schema_version()}
        )


def _lacking_columns(connection: sqlalchemy.Connection, tables: set[str]) -> bool:
    look = sqlalchemy.inspect(connection)
    return any(
        {c.name for c in api.Base.metadata.tables[t].columns}
        - {c["name"] for c in look.get_columns(t)}
        for t in tables
    )


def hidden(url: str) -> str:
    """The address without its password, for messages."""
    try:
        return sqlalchemy.make_url(url).render_as_string(hide_password=True)
    except SQLAlchemyError:
        return "(unreadable address)"
