"""Whole notebooks through the sandbox: what runs, what is left out, what is kept."""

import dataclasses
import time

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.judge.submission import derivation_text, judge_submission
from autograder.verdict import Outcome

pytestmark = pytest.mark.sandbox
SETUP = "import numpy as np\nfrom rnncourse.checks import check\n%load_ext rnncourse"


@pytest.fixture
def judge(assignment, box, catalogue):
    def judged(*cells, student="ada", seed=1, asked=assignment):
        nb = notebook(*cells)
        nb, verdict = judge_submission(
            nb, asked, box, student=student, seed=seed, catalogue=catalogue
        )
        nbformat.validate(nb)
        return nb, verdict

    return judged


def notebook(*cells):
    """A notebook: set-up, the given cells (a source, or a grade_id and a source), the check."""
    nb = new_notebook(cells=[new_markdown_cell("# Leaky sums"), graded("setup", SETUP, True)])
    for cell in cells:
        nb.cells.append(new_code_cell(cell) if isinstance(cell, str) else graded(*cell))
    nb.cells.append(graded("leaky-check", 'check("leaky.sum", leaky)', True))
    return nb


def graded(name, source, locked=False):
    flags = {"grade_id": name, "locked": locked, "solution": not locked, "schema_version": 3}
    return new_code_cell(source, metadata={"nbgrader": flags})


def text_of(cell):
    return "\n".join(
        o.get("text", "") or o.get("evalue", "") or o.get("data", {}).get("text/plain", "")
        for o in cell.outputs
    )


def test_a_right_notebook_gets_all_points_and_no_remark(judge, solution):
    nb, verdict = judge(("leaky", solution), "leaky({'a': 0.5}, np.ones((2, 1)))[1]")
    assert (verdict.points, verdict.max_points) == (4.0, 4.0)
    assert verdict.incidents == ()
    assert [c.execution_count for c in nb.cells if c.cell_type == "code"] == [1, 2, 3, None]
    assert text_of(nb.cells[1]) == ""
    assert text_of(nb.cells[3]) == "np.float64(2.5)"
    assert "4 of 4 points" in text_of(nb.cells[-1])


def test_the_verdict_can_be_drawn_again_and_differs_between_students(judge, solution):
    wrong = solution.replace("+ x[t]", "+ x[t] + 0.1")

    def words(**who):
        _, verdict = judge(("leaky", wrong), **who)
        return [part.diagnosis for part in verdict.verdicts[0].parts]

    assert words() == words()
    assert words() != words(student="bob")
    assert words() != words(seed=2)


def test_the_check_cell_itself_is_not_run(judge, solution):
    _, verdict = judge(
        ("leaky", solution), "def check(*a): open('/tmp/ran', 'w')\nimport os, atexit"
    )
    assert verdict.points == 4.0


def test_a_derivation_is_read_and_not_run():
    source = "%%derivation bptt.gradients\ndo[t] = 1\n__import__('os').system('x')"
    assert derivation_text(source) == "do[t] = 1\n__import__('os').system('x')"
    assert derivation_text("do[t] = 1") == "do[t] = 1"


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("while True: pass", "no end after 3 s"),
        ("import os; os._exit(3)", "exit code 3"),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        ("import os; os.closerange(3, 99); import time; time.sleep(9)", "process ended"),
        ("import os; os.write(3, b'x' * 100)", "could not be read"),
    ],
)
def test_a_cell_that_ends_badly_costs_only_itself(judge, solution, bad, words):
    nb, verdict = judge("print('before')", bad, ("leaky", solution), "print('after')")
    assert verdict.points == 4.0
    assert words in text_of(nb.cells[3])
    assert text_of(nb.cells[2]) == "before\n"
    assert text_of(nb.cells[5]) == "after\n"


def test_an_error_in_a_cell_is_shown_below_it_and_the_rest_runs(judge, solution):
    nb, verdict = judge("1/0", ("leaky", solution))
    assert verdict.points == 4.0
    assert nb.cells[2].outputs[0].ename == "ZeroDivisionError"


def test_a_syntax_error_leaves_the_function_missing(judge):
    _, verdict = judge(("leaky", "def leaky(:"))
    assert verdict.verdicts[0].outcome is Outcome.MISSING


def test_many_cells_that_end_badly_cost_only_themselves(judge, solution):
    leave = [f"import os; os._exit({n})" for n in range(12)]
    nb, verdict = judge(("leaky", solution), *leave)
    assert verdict.points == 4.0
    assert "too many cells" in text_of(nb.cells[-2])


def test_a_notebook_of_many_loud_cells_is_kept_small(judge, solution):
    nb, verdict = judge(("leaky", solution), *["print('x' * 60_000)"] * 60)
    assert verdict.points == 4.0
    assert sum(len(text_of(cell)) for cell in nb.cells if cell.cell_type == "code") < 32 << 16
    assert "are not kept" in text_of(nb.cells[-2])


def test_a_visible_case_never_comes_after_a_hidden_one(judge, assignment, item):
    """Else the text of an exception in it, which is shown, could tell of the hidden one."""
    spying = (
        "import os\n"
        "def leaky(params, x):\n"
        "    if os.path.exists('/tmp/seen'): raise ValueError(open('/tmp/seen').read())\n"
        "    if len(x) == 1: open('/tmp/seen', 'w').write(f'seen {x}')\n"
        "    return x, x.sum()"
    )
    asked = dataclasses.replace(assignment, items=(item, dataclasses.replace(item, cell="late")))
    nb, verdict = judge(("leaky", spying), ("late", "", True), asked=asked)
    assert verdict.verdicts[1].outcome is Outcome.CRASHED
    assert "seen" not in "".join(text_of(c) for c in nb.cells if c.cell_type == "code")


def test_a_thread_that_ends_the_process_later_costs_its_cell(judge, solution):
    late = "import threading, os\nthreading.Timer(0.2, os._exit, [1]).start()"
    _, verdict = judge(("leaky", solution), late, "import time; time.sleep(1)")
    assert verdict.points == 4.0


def test_endless_cells_leave_time_for_the_calls(judge, solution, assignment):
    asked = dataclasses.replace(
        assignment, limits=dataclasses.replace(assignment.limits, submission_seconds=5.0)
    )
    started = time.monotonic()
    cells = [f"x = {n}\nwhile True: pass" for n in range(9)]
    nb, verdict = judge(("leaky", solution), *cells, asked=asked)
    assert verdict.points == 4.0
    assert time.monotonic() - started < 15
    assert "time for the whole submission" in text_of(nb.cells[-2])


def test_a_call_that_ends_the_session_leaves_the_other_items_their_marks(
    judge, solution, assignment, item
):
    killing = (
        "import os, time\n"
        "def bad(params, x):\n"
        "    for _ in range(200):\n"
        "        if os.fork() == 0: x = bytearray(os.urandom(1 << 20) * 100); time.sleep(9)\n"
        "    time.sleep(9)"
    )
    exercise = dataclasses.replace(item.exercise, function="bad")
    first = dataclasses.replace(
        item, cell="bad-check", answer="bad", exercise=exercise, mistakes=()
    )
    asked = dataclasses.replace(assignment, items=(first, item))
    _, verdict = judge(
        ("bad", killing),
        ("bad-check", 'check("bad", bad)', True),
        ("leaky", solution),
        asked=asked,
    )
    assert [v.points for v in verdict.verdicts] == [0.0, 4.0]
    assert verdict.verdicts[0].outcome in {Outcome.CRASHED, Outcome.MEMORY, Outcome.TIMEOUT}


def test_a_flood_of_output_costs_no_marks_and_is_cut(judge, solution):
    nb, verdict = judge("print('x' * 200_000_000)", ("leaky", solution))
    assert verdict.points == 4.0
    assert len(text_of(nb.cells[2])) < 1 << 17
    assert "are not kept" in text_of(nb.cells[2])


def test_outputs_are_text_and_pictures_only(judge, solution):
    show = (
        "from IPython.display import HTML, display\n"
        "display(HTML('<script>x</script>'))\n"
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
    )
    nb, _ = judge(show, ("leaky", solution))
    kinds = {kind for o in nb.cells[2].outputs for kind in o.get("data", {})}
    assert kinds == {"text/plain", "image/png"}


def test_a_function_defined_after_its_check_does_not_count(assignment, box, solution, catalogue):
    nb = notebook()
    nb.cells.append(new_code_cell(solution))
    _, verdict = judge_submission(nb, assignment, box, student="ada", seed=1, catalogue=catalogue)
    assert verdict.verdicts[0].outcome is Outcome.MISSING


def test_a_missing_check_cell_earns_nothing_and_breaks_nothing(
    assignment, box, solution, catalogue
):
    nb = notebook(("leaky", solution))
    del nb.cells[-1]
    _, verdict = judge_submission(nb, assignment, box, student="ada", seed=1, catalogue=catalogue)
    assert verdict.points == 0.0


def test_a_judge_that_fails_is_named_and_the_rest_is_judged(judge, solution, assignment, item):
    def broken(**arguments):
        raise RuntimeError("no truth today")

    bad = dataclasses.replace(item, exercise=dataclasses.replace(item.exercise, solve=broken))
    asked = dataclasses.replace(assignment, items=(dataclasses.replace(bad, cell="x"), item))
    _, verdict = judge(("leaky", solution), ("x", "pass", True), asked=asked)
    assert [v.points for v in verdict.verdicts] == [0.0, 4.0]
    assert [i.kind for i in verdict.incidents] == ["judge-failed"]


# -------------------------------------------------------------------------------------- incidents


def kinds(verdict):
    return {incident.kind for incident in verdict.incidents if incident.cheat}


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("open('/srv/course/gradebook.db', 'rb').read()", "opened-gradebook"),
        ("import sqlite3; sqlite3.connect('../../gradebook.db')", "opened-gradebook"),
        ("!cat ../../gradebook.db", "opened-gradebook"),
        ("import os; os.listdir('/srv/course/submitted/bob')", "opened-submission"),
        ("import glob; glob.glob('../../submitted/*/leaky/*.ipynb')", "opened-submission"),
        ("import os; os.symlink('/srv/solutions/leaky/leaky.md', 'mine.md')", "opened-solution"),
        ("import rnncourse; open(rnncourse.__file__, 'a')", "wrote-library"),
        ("import rnncourse.checks as c; c.check = print", "changed-checks"),
        ("np.allclose = lambda *a, **k: True", "changed-verdict"),
        ("open('/proc/1/mem', 'rb')", "looked-at-processes"),
        ("import sys; sys._getframe(0)", "walked-frames"),
    ],
)
def test_an_attempt_is_named_and_earns_nothing(judge, code, kind):
    _, verdict = judge(code, ("leaky", "def leaky(params, x):\n    return x, x.sum()"))
    assert kind in kinds(verdict)
    assert verdict.points == 0.0


def test_calling_the_reference_is_named(judge):
    hidden = "def leaky(params, x):\n    m = __import__('rnncourse.elman')\n    return m.solve(x)"
    nb, verdict = judge(("leaky", hidden))
    assert kinds(verdict) == {"called-reference"}
    assert verdict.incidents[0].cell == "leaky"
    assert "is not available in this assignment" in text_of(nb.cells[-1])


def test_an_honest_import_of_a_forbidden_module_is_a_note(judge, solution):
    _, verdict = judge("import torch", ("leaky", solution))
    assert verdict.points == 4.0
    assert [(i.kind, i.cheat) for i in verdict.incidents] == [("forbidden-import", False)]


@pytest.mark.parametrize(
    "code",
    [
        "import urllib.request\nurllib.request.urlopen('http://example.org')",
        "!pip install something",
        "import subprocess; subprocess.run(['ls'])",
        "import ctypes; ctypes.CDLL('libm.so.6')",
    ],
)
def test_what_is_no_attempt_to_gain_marks_is_no_cheat(judge, solution, code):
    _, verdict = judge(code, ("leaky", solution))
    assert verdict.points == 4.0
    assert kinds(verdict) == set()
    assert verdict.incidents


def test_a_thousand_attempts_make_a_short_list(judge, solution):
    _, verdict = judge(
        "for n in range(1000):\n    try: open(f'/x/{n}/gradebook.db')\n    except OSError: pass",
        ("leaky", solution),
    )
    assert 1 <= len(verdict.incidents) <= 40
