"""An assignment in a real JupyterLab, from the released notebook to the file that is handed in."""

import importlib.util
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from typer.testing import CliRunner

from autograder.assignments import load
from autograder.gradebook import course as courses
from autograder.gradebook.release import release
from rnncourse.cli import app

pytestmark = pytest.mark.browser

CHECKS = [item.cell for item in load("bptt").items if item.cell != "explanation"]


def _lab() -> Any:
    spec = importlib.util.spec_from_file_location(
        "tools_browser_lab", Path(__file__).with_name("lab.py")
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Lab


Lab = _lab()


@pytest.fixture(scope="module")
def work(server: Any, tmp_path_factory: Any) -> Path:
    """A student's folder: the notebook as it was released, and one with a derivation alone."""
    folder = server.root / "work"
    folder.mkdir()
    course = courses.create(tmp_path_factory.mktemp("lab") / "course", "rnn", ["bptt"])
    (folder / "bptt.ipynb").write_bytes(release(course, "bptt").notebook.read_bytes())
    derivation = "%%derivation bptt.gradients\ndo[t] = yhat[t] - y[t]\ndh[T] = V.T @ do[T]"
    cells = [nbformat.v4.new_code_cell(text) for text in ("%load_ext rnncourse", derivation)]
    cells[1].metadata["nbgrader"] = {"grade_id": "gradients"}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), folder / "one.ipynb")
    return folder


def test_an_assignment_from_the_release_to_the_hand_in(seen: Any, work: Path) -> None:
    lab = Lab(seen, "work/bptt.ipynb")
    lab.menu("Run", "Run All Cells")
    lab.wait_until_all_ran()  # no check that is not right yet keeps the rest from running
    assert [name for name in CHECKS if "not written yet" not in lab.said(name)] == [
        "personal-check", "personal-backward-check"
    ]  # fmt: skip
    assert "between the quotation marks" in lab.said("network")

    # a network of one's own: an id, another spelling of it, another's
    networks = []
    for student in ("ada", " ADA", "ben"):
        lab.write("student", f'student = "{student}"')
        lab.run("student")
        networks.append(lab.run("network").partition(" has ")[2])
    assert networks[0] == networks[1] != networks[2] != ""
    assert lab.cell("network").locator(".rnncourse-network math").count() >= 4

    # a known wrong answer, and what the check says
    answer = "%%derivation bptt.gradients\ndo[t] = y[t] - yhat[t]\ndh[T] = V.T @ do[T]"
    lab.write("gradients", answer)
    lab.run("gradients")
    said = lab.run("gradients-check")
    assert "do[t]: the sign is wrong, the rest is right" in said and "✓ dh[T]" in said
    seen.shot("lab-diagnosis")

    # edited, and judged as it stands there, without another run of the cell
    widget = lab.cell("gradients").locator(".rnncourse-derivation")
    widget.get_by_text("2 of 8 steps written").wait_for()
    lab.page.keyboard.press("Control+End")
    lab.page.keyboard.insert_text("\ndh[t] = V.T @ do[t] + W.T @ da[t]")
    widget.get_by_text("3 of 8 steps written").wait_for()
    assert "✗ dh[t]" in lab.run("gradients-check")

    wrong = "def rnn_forward(params, x, y, h0):\n    return h0, h0, 0.0"
    lab.write("forward", wrong)
    lab.run("forward")
    assert "The time axis is missing" in lab.run("forward-check")

    lab.menu("Kernel", "Restart Kernel and Run All Cells…")
    lab.page.locator(".jp-Dialog button.jp-mod-accept").click()
    lab.wait_until_all_ran()
    assert "do[t]: the sign is wrong" in lab.said("gradients-check")
    assert "The time axis is missing" in lab.said("forward-check")
    lab.save(work / "bptt.ipynb")

    outcome = CliRunner().invoke(app, ["check", str(work / "bptt.ipynb"), "--json"])
    assert outcome.exit_code == 1, outcome.output
    states = {item["cell"]: item for item in json.loads(outcome.stdout)["items"]}
    assert list(states) == CHECKS
    assert "the sign is wrong" in states["gradients-check"]["said"]
    pack = ["submit", str(work / "bptt.ipynb"), "--to", str(work / "out"), "--no-run"]
    packed = CliRunner().invoke(app, pack)
    assert packed.exit_code in (0, 1), packed.output
    with zipfile.ZipFile(next((work / "out").glob("*.zip"))) as archive:
        (name,) = archive.namelist()
        handed_in = json.loads(archive.read(name))
    sources = ["".join(cell["source"]) for cell in handed_in["cells"]]
    assert wrong in sources and any("W.T @ da[t]" in source for source in sources)


def test_the_cell_follows_the_typing(seen: Any, work: Path) -> None:
    lab = Lab(seen, "work/one.ipynb")
    lab.menu("Run", "Run All Cells")
    widget = lab.page.locator(".rnncourse-derivation").first
    lab.page.get_by_text("follows your typing").wait_for()
    assert widget.locator(".rd-line math").count() == 2

    lab.cell("gradients")
    page = lab.page
    page.keyboard.press("Control+End")
    page.keyboard.type("\ndh[t] = V @ do[t]")
    message = widget.locator(".rd-wrong .rd-message")
    message.wait_for()
    assert "K×H @ K×1 does not fit" in message.inner_text()
    assert widget.locator(".rd-source mark").inner_text() == "V @ do[t]"
    seen.shot("derivation-shape-error-light")

    for _ in range(len("V @ do[t]")):
        page.keyboard.press("Backspace")
    page.keyboard.type("Vᵀ @ ∇o[t] + Wᵀ @ ((1 - h[t+1]²) ⊙ ∇h[t+1])")
    page.wait_for_function("document.querySelectorAll('.rd-line.rd-fits').length === 3")
    drawn = widget.locator(".rd-line math").nth(2).text_content() or ""
    assert "⊙" in drawn and "⊤" in re.sub(r"\s", "", drawn)
    assert "3 of 8 steps written" in widget.locator(".rd-status").inner_text()
    seen.shot("derivation-written-light")

    page.keyboard.type("\ndx[t] = U.T @ da[t]\ndc = sum(t, do[t]\ndV = sum(t, outer(h[t], do[t]))")
    page.wait_for_function("document.querySelectorAll('.rd-line.rd-wrong').length >= 2")
    lab.ask("await app.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    page.wait_for_selector("body[data-jp-theme-light='false']", state="attached")
    page.wait_for_selector("#jupyterlab-splash", state="detached")
    # the quieter words can still be read: WCAG's contrast of 4.5 to the page behind them
    assert lab.ask(CONTRAST) >= 4.5
    seen.shot("derivation-mistakes-dark")


CONTRAST = """
    const light = colour => { const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(v => {
        const c = v / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4 });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b };
    const words = getComputedStyle(document.querySelector('.rd-how')).color;
    const page = getComputedStyle(document.querySelector('.jp-Notebook')).backgroundColor;
    const [a, b] = [light(words), light(page)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
"""
