"""What a cell's text tells: attempts are named, ordinary code is left alone."""

import pytest

from autograder.judge.scan import scan_cell

FORBIDDEN = ("torch", "rnncourse.elman", "rnncourse.nn")


def notes(source, graded=("rnn_forward",)):
    return list(scan_cell(source, FORBIDDEN, graded, {}))


ATTEMPTS = {
    "changed-checks": [
        "import rnncourse.checks\nrnncourse.checks.check = lambda *a: None",
        "from rnncourse import checks as c\nc.compare.compare = print",
        "import sys\nsys.modules['rnncourse.checks'] = None",
        "import rnncourse\nsetattr(rnncourse.checks, 'check', print)",
        "import rnncourse.checks as k\ndel k.check",
        "import nbgrader.utils as u\nu.determine_grade = lambda c: 10",
    ],
    "changed-verdict": [
        "import numpy as np\nnp.allclose = lambda *a, **k: True",
        "import numpy\nnumpy.testing.assert_allclose = print",
        "from numpy import testing\ntesting.assert_allclose = print",
        "import builtins\nbuiltins.isinstance = lambda *a: True",
        "class A(float):\n    def __eq__(self, other):\n        return True",
        "class A:\n    def __array_ufunc__(self, *a, **k):\n        'lies'\n        return True",
    ],
    "walked-frames": [
        "import sys\nsys._getframe(1)",
        "import inspect\ninspect.stack()[1][0].f_locals",
        "from gc import get_objects\nget_objects()",
    ],
    "called-reference": [
        "def rnn_forward(p, x):\n    import torch\n    return torch.nn.RNN(1, 1)(x)",
        "from rnncourse import elman\ndef rnn_forward(p, x):\n    return elman.forward(p, x)",
        "import rnncourse.elman as e\ndef helper(x): return e.forward(x)\n"
        "def rnn_forward(x): return helper(x)",
        "import torch as np\ndef rnn_forward(x):\n    return np.tanh(x)",
        "def rnn_forward(x):\n    from rnncourse.elman import forward\n    return forward(x)",
    ],
}


@pytest.mark.parametrize(
    ("kind", "source"), [(kind, source) for kind, sources in ATTEMPTS.items() for source in sources]
)
def test_an_attempt_is_named(kind, source):
    assert (kind, True) in {(found, cheat) for found, _, cheat in notes(source)}


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nnp.random.seed(0)\nnp.set_printoptions(precision=3)\nx = np.zeros(3)",
        "import matplotlib.pyplot as plt\nplt.rcParams['figure.dpi'] = 100\nfig.tight = True",
        "%load_ext rnncourse\n!ls\nx = 3\nx?",
        "class Net:\n    def __eq__(self, other):\n        return self.x == other.x\n    h = 0",
        "def rnn_forward(p, x):\n    torch = 3\n    return torch\n",
        "params['W_hh'] = 1\nself.h = 2\nelman = 3\ngrads.nn = 1",
        "import inspect\ninspect.signature(print)",
        "def check(x):\n    return x",
        "this is not Python (",
        "",
        "x = " + "(" * 300,
        "\x00",
    ],
)
def test_ordinary_code_is_left_alone(source):
    assert notes(source) == []


def test_a_forbidden_import_beside_the_graded_functions_is_no_call():
    assert notes("import torch\ntorch.manual_seed(0)") == []
    assert notes("import torch\ndef other():\n    return torch.ones(1)", graded=()) == []


def test_names_bound_in_an_earlier_cell_count():
    names = {}
    list(scan_cell("from rnncourse import elman as tools", FORBIDDEN, (), names))
    source = "def rnn_forward(x):\n    return tools.forward(x)"
    assert [n[0] for n in scan_cell(source, FORBIDDEN, ("rnn_forward",), names)]
