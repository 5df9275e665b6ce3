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
parser = MathTextParser("path")
assert parser.parse("$a$") is MathTextParser("path").parse("$a$")
assert parser.parse("$a$") is not parser.parse("$b$")
"""


def test_remembered_formulae_change_no_picture(tmp_path: Path) -> None:
    (tmp_path / "inside").symlink_to(INSIDE)
    program = [sys.executable, "-c", PROGRAM.replace("\\\\", "\\")]
    subprocess.run(program, cwd=tmp_path, check=True)
