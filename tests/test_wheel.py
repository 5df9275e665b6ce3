"""The wheel holds ``rnncourse`` alone: no solution, no hidden case, no autograder file."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory, root: Path) -> zipfile.ZipFile:
    out = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out)]
    done = subprocess.run([*build, str(root)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = out.glob("*.whl")
    return zipfile.ZipFile(path)


def solutions(root: Path) -> list[str]:
    """The text between solution markers, of every assignment."""
    text = "\n".join(p.read_text("utf8") for p in root.glob("solutions/**/*.md"))
    return re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", text, re.DOTALL)


def test_holds_one_package(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {t for t in tops if not t.endswith(".dist-info")} == {"rnncourse"}


def test_holds_what_students_need(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    needed = {
        "elman.py",
        "checks/__init__.py",
        "derivation/__init__.py",
        "cli/__init__.py",
        "py.typed",
        "_measured/adding.json",  # the chapters read what was measured once
    }
    assert not {f"rnncourse/{n}" for n in needed} - names


def test_holds_no_solution(wheel: zipfile.ZipFile, root: Path) -> None:
    found = solutions(root)
    assert found, "no solution markers in solutions/: this test would pass whatever the wheel held"
    texts = {n: wheel.read(n).decode("utf8", "replace") for n in wheel.namelist()}
    for solution in found:
        lines = [line.strip() for line in solution.splitlines() if len(line.strip()) > 25]
        for name, text in texts.items():
            held = [line for line in lines if line in text]
            assert len(held) < max(3, len(lines)), f"{name} holds a solution:\n" + "\n".join(held)


def test_holds_no_hidden_case(wheel: zipfile.ZipFile, root: Path) -> None:
    from autograder.assignments import load, names

    hints = [
        m.hint for n in names() for item in load(n).items for m in getattr(item, "mistakes", ())
    ]
    assert len(hints) > 20
    texts = [wheel.read(n).decode("utf8", "replace") for n in wheel.namelist()]
    assert not [hint for hint in hints for text in texts if hint in text]
    assert not any("import autograder" in t for t in texts if "_autograder.py" not in t[:200])
