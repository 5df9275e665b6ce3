"""The way out of Jupyter Book 1: the same sources under the current Sphinx, MyST-NB and theme.

Jupyter Book 1.0.4 is a layer of configuration over Sphinx 7. Here its configuration is computed
from the same _config.yml, its own parts are left out, and plain Sphinx in an environment of its own
builds the pages. The tested environment has executed the chapters: this tries the builder alone.
"""

import os
import pprint
import shutil
import subprocess
import venv
from pathlib import Path
from typing import Any

from .assignments import assignments
from .execute import environment, execute
from .paths import BOOK, BUILD, CACHE, ROOT
from .vendor import vendor

VENV = ROOT / ".venv-next"
NEXT = BUILD / "next"
PACKAGES = (
    "sphinx",
    "myst-nb",
    "sphinx-book-theme",
    "sphinx-copybutton",
    "sphinx-design",
    "sphinx-exercise",
    "sphinx-external-toc",
    "sphinx-togglebutton",
    "sphinxcontrib-bibtex",
    "beautifulsoup4",
)
#: Jupyter Book's own parts, and those that are no longer kept
LEFT_OUT = {
    "jupyter_book",
    "sphinx_comments",
    "sphinx_jupyterbook_latex",
    "sphinx_multitoc_numbering",
    "sphinx_thebe",
}


def configuration() -> dict[str, Any]:
    """Compute Sphinx's settings from _config.yml, as Jupyter Book does, with absolute paths."""
    from jupyter_book.config import get_final_config

    settings, _ = get_final_config(
        user_yaml=ROOT / "_config.yml", sourcedir=BOOK, cli_config={"latex_individualpages": False}
    )
    settings["extensions"] = [name for name in settings["extensions"] if name not in LEFT_OUT]
    settings = {name: value for name, value in settings.items() if not name.startswith("latex")}
    settings |= {
        "external_toc_path": str(BOOK / "_toc.yml"),
        "nb_execution_cache_path": str(CACHE),
        "html_static_path": [str((BOOK / path).resolve()) for path in settings["html_static_path"]],
        "html_favicon": str((BOOK / settings["html_favicon"]).resolve()),
        "bibtex_bibfiles": [str(BOOK / name) for name in settings["bibtex_bibfiles"]],
    }
    logo = settings["html_theme_options"]["logo"]
    for kind in ("image_light", "image_dark"):
        logo[kind] = str((BOOK / logo[kind]).resolve())
    return settings


def write_configuration() -> None:
    """Write the settings as `_build/next/conf.py`."""
    NEXT.mkdir(parents=True, exist_ok=True)
    lines = [
        "# made by tools/site/next.py from _config.yml",
        "import sys",
        f"sys.path.insert(0, {str(ROOT)!r})",
    ]
    lines += [f"{name} = {pprint.pformat(value)}" for name, value in configuration().items()]
    (NEXT / "conf.py").write_text("\n".join(lines) + "\n", "utf8")


def make_environment() -> Path:
    """Make `.venv-next` with the newest packages; give its Python."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        venv.create(VENV, with_pip=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--upgrade", "--upgrade-strategy", "eager", *PACKAGES], check=True)
    return python


def build_next(jobs: int = 2) -> None:
    """Build into `_build/next/html`, warnings as errors.

    Raises:
        SystemExit: a cell raised or Sphinx warned.
    """
    vendor()
    assignments()
    execute(jobs)
    write_configuration()
    python = make_environment()
    shutil.rmtree(NEXT / "html", ignore_errors=True)
    command = [str(python), "-m", "sphinx", "-b", "html", "-n", "-W", "--keep-going"]
    paths = ["-c", str(NEXT), "-d", str(NEXT / "doctrees"), str(BOOK), str(NEXT / "html")]
    done = subprocess.run([*command, *paths], cwd=ROOT, env=os.environ | environment())
    if done.returncode:
        raise SystemExit("the site does not build under the current Sphinx: see above")
    subprocess.run([str(python), "-m", "pip", "list", "--format=freeze"], check=True)
