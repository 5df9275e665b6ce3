"""The chapters' outputs are kept exactly as long as nothing that they use has changed."""

import subprocess
import sys

import pytest

from tools.site import execute

CHAPTER = """---
jupytext: {{text_representation: {{extension: .md, format_name: myst}}}}
kernelspec: {{display_name: Python 3, language: python, name: python3}}
---
# One

```{{code-cell}} ipython3
{code}
```
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A small book and library in the place of the real ones."""
    (tmp_path / "book").mkdir()
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "cell.py").write_text("x = 1")
    (tmp_path / "_config.yml").write_text("execute: {timeout: 60}")
    (tmp_path / "book" / "_toc.yml").write_text(
        "format: jb-book\nroot: index\n"
        "parts:\n- caption: A\n  chapters:\n  - file: one\n  - file: gone\n"
    )
    (tmp_path / "book" / "index.md").write_text("# Home without code")
    (tmp_path / "book" / "one.md").write_text(CHAPTER.format(code="print(6 * 7)"))
    for name, path in {
        "ROOT": ".",
        "BOOK": "book",
        "LIBRARY": "library",
        "MEASURED": "measured",
        "BUILD": "_build",
        "CACHE": "_build/cache",
    }.items():
        monkeypatch.setattr(execute, name, tmp_path / path)
    execute.library_key.cache_clear()
    yield tmp_path
    execute.library_key.cache_clear()


def test_pages_with_code_are_found_in_order(project):
    assert [p.name for p in execute.chapters(project / "book" / "_toc.yml")] == ["one.md"]


def test_key_names_library_and_its_files(project):
    def key():
        execute.library_key.cache_clear()
        return execute.library_key()

    first = key()
    assert key() == first
    (project / "library" / "figure.js").write_text("export default {}")
    second = key()
    assert second != first
    (project / "library" / "__pycache__").mkdir()
    (project / "library" / "__pycache__" / "cell.pyc").write_bytes(b"0")
    assert key() == second
    (project / "measured").mkdir()
    (project / "measured" / "facts.json").write_text("{}")
    assert key() != second


def test_outputs_of_another_library_are_dropped(project):
    assert execute.drop_stale_outputs()
    (execute.CACHE / "kept").write_text("output")
    assert not execute.drop_stale_outputs()
    assert (execute.CACHE / "kept").exists()
    (project / "library" / "cell.py").write_text("x = 2")
    execute.library_key.cache_clear()
    assert execute.drop_stale_outputs()
    assert not (execute.CACHE / "kept").exists()


DRIVER = """
import sys
from pathlib import Path
from tools.site import execute
here = Path(sys.argv[1])
execute.ROOT, execute.BUILD, execute.CACHE = here, here / "_build", here / "_build" / "cache"
execute.BOOK, execute.LIBRARY = here / "book", here / "library"
execute.MEASURED = here / "measured"
found = execute.chapters(here / "book" / "_toc.yml")
execute.chapters = lambda: found
execute.execute(jobs=1)
"""


def run(project, root):
    """In a process of its own: a kernel's client leaves sockets to the garbage collector."""
    command = [sys.executable, "-c", DRIVER, str(project)]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120)


def test_a_chapter_is_executed_once(project, root):
    first = run(project, root)
    assert first.returncode == 0, first.stderr
    assert "book/one.md" in first.stdout
    second = run(project, root)
    assert second.returncode == 0, second.stderr
    assert "book/one.md" not in second.stdout


def test_a_cell_that_raises_stops(project, root):
    (project / "book" / "one.md").write_text(CHAPTER.format(code="1 / 0"))
    done = run(project, root)
    assert done.returncode == 1
    assert "one.md" in done.stderr
    assert "ZeroDivisionError" in done.stderr
