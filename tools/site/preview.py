"""Builds one chapter alone, for its author: minutes become seconds.

The page is what the site will show, under `_build/preview/html`. Links to other pages find nothing
there and are only warned of; `build` is what refuses them.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from .build import BUILDER
from .execute import environment, execute
from .paths import BOOK, BUILD, CACHE, ROOT
from .vendor import vendor

PREVIEW = BUILD / "preview"
LINK = re.compile(r"\{(?:ref|doc)\}`[^`]*`")


def preview(name: str) -> Path:
    """Execute and build the chapter called `name`, such as "recurrence/bptt".

    Returns:
        The page.

    Raises:
        SystemExit: there is no such chapter, a cell raised, or the page could not be built.
    """
    chapter = BOOK / f"{name.removesuffix('.md').removeprefix('book/')}.md"
    if not chapter.exists():
        raise SystemExit(f"name: there is no chapter {chapter.relative_to(ROOT)}")
    name = chapter.relative_to(BOOK).with_suffix("").as_posix()
    vendor()
    PREVIEW.mkdir(parents=True, exist_ok=True)
    toc, settings = PREVIEW / "_toc.yml", PREVIEW / "_config.yml"
    pages = [{"file": page} for page in dict.fromkeys((name, "appendix/bibliography"))]
    text = {"format": "jb-book", "root": "preview", "chapters": pages}
    toc.write_text(yaml.safe_dump(text), "utf8")
    settings.write_text(_settings(), "utf8")
    (BOOK / "preview.md").write_text(_first_page(name), "utf8")
    try:
        execute(1, [chapter])
        paths = ["--config", str(settings), "--toc", str(toc), "--path-output", str(PREVIEW)]
        shutil.rmtree(PREVIEW / "_build", ignore_errors=True)
        done = subprocess.run(
            [sys.executable, *BUILDER, *paths], cwd=ROOT, env=os.environ | environment()
        )
    finally:
        (BOOK / "preview.md").unlink()
    page = PREVIEW / "_build" / "html" / f"{name}.html"
    if done.returncode or not page.exists():
        raise SystemExit("the page was not built: see above")
    print(f"open {page}")
    return page


def _first_page(name: str) -> str:
    """A first page that holds the glossary, its links taken out, for the chapter's terms."""
    if name == "appendix/glossary":
        return "# Preview\n"
    text = (BOOK / "appendix" / "glossary.md").read_text("utf8")
    entries = LINK.sub("…", text[text.index("::::{glossary}") :])
    return f"# Preview\n\n{entries}"


def _settings() -> str:
    """The book's configuration with the outputs of `execute` found from another folder."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf8"))
    config["execute"]["cache"] = str(CACHE)
    return str(yaml.safe_dump(config))
