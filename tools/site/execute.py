"""Executes the chapters, two at a time, and keeps their outputs until something they use changes.

What a chapter uses is recorded while it runs (`recorder`), and compared before the outputs are used
again (`freshness`): a change of one module of the library runs those chapters that load it.
"""

import json
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

import yaml

from .freshness import KEY, Snapshot, fresh, library_key, outputs_key, reads
from .paths import BOOK, BUILD, CACHE, PROFILE, ROOT
from .toc import entries

#: packages that come with `rnncourse[data]`
OPTIONAL = {"babel", "faker", "num2words", "sklearn", "statsmodels"}
REPORT = "print(__import__('_chapter_record').report())"


def drop_stale_outputs() -> list[str]:
    """Drop the kept outputs that their chapters would not give again.

    Returns:
        The chapters whose outputs were dropped.
    """
    from jupyter_cache import get_cache

    store, now, dropped = get_cache(str(CACHE)), Snapshot(), []
    for record in store.list_cache_records():
        if not fresh((record.data or {}).get("reads"), now):
            dropped.append(record.uri)
            store.remove_cache(record.pk)
    return dropped


class Kept(NamedTuple):
    """What is kept of a chapter: its executed code cells, and what goes with them."""

    key: str  # names the outputs: a page that shows others is read anew
    seconds: float | None  # of one core; None where nobody measured it
    packages: list[str]  # of `OPTIONAL`, that the chapter has loaded
    notebook: Path  # the code cells alone


def kept(page: Path) -> Kept | None:
    """Give what is kept of a chapter; None where it has not been executed as it stands."""
    from jupyter_cache import get_cache
    from myst_nb.core.read import myst_nb_reader_plugin

    try:
        record = get_cache(str(CACHE)).match_cache_notebook(myst_nb_reader_plugin(str(page)))
    except KeyError:
        return None
    outputs = CACHE / "executed" / record.hashkey / "base.ipynb"
    data = record.data or {}
    seconds, packages = data.get("execution_seconds"), data.get("packages", [])
    return Kept(outputs_key(outputs, data), seconds, packages, outputs)


def chapters(toc: Path = BOOK / "_toc.yml") -> list[Path]:
    """List the pages of the table of contents that hold code cells, in its order."""
    from myst_nb.core.read import is_myst_markdown_notebook

    pages = [toc.parent / f"{entry.page}.md" for entry in entries(toc)]
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
    startup = settings.parent / "startup" / "recorder.py"
    startup.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('get_config().IPKernelApp.log_level = "ERROR"\n')
    shutil.copyfile(Path(__file__).with_name("recorder.py"), startup)
    return PROFILE


def execute(jobs: int = 2, pages: list[Path] | None = None) -> None:
    """Execute every chapter whose outputs are not kept yet.

    Kept with the outputs are the processor's seconds that the cells took, and what they read.

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
    from nbformat.v4 import new_code_cell
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
            notebook.cells.append(new_code_cell(REPORT))  # type: ignore[no-untyped-call]
            notebooks[path] = notebook
    before = Snapshot().take() if notebooks else Snapshot()

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
            seen = json.loads(result.nb.cells.pop()["outputs"][0]["text"])
            data = {
                "execution_seconds": seen["seconds"],
                "reads": reads(seen, before),
                "packages": sorted(OPTIONAL & set(seen["packages"])),
            }
            bundle = CacheBundleIn(result.nb, str(path), data=data)
            store.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
            name = path.relative_to(BUILD.parent)
            print(f"  {name}: {seen['seconds']:.1f} s of one core, {result.time:.1f} s in all")
    if failed:
        raise SystemExit("\n\n".join(["a cell raised in:", *failed]))
