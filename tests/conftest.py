"""What every test may use: the repository's root, a browser; one thread for numerical libraries."""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import postgresql as postgres

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
    """The address of a PostgreSQL server, made for one test and thrown away after it."""
    if postgres.program() is None:
        pytest.skip("no PostgreSQL server here: make system")
    with postgres.server(lasting=False) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless Chromium driven by playwright, for a run of browser tests alone."""
    yield from _open_chromium()


@pytest.fixture(scope="module")
def chromium_for_module() -> Iterator[Any]:
    """The same, closed with its module: while its event loop runs, no other may start."""
    yield from _open_chromium()
