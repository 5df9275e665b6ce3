"""What an ordinary notebook does works in the box as it does in Jupyter."""

from collections.abc import Callable

import numpy as np
import pytest

from autograder.sandbox import CellResult, Sandbox, Session, SessionEnded

pytestmark = pytest.mark.sandbox
Run = Callable[..., CellResult]
Shown = Callable[..., str]


def test_text_results_and_errors_come_in_order(run: Run) -> None:
    result = run("import sys\nprint('out')\nprint('err', file=sys.stderr)\nprint('out')\n1/0")
    assert [(o.kind, o.name, o.text) for o in result.outputs] == [
        ("stream", "stdout", "out\n"),
        ("stream", "stderr", "err\n"),
        ("stream", "stdout", "out\n"),
        ("error", "ZeroDivisionError", "division by zero"),
    ]
    assert "----> 5 1/0" in result.outputs[-1].trace
    assert not result.ok


def test_the_last_expression_is_shown_with_its_number(session: Session) -> None:
    result = session.run("6 * 7", cell="a", count=5, timeout=10)
    assert [(o.kind, o.text, o.count) for o in result.outputs] == [("execute_result", "42", 5)]


def test_names_stay_from_cell_to_cell(session: Session) -> None:
    session.run("θ = 3\ndef größe(x): return x + θ", cell="a", count=1, timeout=10)
    result = session.run("größe(4)", cell="b", count=2, timeout=10)
    assert result.outputs[0].text == "7"


def test_a_figure_becomes_a_picture(run: Run) -> None:
    result = run("import matplotlib.pyplot as plt\nplt.plot([1, 2, 3]);")
    assert [o.kind for o in result.outputs] == ["display_data"]
    assert result.outputs[0].png.startswith(b"\x89PNG")


def test_html_is_left_out_and_its_text_kept(run: Run) -> None:
    result = run("from IPython.display import HTML, display\ndisplay(HTML('<script>1</script>'))")
    assert [(o.kind, o.text) for o in result.outputs] == [
        ("display_data", "<IPython.core.display.HTML object>")
    ]


def test_waiting_at_the_top_level_works(shown: Shown) -> None:
    code = "import asyncio\nasync def f():\n    await asyncio.sleep(0.01)\n    return 5\nawait f()"
    assert shown(code) == "5"


def test_a_widget_can_be_shown(run: Run) -> None:
    result = run("import ipywidgets\nipywidgets.IntSlider(3)")
    assert result.ok
    assert "IntSlider" in result.outputs[0].text


def test_magics_work(shown: Shown) -> None:
    assert "per loop" in shown("%timeit -n1 -r1 1+1")
    assert "hello" in shown("!echo hello")


def test_questions_find_nobody_to_answer(run: Run) -> None:
    result = run("input('name? ')")
    assert result.outputs[-1].name == "EOFError"


def test_threads_processes_and_temporary_files_are_there(shown: Shown) -> None:
    code = """
import tempfile, subprocess, multiprocessing, threading, os
with tempfile.NamedTemporaryFile() as file:
    file.write(b"x" * 1000)
thread = threading.Thread(target=print, args=("thread",)); thread.start(); thread.join()
print(subprocess.run(["echo", "program"], capture_output=True, text=True).stdout)
with multiprocessing.get_context("fork").Pool(2) as pool:
    print(sum(pool.map(abs, [-1, -2])))
open("notes.txt", "w").write("mine"); print(open("notes.txt").read(), os.getcwd())
"""
    text = shown(code)
    assert text.split() == ["thread", "program", "3", "mine", "/home/student"]


def test_grading_is_announced_and_numbers_use_one_thread(shown: Shown) -> None:
    code = "import os; print(*[os.environ[k] for k in ('RNNCOURSE_GRADING', 'OMP_NUM_THREADS')])"
    assert shown(code) == "1 1"


def test_a_forbidden_module_says_that_it_is(run: Run) -> None:
    for code in ("import torch", "import torch.nn", "from rnncourse import elman"):
        result = run(code)
        assert result.outputs[-1].name == "ModuleNotFoundError"
        assert "is not available in this assignment" in result.outputs[-1].text
        assert {kind for kind, _ in result.events} == {"forbidden-import"}


def test_a_syntax_error_is_an_error_of_the_cell(run: Run) -> None:
    result = run("def f(:\n    pass")
    assert [o.name for o in result.outputs] == ["SyntaxError"]


# ----------------------------------------------------------------------------------------- calls


def test_a_call_gets_copies_and_returns_plain_data(session: Session) -> None:
    session.run("def f(p, x): x += 1; return x, {'s': p['a'].sum()}", cell="a", count=1, timeout=10)
    checkpoint = session.checkpoint()
    x = np.zeros((2, 3))
    for _ in range(2):
        first, second = checkpoint.call("f", [{"a": np.ones(4)}, x], 5).value
        assert np.array_equal(first, np.ones((2, 3)))
        assert second == {"s": 4.0}
    assert not x.any()


def test_a_checkpoint_is_the_notebook_as_it_was(session: Session) -> None:
    session.run("def f(): return 1", cell="a", count=1, timeout=10)
    early = session.checkpoint()
    session.run("def f(): return 2", cell="b", count=2, timeout=10)
    late = session.checkpoint()
    assert (early.call("f", [], 5).value, late.call("f", [], 5).value) == (1, 2)


def test_calls_do_not_see_each_other(session: Session) -> None:
    session.run(
        "seen = []\ndef f(x): seen.append(x); return len(seen)", cell="a", count=1, timeout=10
    )
    checkpoint = session.checkpoint()
    assert [checkpoint.call("f", [n], 5).value for n in range(3)] == [1, 1, 1]


def test_shared_calls_see_what_came_before_them_since_the_last_that_is_not(
    session: Session,
) -> None:
    session.run(
        "seen = []\ndef f(x): seen.append(x); return len(seen)", cell="a", count=1, timeout=10
    )
    checkpoint = session.checkpoint()
    assert [checkpoint.call("f", [n], 5, shared=True).value for n in range(3)] == [1, 2, 3]
    assert checkpoint.call("f", [0], 5).value == 1
    assert [checkpoint.call("f", [n], 5, shared=True).value for n in range(2)] == [2, 3]


@pytest.mark.parametrize("bad", ["os._exit(3)", "time.sleep(30)", "os.closerange(3, 256)"])
def test_after_a_shared_call_that_went_wrong_others_begin_anew(session: Session, bad: str) -> None:
    code = f"import os, time\nseen = []\ndef f(x):\n    seen.append(x)\n    if x: {bad}\n"
    session.run(code + "    return len(seen)", cell="a", count=1, timeout=10)
    checkpoint = session.checkpoint()
    assert [checkpoint.call("f", [False], 5, shared=True).value for _ in range(2)] == [1, 2]
    with pytest.raises(SessionEnded):
        checkpoint.call("f", [True], 1, shared=True)
    assert [checkpoint.call("f", [False], 5, shared=True).value for _ in range(2)] == [1, 2]


def test_an_exception_names_the_students_line(session: Session) -> None:
    code = "import numpy as np\ndef g(x):\n    return np.linalg.inv(x)\ndef f(x):\n    return g(x)"
    session.run(code, cell="answer", count=1, timeout=10)
    raised = session.checkpoint().call("f", [np.zeros((2, 2))], 5).raised
    assert raised is not None
    assert (raised.ename, raised.cell, raised.line) == ("LinAlgError", "answer", 3)


def test_a_missing_function_is_missing(session: Session) -> None:
    session.run("f = 3", cell="a", count=1, timeout=10)
    checkpoint = session.checkpoint()
    assert checkpoint.call("g", [], 5).missing
    assert checkpoint.call("f", [], 5).found_type == "int"


def test_what_a_call_prints_is_not_kept(session: Session) -> None:
    session.run("def f(x): print(x); return 1", cell="a", count=1, timeout=10)
    reply = session.checkpoint().call("f", ["hidden"], 5)
    assert "hidden" not in repr(reply)
    after = session.run("1", cell="b", count=2, timeout=10)
    assert "hidden" not in repr(after)


def test_a_complete_session_of_ordinary_cells_has_nothing_to_tell(box: Sandbox) -> None:
    cells = [
        "import numpy as np, matplotlib.pyplot as plt\nfrom rnncourse.checks import check",
        "rng = np.random.default_rng(0)\nx = rng.normal(size=(50, 50))\nnp.linalg.svd(x)[1][:3]",
        "fig, ax = plt.subplots()\nax.imshow(x)\nax.set_title('gradient norm')\nplt.show()",
        "import time, json, collections, itertools, pathlib, dataclasses, typing, functools",
        "np.savez('run.npz', x=x); np.load('run.npz')['x'].shape",
        "with open('log.txt', 'w') as f: f.write('1')",
        "import pandas",
        "import scipy",
        "1/0",
    ]
    with box.session() as session:
        results = [session.run(c, cell="c", count=n, timeout=20) for n, c in enumerate(cells)]
    assert [r.events for r in results] == [()] * len(cells)
