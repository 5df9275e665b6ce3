"""Builds the site with Jupyter Book, warnings as errors."""

import filecmp
import os
import shutil
import subprocess
import sys
from pathlib import Path

from .assignments import assignments
from .execute import environment, execute
from .freshness import versions_key
from .paths import BOOK, BUILD, HTML, LIBRARY, ROOT, WEB
from .plan import chapters
from .reference import reference
from .slides import slides
from .stamps import contents, files, once
from .vendor import vendor

BUILDER = ["-c", "from jupyter_book.cli.main import main; main()", "build", str(BOOK)]
STRICT = ["-n", "-W", "--keep-going"]


def build(*, jobs: int = 2, fresh: bool = False) -> None:
    """Vendor, release the assignments, list the library, execute, build, and make the slides.

    The site is in `_build/html`. A step whose sources have not changed is left out.

    Args:
        jobs: Chapters executed at a time.
        fresh: Write every page anew; executed outputs are kept.

    Raises:
        SystemExit: a part failed, a cell raised or Sphinx warned.
    """
    vendor()
    here, library = Path(__file__).parent, files(LIBRARY)
    graded = files(ROOT / "solutions", ROOT / "autograder", here / "assignments.py")
    once("assignments", versions_key() + contents(graded + library), assignments)
    listed = [*library, ROOT / "benchmarks" / "results.json", *files(here)]
    once("reference", versions_key() + contents(listed), reference)
    execute(jobs)
    if fresh:
        for folder in (HTML, BUILD / ".doctrees"):
            shutil.rmtree(folder, ignore_errors=True)
    forget_pages(WEB, HTML)
    paths = ["--config", str(ROOT / "_config.yml"), "--path-output", str(ROOT)]
    command = [sys.executable, *BUILDER, *paths, *STRICT]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment())
    if done.returncode:
        raise SystemExit("the site was not built: see the warnings above")
    shown = chapters()
    pages = [HTML / f"{name}.html" for name in shown]
    once("slides", contents([*pages, here / "slides.py"]), lambda: slides(shown))


def forget_pages(web: Path, html: Path) -> None:
    """Delete the built pages where a file of `web` is not the one that they load.

    Sphinx copies style sheets and scripts only when it writes a page, and each page names their
    contents, so that a reader's browser asks for new ones.

    Args:
        web: Folder of the scripts and style sheets that every page loads.
        html: The built site; it may be missing.
    """
    same, *_ = filecmp.cmpfiles(
        web, html / "_static", [file.relative_to(web) for file in files(web)], False
    )
    if len(same) < len(files(web)):
        for page in html.rglob("*.html"):
            page.unlink()
