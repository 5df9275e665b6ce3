"""What every test may use: the repository's root, a browser; one thread for numerical libraries."""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return Path(__file__).resolve().parents[1]


def _open_chromium() -> Iterator[Any]:
    path = os.environ.get("CHROME") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.fail("no Chromium on PATH: run `make system`, or set CHROME to the browser's path")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server, made for one test and thrown away after it.

    It listens on a socket in a folder of its own, so that no port is taken.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [
        Path(path) for path in [shutil.which("initdb")] if path
    ]
    if not found:
        pytest.skip("no PostgreSQL server here: make system")
    # the socket's path has a limit of 107 characters, and root must not own the server
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = tempfile.mkdtemp(prefix="pg-", dir="/tmp")
    if as_postgres:
        shutil.chown(folder, "postgres")
    control = [*as_postgres, str(found[-1].with_name("pg_ctl")), "-D", f"{folder}/data", "-s", "-w"]
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"

    def run(*command: str) -> None:
        subprocess.run([*control, *command], check=True, stdout=subprocess.DEVNULL, cwd="/")

    run("initdb", "-o", "-U grader -A trust")
    run("start", "-o", options, "-l", f"{folder}/log")
    try:
        yield f"postgresql+psycopg2://grader@/postgres?host={folder}"
    finally:
        run("stop", "-m", "immediate")
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless Chromium driven by playwright, for a run of browser tests alone."""
    yield from _open_chromium()


@pytest.fixture(scope="module")
def chromium_for_module() -> Iterator[Any]:
    """The same, closed with its module: while its event loop runs, no other may start."""
    yield from _open_chromium()
