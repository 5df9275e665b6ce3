"""Figures in the box look as they do outside, though their formulae are typeset once for all."""

import subprocess
import sys
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
