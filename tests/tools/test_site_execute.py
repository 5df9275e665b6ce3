"""The chapters' outputs are kept exactly as long as nothing that they use has changed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jupyter_cache import get_cache

from tools.site import execute, freshness

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
def project(tmp_path):
    """A small book and library in the place of the real ones."""
    (tmp_path / "book").mkdir()
    (tmp_path / "library" / "figures").mkdir(parents=True)
    (tmp_path / "measured").mkdir()
    (tmp_path / "library" / "__init__.py").write_text("")
    (tmp_path / "library" / "cell.py").write_text("x = 1")
    (tmp_path / "library" / "other.py").write_text("")
    (tmp_path / "_config.yml").write_text("execute: {timeout: 60}")
    (tmp_path / "book" / "_toc.yml").write_text(
        "format: jb-book\nroot: index\n"
        "parts:\n- caption: A\n  chapters:\n  - file: one\n  - file: gone\n"
    )
    (tmp_path / "book" / "index.md").write_text("# Home without code")
    (tmp_path / "book" / "one.md").write_text(CHAPTER.format(code="print(6 * 7)"))
    return tmp_path


def test_pages_with_code_are_found_in_order(project):
    assert [p.name for p in execute.chapters(project / "book" / "_toc.yml")] == ["one.md"]


def test_library_key_names_every_file(project, monkeypatch):
    monkeypatch.setattr(freshness, "ROOT", project)
    monkeypatch.setattr(freshness, "LIBRARY", project / "library")
    monkeypatch.setattr(freshness, "MEASURED", project / "measured")
    monkeypatch.delenv(freshness.KEY, raising=False)

    def key():
        freshness.library_key.cache_clear()
        return freshness.library_key()

    first = key()
    assert key() == first
    (project / "library" / "figure.js").write_text("export default {}")
    second = key()
    assert second != first
    (project / "library" / "__pycache__").mkdir()
    (project / "library" / "__pycache__" / "cell.pyc").write_bytes(b"0")
    assert key() == second
    (project / "measured" / "facts.json").write_text("{}")
    assert key() != second
    freshness.library_key.cache_clear()


DRIVER = """
import os, sys
from pathlib import Path
from tools.site import execute, freshness
here = Path(sys.argv[1])
os.environ["PYTHONPATH"] = str(here)
os.environ.pop(freshness.KEY, None)
for module in (execute, freshness):
    module.ROOT, module.BUILD = here, here / "_build"
execute.CACHE, execute.BOOK = here / "_build" / "cache", here / "book"
execute.PROFILE = here / "_build" / "ipython"
freshness.LIBRARY, freshness.MEASURED = here / "library", here / "measured"
found = execute.chapters(here / "book" / "_toc.yml")
execute.chapters = lambda: found
execute.execute(jobs=2)
"""


def run(project, root):
    """In a process of its own: a kernel's client leaves sockets to the garbage collector."""
    command = [sys.executable, "-c", DRIVER, str(project)]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300)


def executed(project, root):
    """The chapters that a build executes."""
    done = run(project, root)
    assert done.returncode == 0, done.stderr
    return {Path(line.split(":")[0]).stem for line in done.stdout.splitlines() if "book/" in line}


def outputs(project):
    """What the cells of each kept chapter printed, and what is kept beside it."""
    found = {}
    for record in get_cache(str(project / "_build" / "cache")).list_cache_records():
        notebook = project / "_build" / "cache" / "executed" / record.hashkey / "base.ipynb"
        cells = json.loads(notebook.read_text())["cells"]
        text = ["".join(o["text"]) for cell in cells for o in cell["outputs"]]
        found[Path(record.uri).stem] = text, record.data
    return found


#: chapter → its code, and the file whose change, or appearance, changes what it prints
READS = {
    "module": ("from library.cell import x\nprint(x)", "library/cell.py"),
    "inherited": ("from library.outer import x\nprint(x)", "library/inner.py"),
    "opened": ("print(open('../measured/facts.txt').read())", "measured/facts.txt"),
    "listed": ("import os\nprint(len(os.listdir('../library/figures')))", "library/figures/new.js"),
    "missing": (
        "try:\n    from library.extra import x\n    print(x)\n"
        "except ImportError:\n    print('none')",
        "library/extra.py",
    ),
    "another": (
        "import subprocess, sys\ncode = 'from library.far import x; print(x)'\n"
        "print(subprocess.check_output([sys.executable, '-c', code], text=True))",
        "library/far.py",
    ),
}
BUSY = (
    "import time\nstart = time.process_time()\n"
    "while time.process_time() < start + 0.5: pass\ntime.sleep(1.5)\nprint(42)"
)


def test_outputs_are_kept_until_what_they_read_changes(project, root):
    for name in ("inner", "far"):
        (project / "library" / f"{name}.py").write_text("x = 7")
    (project / "library" / "outer.py").write_text("from .inner import x")
    (project / "measured" / "facts.txt").write_text("7")
    toc = "format: jb-book\nroot: one\nchapters:\n"
    (project / "book" / "_toc.yml").write_text(toc + "".join(f"- file: {n}\n" for n in READS))
    (project / "book" / "one.md").write_text(CHAPTER.format(code=BUSY))
    for name, (code, _) in READS.items():
        (project / "book" / f"{name}.md").write_text(CHAPTER.format(code=code))
    assert executed(project, root) == {"one", *READS}
    before = outputs(project)
    printed, kept = before["one"]
    assert printed == ["42\n"]  # the recorder's own cell is gone
    assert 0.5 <= kept["execution_seconds"] < 1.9  # of the processor: sleeping does not count

    (project / "book" / "one.md").write_text(CHAPTER.format(code=BUSY) + "\nAnother sentence.")
    assert executed(project, root) == set()

    for _, file in READS.values():
        (project / file).write_text("x = 23")
    assert executed(project, root) == set(READS)  # not "one", which read none of these
    after = outputs(project)
    assert [name for name in READS if after[name][0] == before[name][0]] == []
    assert after["one"] == before["one"]


def test_outputs_that_nobody_watched_are_dropped():
    assert not freshness.fresh(None, freshness.Snapshot())
    kept = {"versions": "others", "files": {}, "folders": {}, "absent": [], "library": None}
    assert not freshness.fresh(kept, freshness.Snapshot())
    assert freshness.fresh(kept | {"versions": freshness.versions_key()}, freshness.Snapshot())


def test_a_cell_that_raises_stops(project, root):
    (project / "book" / "one.md").write_text(CHAPTER.format(code="1 / 0"))
    done = run(project, root)
    assert done.returncode == 1
    assert "one.md" in done.stderr
    assert "ZeroDivisionError" in done.stderr
