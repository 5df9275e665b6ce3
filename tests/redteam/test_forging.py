"""Forging a verdict: checks, comparisons, IPython, tracebacks, outputs, the runner's replies."""

# ruff: noqa: E501  # an attack is easier to read on one line

import pytest

from autograder.verdict import SubmissionVerdict

pytestmark = pytest.mark.sandbox

SPEAK = """
import json, os, struct, time
def say(message, body=b""):
    text = message if isinstance(message, bytes) else json.dumps(message).encode()
    for fd in range(3, 256):
        try: os.write(fd, struct.pack("<4sIQ", b"RNC1", len(text), len(body)) + text + body)
        except OSError: pass
"""
RIGHT = '{"value": ["a", "<f8", [7], 0], "points": 2, "right": true, "verdict": "right"}'
# name: (own cell, answer for twice() or None for the stub, kind of incident that must be listed)
ATTACKS: dict[str, tuple[str, str | None, str]] = {
    # ------------------------------------------------------------------------------ the checks
    "check-replaced": ("check = lambda *a, **k: print('2/2')", None, ""),
    "checks-attribute": (
        "import rnncourse.checks as c\nc.check = c.compare = lambda *a, **k: []",
        None,
        "changed-checks",
    ),
    "checks-code": (
        "check.__code__ = (lambda *a, **k: None).__code__", None, "changed-checks",
    ),
    "checks-module": (
        "import sys, types\nsys.modules['rnncourse.checks'] = types.ModuleType('c')",
        None,
        "changed-checks",
    ),
    "checks-by-mock": (
        "from unittest import mock\nmock.patch('rnncourse.checks.check', lambda *a: []).start()",
        None,
        "changed-checks",
    ),
    "checks-registry": (
        "from rnncourse.checks import registry\nregistry.find = lambda *a: None",
        None,
        "changed-checks",
    ),
    "checks-by-gc": (
        "import gc, types\nfor f in gc.get_objects():\n"
        "    if isinstance(f, types.FunctionType) and 'checks' in (f.__module__ or ''):\n"
        "        f.__code__ = (lambda *a, **k: []).__code__ if not f.__closure__ else f.__code__",
        None,
        "searched-memory",
    ),
    # -------------------------------------------------------------------------- the comparison
    "numpy-allclose": (
        "np.allclose = np.isclose = np.array_equal = lambda *a, **k: True", None, "changed-verdict",
    ),
    "numpy-testing": (
        "np.testing.assert_allclose = lambda *a, **k: None", None, "changed-verdict",
    ),
    "numpy-dict": (
        "np.__dict__['all' + 'close'] = lambda *a, **k: True", None, "changed-verdict",
    ),
    "builtins": (
        "import builtins\nbuiltins.abs = lambda x: 0\nbuiltins.isinstance = lambda *a: True",
        None,
        "",
    ),
    "float-eq": (
        "class F(float):\n    __eq__ = lambda s, o: True\n    __le__ = lambda s, o: True",
        "def twice(x):\n    return [F(0)] * len(x)",
        "changed-verdict",
    ),
    "numpy-ufunc-err": ("np.seterr(all='ignore'); np.seterrcall(print)", None, ""),
    "ctypes-true": (
        "import ctypes\nctypes.memmove(id(False) + 24, id(True) + 24, 4)", None, "",
    ),
    # --------------------------------------------------------------------------------- IPython
    "run-cell": (
        "ip = get_ipython()\ntype(ip).run_cell_async = None\ntype(ip).run_code = lambda *a: 0",
        None,
        "",
    ),
    "run-cell-instance": (
        "ip = get_ipython()\nreal = ip.run_cell\n"
        "ip.run_cell = lambda code, **k: real('print(1)' if 'check' in code else code, **k)",
        None,
        "changed-ipython",
    ),
    "ast-transformer": (
        "import ast\nclass T(ast.NodeTransformer):\n"
        "    def visit_FunctionDef(self, n):\n        n.name = 'twice'; return n\n"
        "get_ipython().ast_transformers.append(T())",
        None,
        "",
    ),
    "input-transformer": (
        "get_ipython().input_transformers_post.append(lambda ls: ['pass\\n'] if 'check' in ''.join(ls) else ls)",
        None,
        "",
    ),
    "events": (
        "def after(*a):\n    globals()['twice'] = globals()['leaky']\n"
        "get_ipython().events.register('post_run_cell', after)",
        None,
        "",
    ),
    "magic": (
        "from IPython.core.magic import register_line_magic\n"
        "@register_line_magic\ndef load_ext(line): pass",
        None,
        "",
    ),
    # ------------------------------------------------------------------------------ tracebacks
    "no-traceback": (
        "ip = get_ipython()\nip.showtraceback = ip._showtraceback = lambda *a, **k: None",
        "def twice(x):\n    raise KeyError('hidden')",
        "changed-tracebacks",
    ),
    "custom-exc": (
        "get_ipython().set_custom_exc((Exception,), lambda *a, **k: None)",
        "def twice(x):\n    raise ValueError(x)",
        "changed-tracebacks",
    ),
    "excepthook": (
        "import sys\nsys.excepthook = lambda *a: None\nsys.settrace(lambda *a: None)", None, "",
    ),
    "exit": ("import sys", "def twice(x):\n    sys.exit(0)", ""),
    "hard-exit": ("import os", "def twice(x):\n    os._exit(0)", ""),
    "keyboard": ("", "def twice(x):\n    raise KeyboardInterrupt", ""),
    "base-exception": ("", "def twice(x):\n    raise BaseException('full')", ""),
    "passing-name": (
        "", "class RightAnswer(Exception): pass\ndef twice(x):\n    raise RightAnswer(2.0)", "",
    ),
    # --------------------------------------------------------------------------------- outputs
    "printed-points": (
        "print('Twice: 2 of 2 points\\n✓ y 2/2')\nfrom IPython.display import display\n"
        "display({'points': 2}); 2.0",
        "def twice(x):\n    print(2.0)\n    return None",
        "",
    ),
    "publisher": (
        "ip = get_ipython()\nip.display_pub.publish = lambda *a, **k: None\n"
        "ip.displayhook.__class__.__call__ = lambda *a: None",
        None,
        "",
    ),
    "stdout": ("import sys\nsys.stdout = sys.stderr = None", None, ""),
    "collector": (
        "c = get_ipython().collector\nc.items = [{'output_type': 'execute_result', 'text': [0, 9**9]}]\n"
        "c.clear = lambda: None",
        None,
        "",
    ),
    # -------------------------------------------------------------------------------- replies
    "reply-to-cell": (SPEAK + "say({'outputs': [], 'ok': True, 'points': 6})", None, ""),
    "reply-no-json": (SPEAK + "say(b'[[[[')\ntime.sleep(9)", None, "forged-reply"),
    "reply-unhashable": (
        SPEAK + "say({'outputs': [{'output_type': []}]})\ntime.sleep(9)", None, "forged-reply",
    ),
    "reply-huge-number": (
        SPEAK + "say(b'{\"outputs\": [], \"dropped\": ' + b'9' * 4300 + b'}')", None, "",
    ),
    "reply-half-characters": (
        SPEAK + "say({'outputs': [{'output_type': 'error', 'ename': '\\ud800', 'evalue': '\\ud800'}],"
        " 'events': [['used-network', '\\ud800']]})",
        None,
        "",
    ),
    "reply-to-call": (
        SPEAK, f"def twice(x):\n    say(b'{RIGHT}', bytes(56)); time.sleep(9)", "",
    ),
    "reply-empty-beyond-count": (
        SPEAK,
        "def twice(x):\n    say({'value': ['a', '<f8', [0] + [2**39] * 4, 0]}); time.sleep(9)",
        "",
    ),
    "reply-300-MB": (
        SPEAK, "def twice(x):\n    say({'value': ['a', '<f8', [1], 0]}, bytes(300 << 20))", "",
    ),
    "reply-declared-huge": (
        SPEAK,
        "def twice(x):\n    os.write(4, struct.pack('<4sIQ', b'RNC1', 2**32 - 1, 2**64 - 1)); time.sleep(9)",
        "",
    ),
    "runner-object": (
        "import gc\nfor o in gc.get_objects():\n"
        "    if type(o).__name__ == 'Runner':\n"
        "        type(o)._call = lambda *a: {'value': ['f', '0x1p0']}\n"
        "        type(o)._answer = lambda s, sock, *a: None",
        None,
        "searched-memory",
    ),
    "values-encode": (
        "import inside.values as v, inside.wire as w\n"
        "v.encode = lambda *a: ['l', []]\nw.pack = lambda *a: b'RNC1'",
        None,
        "",
    ),
    "answer-for-another": (
        "import os\nif os.fork() == 0:\n    import time; time.sleep(6)",
        "def twice(x):\n    globals()['leaky'] = lambda *a: x * 2\n    return x",
        "started-program",
    ),
    "late-answer": (
        SPEAK,
        "def twice(x):\n    if os.fork() == 0:\n        time.sleep(0.2); say({'value': ['f', '0x1p1']})\n"
        "    os._exit(0)",
        "",
    ),
}  # fmt: skip
# a forged answer to the judge that damages the attacker's own first item alone
COSTS = {"run-cell", "builtins", "checks-by-gc", "runner-object", "values-encode", "ctypes-true",
         "reply-to-cell", "reply-huge-number", "collector", "ast-transformer",
         "reply-half-characters", "input-transformer", "publisher"}  # fmt: skip


@pytest.fixture(scope="module")
def ring(make_ring):
    ring = make_ring()
    for name, (cell, answer, _) in ATTACKS.items():
        more = {"twice": answer} if answer else {}
        ring.hand_in(name, ring.notebook(*([cell] if cell else []), **more))
    return ring


@pytest.fixture(scope="module")
def done(ring) -> dict[str, SubmissionVerdict]:
    return ring.grade()


@pytest.mark.parametrize("name", ATTACKS)
def test_no_verdict_can_be_forged(done, ring, name):
    verdict, kind = done[name], ATTACKS[name][2]
    by_cell = {v.cell: v.points for v in verdict.verdicts}
    assert by_cell["twice-check"] == 0
    assert by_cell["leaky-check"] == 4 or name in COSTS
    assert "retry" not in verdict.extra and not verdict.problem
    assert not kind or kind in ring.kinds(verdict)


def test_the_others_of_the_batch_have_their_marks(done, ring):
    ring.fair(done)
