"""Honest notebooks lose nothing and are accused of nothing; a disguise does not hide a cheat."""

from typing import Any

import pytest

from autograder.gradebook.grade import grade
from autograder.sandbox import Sandbox
from autograder.verdict import Outcome

pytestmark = pytest.mark.sandbox

# cells that stand in front of the answers
HONEST = {
    "idioms": (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "InteractiveShell.ast_node_interactivity = 'all'",
        "np.float = float\nnp.bool = bool\nnp.seterr(all='raise')",
        "import builtins, functools\nbuiltins.print = functools.partial(print, flush=True)",
        "import inspect\nprint(inspect.stack()[0].function)",
        "import sys\nsys.setrecursionlimit(10_000)\nsys.path.append('.')",
        "%load_ext autoreload\n%autoreload 2",
        "import importlib, rnncourse.checks.report as r\nimportlib.reload(r)",
    ),
    "torch": (
        "try:\n    import torch\n    torch.manual_seed(0)\n"
        "    torch.backends.cudnn.deterministic = True\nexcept ImportError:\n    torch = None",
    ),
    "files": (
        "import shelve\nwith shelve.open('cache') as s: s['a'] = 1",
        "import sqlite3; sqlite3.connect('runs.db').execute('create table a(b)')",
        "import os\nos.makedirs('solution'); open('solution/a.txt', 'w').write('a')",
        "open('feedback', 'w').close(); open('my_data.csv')",
    ),
    "processes": (
        "import os, sys, subprocess\nsubprocess.run(['uname', '-a'])",
        "import os\nfor name in ('/proc/loadavg', f'/proc/{os.getpid()}/maps', '/proc/7/stat'):\n"
        "    try: open(name)\n    except OSError as e: print(e)",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(99,)).start()",
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(8) as pool: print(list(pool.map(abs, [1])))",
    ),
    "noise": (
        "print('x' * 3_000_000)\nimport warnings, logging\nwarnings.warn('w'); logging.error('e')",
        "raise SystemExit", "exit()", "input('name?')", "1 / 0", "%timeit -n2 -r2 sum(range(9))",
        "!echo hello", "await __import__('asyncio').sleep(0)", "größe = '🎉'; print(größe)",
        "class Wrong(Exception): pass\nraise Wrong('x')",
    ),
}  # fmt: skip
# put behind the answer of the forward pass, in the same cell
HELPERS = {
    "comparing": "def with_torch():\n    import torch\n    return torch.allclose",
    "classes": "class State:\n    def __eq__(self, other):\n        return False\n"
    "class Order:\n    def __lt__(self, other):\n        return NotImplemented",
    "main": "if __name__ == '__main__':\n    print(np.random.rand())",
}
CHEATS = {
    "exec": "exec('import rnncourse.checks as c; c.check = print')",
    "vars": "import importlib\n"
    "vars(importlib.import_module('rnnc' + 'ourse.checks'))['check'] = print",
    "code": "check.__code__ = (lambda *a, **k: None).__code__",
    "dict": "import numpy as q\nq.__dict__['all' + 'close'] = lambda *a, **k: True",
    "mock": "from unittest import mock\nmock.patch('numpy.allclose', lambda *a: True).start()",
    "type": "R = type('R', (), {'__eq__': lambda s, o: True})",
    "lambda": "class R:\n    __eq__ = lambda s, o: True",
    "finder": "import sys\n"
    "sys.meta_path[:] = [f for f in sys.meta_path if type(f).__name__ != 'Forbidden']",
    "bytes": "open('../' + bytes([103, 114, 97, 100, 101, 98, 111, 111, 107]).decode())",
    "shell": "import os\nos.system('cat ../../other/submitted/bptt.ipynb')",
}


@pytest.fixture(scope="module")
def done(make_arena) -> dict[str, Any]:
    arena = make_arena("named")

    def with_cells(*sources: str) -> Any:
        nb = arena.solved()
        nb["cells"][5:5] = [arena.code(source) for source in sources]
        return nb

    (forward,) = [
        cell["source"]
        for cell in arena.solved()["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "forward"
    ]
    text = "".join(forward)
    for name, cells in HONEST.items():
        arena.hand_in(name, with_cells(*cells))
    for name, helper in HELPERS.items():
        arena.hand_in(name, arena.solved(forward=f"{text}\n\n{helper}\n"))
    for name, cell in CHEATS.items():
        arena.hand_in(name, with_cells(cell))
    return {v.student: v for v in grade(arena.course, "bptt", workers=2)}


@pytest.mark.parametrize("name", [*HONEST, *HELPERS])
def test_an_honest_notebook_has_all_points_and_no_accusation(done, name):
    assert [v.title for v in done[name].verdicts if v.outcome is not Outcome.RIGHT] == [
        "What the figure means"
    ]
    assert [i.message for i in done[name].incidents if i.cheat] == []


@pytest.mark.parametrize("name", CHEATS)
def test_a_disguised_cheat_is_named(done, name):
    assert any(i.cheat for i in done[name].incidents)


@pytest.mark.parametrize(
    "choice",
    [
        "%config InlineBackend.figure_format = 'svg'",
        "%config InlineBackend.figure_formats = {'pdf', 'jpeg'}",
        "from matplotlib_inline.backend_inline import set_matplotlib_formats as f\nf('svg')",
        "%config InlineBackend.figure_format = 'retina'",
    ],
)
def test_a_figure_in_another_format_is_kept_for_who_grades_it(choice):
    with Sandbox() as box, box.session() as session:
        session.run(choice, cell="c", count=1, timeout=20)
        code = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
        result = session.run(code, cell="c", count=2, timeout=20)
        assert [len(o.png) > 1000 for o in result.outputs if o.kind == "display_data"] == [True]
