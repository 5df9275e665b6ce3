"""A PostgreSQL server for one measurement or one test, thrown away after it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def program() -> Path | None:
    """Where the newest `initdb` of this machine lies, if there is one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1] if found else Path(on_path) if on_path else None


@contextmanager
def server(*, lasting: bool = True) -> Iterator[str]:
    """The address of a server on a socket in a folder of its own, so that no port is taken.

    `lasting` waits at each commit until it is on the disk, as servers in use do.
    """
    initdb = program()
    if initdb is None:
        raise FileNotFoundError("no PostgreSQL server here: make system")
    # the socket's path has a limit of 107 characters, and root must not own the server
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = tempfile.mkdtemp(prefix="pg-", dir="/tmp")
    if as_postgres:
        shutil.chown(folder, "postgres")
    control = [*as_postgres, str(initdb.with_name("pg_ctl")), "-D", f"{folder}/data", "-s", "-w"]
    options = f"-c listen_addresses='' -c unix_socket_directories={folder}"
    if not lasting:
        options += " -c fsync=off"

    def run(*command: str) -> None:
        subprocess.run([*control, *command], check=True, stdout=subprocess.DEVNULL, cwd="/")

    run("initdb", "-o", "-U grader -A trust")
    run("start", "-o", options, "-l", f"{folder}/log")
    try:
        yield f"postgresql+psycopg2://grader@/postgres?host={folder}"
    finally:
        run("stop", "-m", "immediate")
        shutil.rmtree(folder)
