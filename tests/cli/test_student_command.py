"""The `rnncourse` command as a student meets it."""

import importlib.metadata
import json
import subprocess
import sys
import zipfile

import pytest
from typer.testing import CliRunner

from rnncourse.checks import registry
from rnncourse.cli import app, doctor

ANSWERS, CHECKS = registry.cells("bptt")
DONE = {
    "student": 'student = "ab12"',
    "gradients": "%%derivation bptt.gradients\ndc = sum(t, do[t])",
    "chain": "%%derivation bptt.chain\ndh[t] = V.T @ do[t]",
    "delta": "%%derivation bptt.delta\nDW = 1",
    "forward": "def rnn_forward(params, x, y, h0):\n    return 1",
    "backward": "x = 1",
    "truncated": "x = 2",
    "personal": "%%derivation bptt.personal\ndW = sum(t, da[t] @ h[t-1].T)",
    "personal-backward": "x = 4",
    "figure": "x = 3",
    "explanation": "Because.",
}


def invoke(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args], env={"COLUMNS": "200"})


def cell(name, source, kind="code"):
    made = {"cell_type": kind, "metadata": {}, "source": source, "id": name or "own"}
    if name:
        made["metadata"] = {"nbgrader": {"grade_id": name}}
    if kind == "code":
        made |= {"outputs": [], "execution_count": None}
    return made


def notebook(path, cells):
    tree = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(tree), encoding="utf-8")
    return path


def whole(path, change=None):
    sources = DONE | {name: "pass" for name in CHECKS} | (change or {})
    made = [cell(n, s, "markdown" if n == "explanation" else "code") for n, s in sources.items()]
    return notebook(path, made)


def test_help_shows_examples_and_exit_codes():
    assert invoke("--help").exit_code == 0
    for command in ("doctor", "check", "submit", "data"):
        shown = invoke(command, "--help").output
        assert "Examples" in shown
        assert f"rnncourse {command}" in shown
        assert "Exit codes" in shown


def test_help_loads_nothing_heavy():
    heavy = ("numpy", "torch", "nbclient", "IPython")
    code = f"import sys, rnncourse.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_data_lists_every_data_set():
    listed = json.loads(invoke("data", "--json").output)
    assert {"zen", "quick-exercise"} <= {entry["name"] for entry in listed}
    shown = invoke("data").output
    assert all(entry["name"] in shown for entry in listed)


def test_doctor_is_content_here_and_speaks_json():
    result = invoke("doctor", "--json")
    found = {finding["what"]: finding["state"] for finding in json.loads(result.output)}
    assert found["Python"] == found["numpy"] == found["kernel"] == "fine"
    assert result.exit_code == 0
    assert "All is well" in invoke("doctor").output


def test_doctor_says_what_is_missing_and_how_to_get_it(monkeypatch):
    version = importlib.metadata.version

    def without_widgets(name):
        if name == "ipywidgets":
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(importlib.metadata, "version", without_widgets)
    result = invoke("doctor")
    assert result.exit_code == 1
    assert "needed for derivations as mathematics" in result.output
    assert "pip install 'rnncourse[notebook]'" in result.output


def test_doctor_notices_the_kernel_of_another_python(monkeypatch):
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

    other = KernelSpec(argv=["/opt/other/bin/python", "-m", "ipykernel"], display_name="Other")
    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", lambda self, name: other)
    found = next(finding for finding in doctor.examine() if finding.what == "kernel")
    assert found.state == "missing"
    assert "/opt/other/bin/python" in found.detail


BAD_FILES = {
    "absent": (None, "cannot be read"),
    "empty": ("", "is empty"),
    "broken": ('{"cells": [', "not valid JSON"),
    "not a notebook": ('{"hello": 1}', "holds no list of cells"),
    "cells of numbers": ('{"nbformat": 4, "cells": [1]}', "holds no list of cells"),
    "another notebook": ('{"nbformat": 4, "cells": []}', "no cells of an assignment"),
}


@pytest.mark.parametrize("command", ["check", "submit"])
@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_told_in_plain_words(tmp_path, command, case):
    content, says = BAD_FILES[case]
    path = tmp_path / "bptt.ipynb"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    result = invoke(command, path)
    assert result.exit_code == 2
    assert says in result.output
    assert "Traceback" not in result.output
    assert list(tmp_path.glob("*.zip")) == []


def test_a_folder_is_no_notebook(tmp_path):
    result = invoke("check", tmp_path)
    assert result.exit_code == 2
    assert "is a folder" in result.output


def test_submit_packs_the_notebook_the_same_each_time(tmp_path):
    path = whole(tmp_path / "mine.ipynb")
    result = invoke("submit", path, "--no-run", "--to", tmp_path / "upload")
    assert result.exit_code == 0, result.output
    assert "!" not in result.output
    target = tmp_path / "upload" / "bptt-submission.zip"
    first = target.read_bytes()
    invoke("submit", path, "--no-run", "--to", tmp_path / "upload")
    assert target.read_bytes() == first
    with zipfile.ZipFile(target) as archive:
        assert archive.namelist() == ["bptt.ipynb"]
        assert archive.read("bptt.ipynb") == path.read_bytes()


def warnings_of(path):
    result = invoke("submit", path, "--no-run", "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output)["warnings"]


def test_submit_warns_of_what_is_unfinished(tmp_path):
    change = {
        "delta": "%%derivation bptt.delta\n# one line for each step",
        "backward": "def rnn_backward():\n    # YOUR CODE HERE\n    raise NotImplementedError()",
        "explanation": "YOUR ANSWER HERE",
    }
    assert warnings_of(whole(tmp_path / "a.ipynb", change)) == [
        "not written yet: delta, backward, explanation"
    ]


@pytest.mark.parametrize("empty", ['student = ""', "student = '  '", "student = ", "pass"])
def test_submit_warns_where_the_id_is_not_written(tmp_path, empty):
    (warned,) = warnings_of(whole(tmp_path / "a.ipynb", {"student": empty}))
    assert "your id is not written" in warned


@pytest.mark.parametrize("given", ["student = 'ab 12'", '# mine\nstudent="ünal.7"  # yes'])
def test_submit_is_content_with_an_id(tmp_path, given):
    assert warnings_of(whole(tmp_path / "a.ipynb", {"student": given})) == []


def test_submit_warns_of_missing_and_doubled_cells(tmp_path):
    cells = [cell(n, s) for n, s in DONE.items() if n != "chain"]
    path = notebook(tmp_path / "a.ipynb", [*cells, cell("forward", "x = 5")])
    first, second = warnings_of(path)
    assert "missing cells: chain, gradients-check" in first
    assert "more than one cell is called forward" in second


@pytest.mark.parametrize(
    "code",
    [
        "import torch",
        "import torch.nn as nn",
        "from rnncourse import elman",
        "def f():\n    from rnncourse.elman import forward",
        "%matplotlib inline\nimport torch",
    ],
)
def test_submit_warns_of_what_is_absent_in_grading(tmp_path, code):
    warned = warnings_of(whole(tmp_path / "a.ipynb", {"figure": code}))
    assert len(warned) == 1
    assert warned[0].startswith("not there when it is graded: ")


def test_ordinary_imports_are_fine(tmp_path):
    code = "import torchlight\nfrom rnncourse import data\nfrom rnncourse.checks import check"
    assert warnings_of(whole(tmp_path / "a.ipynb", {"figure": code})) == []


def test_a_notebook_without_any_answer_is_not_packed(tmp_path):
    path = notebook(tmp_path / "a.ipynb", [cell(name, "pass") for name in CHECKS])
    result = invoke("submit", path, "--no-run")
    assert result.exit_code == 2
    assert "has lost every answer cell" in result.output


def test_outputs_are_left_out_where_they_are_too_large(tmp_path, monkeypatch):
    from rnncourse.cli import notebook as reading

    monkeypatch.setattr(reading, "MOST_BYTES", 20_000)
    made = [cell(n, s) for n, s in DONE.items()]
    made[4]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * 50_000}]
    result = invoke("submit", notebook(tmp_path / "a.ipynb", made), "--no-run")
    assert result.exit_code == 0, result.output
    with zipfile.ZipFile(tmp_path / "bptt-submission.zip") as archive:
        packed = json.loads(archive.read("bptt.ipynb"))
    assert packed["cells"][4]["outputs"] == []
    assert packed["cells"][4]["source"] == DONE["forward"]


def test_the_exchange_wants_the_assignments_folder(tmp_path):
    pytest.importorskip("nbgrader")
    result = invoke("submit", whole(tmp_path / "a.ipynb"), "--no-run", "--exchange")
    assert result.exit_code == 2
    assert "folder called bptt" in result.output


def test_the_exchange_passes_on_what_nbgrader_says(tmp_path, monkeypatch):
    pytest.importorskip("nbgrader")
    folder = tmp_path / "bptt"
    folder.mkdir()

    def fails(command, **options):
        assert command[-2:] == ["submit", "bptt"]
        assert options["cwd"] == tmp_path
        return subprocess.CompletedProcess(command, 1, "", "line\n[ERROR] no exchange here\n")

    monkeypatch.setattr(subprocess, "run", fails)
    result = invoke("submit", whole(folder / "a.ipynb"), "--no-run", "--exchange")
    assert result.exit_code == 2
    assert "no exchange here" in result.output


def test_check_goes_on_after_a_cell_that_hangs_and_tells_of_errors(tmp_path):
    change = {
        "figure": "import time\ntime.sleep(60)",
        "forward": "1 / 0",
        "forward-check": "from rnncourse.checks import check\ncheck('bptt.forward', print)",
        "truncated-check": "undefined_name",
        "delta": "x = 4",
        "gradients": "x = 5",
        "chain": "x = 6",
        "personal": "x = 7",
    }
    path = whole(tmp_path / "a.ipynb", change)
    before = path.read_bytes()
    result = invoke("check", path, "--timeout", "2", "--json")
    assert result.exit_code == 1
    outcome = json.loads(result.output)
    states = {item["cell"]: item["state"] for item in outcome["items"]}
    assert states["backward-check"] == "right"
    assert states["forward-check"] == "not right"
    assert states["truncated-check"] == "error"
    trouble = "\n".join(outcome["trouble"])
    assert "cell 'forward' stopped with ZeroDivisionError" in trouble
    assert "cell 'figure' stopped: no end after 2 s" in trouble
    assert path.read_bytes() == before


def test_check_tells_of_a_process_that_ended(tmp_path):
    change = {"forward": "import os\nos._exit(1)", "gradients": "x = 5", "chain": "", "delta": ""}
    change["personal"] = ""
    result = invoke("check", whole(tmp_path / "a.ipynb", change), "--json")
    outcome = json.loads(result.output)
    assert result.exit_code == 1
    assert "The process ended" in outcome["trouble"][0]
    assert {item["state"] for item in outcome["items"]} == {"not reached"}


def test_submit_runs_the_checks_and_lists_what_fails(tmp_path):
    change = {"gradients": "", "chain": "", "delta": "", "backward-check": "1 / 0"}
    change["personal"] = ""
    result = invoke("submit", whole(tmp_path / "a.ipynb", change), "--json")
    assert result.exit_code == 0
    warned = json.loads(result.output)["warnings"]
    assert "backward-check: error" in warned
