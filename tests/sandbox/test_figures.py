"""Figures in the box look as they do outside, though much is worked out once and remembered."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from autograder.sandbox.contents import INSIDE

PROGRAM = """
import io
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
from matplotlib import _mathtext
from matplotlib.mathtext import MathTextParser

def drawn(size, dpi):
    figure, axes = plt.subplots(dpi=dpi)
    axes.loglog([1e-3, 1e5], [1e-30, 1], label=r"$\\\\frac{a}{b}$")
    axes.set_title(r"$\\\\nabla_{h^{(t)}} L$", fontsize=size)
    axes.legend()
    file = io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight")
    plt.close(figure)
    return file.getvalue()

cases = [(8, 100), (14, 100), (8, 50)]
before = [drawn(*case) for case in cases]
from inside import figures
figures.draw_once()
assert [drawn(*case) for case in cases] == before
typeset = []
ship = _mathtext.ship
_mathtext.ship = lambda box: typeset.append(box) or ship(box)
first = MathTextParser("path").parse("$a$")
assert MathTextParser("path").parse("$a$") == first and len(typeset) == 1
assert MathTextParser("path").parse("$b$") != first and len(typeset) == 2
"""


def test_remembered_formulae_change_no_picture(tmp_path: Path) -> None:
    (tmp_path / "inside").symlink_to(INSIDE)
    program = [sys.executable, "-c", PROGRAM.replace("\\\\", "\\")]
    subprocess.run(program, cwd=tmp_path, check=True)


FORKED = """
import io
import os
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
from matplotlib.mathtext import MathTextParser
from inside import figures

FORMULA = r"$abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789\\Gamma\\nabla\\lambda$"

def drawn():
    figure = plt.figure(dpi=100)
    figure.text(0.1, 0.5, FORMULA)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()

expected = drawn()
figures.draw_once()
drawn()
for _ in range(2):
    if (child := os.fork()) == 0:
        os.closerange(3, 256)  # as in a session
        os._exit(drawn() != expected)
    assert os.waitpid(child, 0)[1] == 0
"""


def test_a_remembered_formula_is_drawn_in_a_session_that_has_none_of_the_servers_files(
    tmp_path: Path,
) -> None:
    (tmp_path / "inside").symlink_to(INSIDE)
    program = [sys.executable, "-c", FORKED.replace("\\\\", "\\")]
    subprocess.run(program, cwd=tmp_path, check=True)


def test_what_is_remembered_while_figures_are_saved_changes_no_byte_of_them(tmp_path: Path) -> None:
    (tmp_path / "inside").symlink_to(INSIDE)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "SOURCE_DATE_EPOCH": "1"}

    def drawn(which: str) -> dict[str, dict[str, object]]:
        program = [sys.executable, "-W", "ignore", Path(__file__).with_name("gallery.py"), which]
        done = subprocess.run(program, env=environment, check=True, capture_output=True, text=True)
        return json.loads(done.stdout)  # type: ignore[no-any-return]

    with ThreadPoolExecutor() as pool:
        plain, remembered = pool.map(drawn, ("plain", "remembered"))
    assert len(plain["pictures"]) > 10
    for name, digests in plain["pictures"].items():
        assert remembered["pictures"][name] == digests, name
    for name, count in plain["count"].items():
        assert 0 < remembered["count"][name] < count / 3, "it is in use"
