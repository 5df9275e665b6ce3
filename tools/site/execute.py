"""Executes the chapters, two at a time, and keeps their outputs until something they use changes.

jupyter-cache knows a notebook by the text of its cells alone. A change of the library, of a
figure's module or of an installed version would leave old numbers on the page, so the cache is
emptied when `library_key` differs from the one it was filled under.
"""

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import yaml

from .paths import BOOK, BUILD, CACHE, LIBRARY, MEASURED, PROFILE, ROOT

KEY = "RNNCOURSE_LIBRARY_KEY"


@cache
def library_key() -> str:
    """Name the state of everything but the chapters' own text that their outputs depend on.

    A build hands its key on to the processes that it starts: they share its outputs, whichever
    packages they run under, and a file saved meanwhile changes the next build and not half of this.
    """
    if given := os.environ.get(KEY):
        return given
    sha = hashlib.sha256(sys.version.encode())
    versions = {f"{d.name}=={d.version}" for d in distributions() if d.name != "rnncourse"}
    sha.update("\n".join(sorted(versions)).encode())
    for file in sorted([*LIBRARY.rglob("*"), *MEASURED.glob("*.json")]):
        if file.is_file() and "__pycache__" not in file.parts:
            sha.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes())
    return sha.hexdigest()[:16]


def drop_stale_outputs() -> bool:
    """Empty the cache if it was filled by another library; say whether it was."""
    stamp = CACHE / "library-key"
    if stamp.exists() and stamp.read_text() == library_key():
        return False
    shutil.rmtree(CACHE, ignore_errors=True)
    CACHE.mkdir(parents=True)
    stamp.write_text(library_key())
    return True


def chapters(toc: Path = BOOK / "_toc.yml") -> list[Path]:
    """List the pages of the table of contents that hold code cells, in its order."""
    from myst_nb.core.read import is_myst_markdown_notebook

    def files(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            yield from (node[key] for key in ("root", "file") if key in node)
            for value in node.values():
                yield from files(value)
        elif isinstance(node, list):
            for value in node:
                yield from files(value)

    pages = (toc.parent / f"{name}.md" for name in files(yaml.safe_load(toc.read_text("utf8"))))
    return [p for p in pages if p.exists() and is_myst_markdown_notebook(p.read_text("utf8"))]


def environment() -> dict[str, str]:
    """Give the environment of the chapters' kernels."""
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    site = {"RNNCOURSE_SITE": "1", KEY: library_key(), "PATH": path}
    return threads | site | {"IPYTHONDIR": str(profile())}


def profile() -> Path:
    """Make IPython's folder for the kernels: nobody's own start-up files, and errors only.

    A kernel warns that its sockets on this machine are not encrypted; a reader of the build's
    output can do nothing about it.
    """
    settings = PROFILE / "profile_default" / "ipython_kernel_config.py"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('get_config().IPKernelApp.log_level = "ERROR"\n')
    return PROFILE


def execute(jobs: int = 2, pages: list[Path] | None = None) -> None:
    """Execute every chapter whose outputs are not kept yet.

    Args:
        jobs: Chapters executed at a time.
        pages: The chapters; None means all.

    Raises:
        SystemExit: a cell raised; its traceback is printed, the other chapters are done first.
    """
    from jupyter_cache import get_cache
    from jupyter_cache.base import CacheBundleIn
    from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
    from myst_nb.core.read import myst_nb_reader_plugin
    from rich.progress import track

    os.environ.update(environment())
    drop_stale_outputs()
    store = get_cache(str(CACHE))
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf8"))
    notebooks = {}
    for path in chapters() if pages is None else pages:
        notebook = myst_nb_reader_plugin(str(path))
        try:
            store.match_cache_notebook(notebook)
        except KeyError:
            notebooks[path] = notebook

    def run(path: Path) -> ExecutionResult:
        timeout = config["execute"]["timeout"]
        return single_nb_execution(
            notebooks[path], cwd=str(path.parent), timeout=timeout, allow_errors=False
        )

    failed = []
    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(run, path): path for path in notebooks}
        done = as_completed(running)
        for future in track(done, "executing chapters", len(running), disable=not running):
            path, result = running[future], future.result()
            if result.err is not None:
                failed.append(f"{path.relative_to(ROOT)}\n{result.exc_string}")
                continue
            kept = CacheBundleIn(result.nb, str(path), data={"execution_seconds": result.time})
            store.cache_notebook_bundle(kept, check_validity=False, overwrite=True)
            print(f"  {path.relative_to(BUILD.parent)}: {result.time:.1f} s")
    if failed:
        raise SystemExit("\n\n".join(["a cell raised in:", *failed]))
